import { parseIpAddress, parseRouteTarget } from "@selvedge/net";
import { afterEach, expect, it } from "vitest";
import type { SpeakerOptions } from "../src/speaker-options.ts";
import { MEMBERSHIP_WAIT_MS } from "../src/speaker-peer.ts";
import type { Capability } from "../src/wire/capability.ts";
import { DEFAULT_CONTEXT } from "../src/wire/codec-context.ts";
import { MESSAGE } from "../src/wire/header.ts";
import type { DecodedMessage } from "../src/wire/message.ts";
import { encodeRouteRefresh } from "../src/wire/route-refresh.ts";
import { encodeUpdate } from "../src/wire/update-encode.ts";
import { RawPeer } from "./loopback/raw-peer.ts";
import { AS, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";
import { FakeClock } from "./session/fake-clock.ts";

const running: TestSpeaker[] = [];
const peers: RawPeer[] = [];

/** A speaker with a route of VRF red and one neighbour that connects. */
const start = async (options: Partial<SpeakerOptions> = {}): Promise<TestSpeaker> => {
  const speaker = new TestSpeaker("127.0.0.1", options);
  running.push(speaker);
  setVrf(speaker, "red", 100);
  speaker.speaker.originate("red", type5("10.0.0.1/32", 5001, "127.0.0.1"));
  const address = parseIpAddress("127.0.0.2");
  speaker.speaker.setNeighbor({ address, asn: AS, passive: true, reflectorClient: true });
  await speaker.speaker.start();
  return speaker;
};

const CAPABILITIES: readonly Capability[] = [
  { kind: "multiprotocol", family: "l2vpn-evpn" },
  { kind: "multiprotocol", family: "rtc" },
  { kind: "route-refresh" },
  { kind: "four-octet-as", asn: AS },
];

const connect = async (to: TestSpeaker): Promise<RawPeer> => {
  const peer = await RawPeer.connect("127.0.0.2", to.address, to.port);
  peers.push(peer);
  await peer.establish("127.0.0.2", { capabilities: CAPABILITIES });
  return peer;
};

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

const MEMBERSHIP = encodeUpdate(
  {
    withdrawn: [],
    attributes: [
      { kind: "origin", origin: "igp" },
      { kind: "as-path", segments: [] },
      { kind: "local-pref", value: 100 },
    ],
    announced: [
      {
        carriedIn: "mp-reach",
        family: "rtc",
        nextHop: parseIpAddress("127.0.0.2"),
        routes: [
          {
            kind: "membership",
            prefixLength: 96,
            originAs: AS,
            target: parseRouteTarget("65000:100"),
          },
        ],
      },
    ],
  },
  DEFAULT_CONTEXT,
);
const END_OF_MEMBERSHIPS = encodeUpdate(
  {
    withdrawn: [{ carriedIn: "mp-unreach", family: "rtc", routes: [] }],
    attributes: [],
    announced: [],
  },
  DEFAULT_CONTEXT,
);

/** What came: families of routes, and ends of them. */
const told = (peer: RawPeer): string[] =>
  peer.ofType(MESSAGE.UPDATE).flatMap((message: DecodedMessage) => {
    if (message.kind !== "update") return [];
    return [
      ...message.announced.map(({ family }) => family),
      ...(message.endOfRib === undefined ? [] : [`end of ${message.endOfRib}`]),
    ];
  });

it("a peer is told memberships at once and routes when it has told its own", async () => {
  const speaker = await start();
  const peer = await connect(speaker);
  await until(() => told(peer).length === 2);
  expect(told(peer)).toEqual(["rtc", "end of rtc"]);
  peer.send(MEMBERSHIP, END_OF_MEMBERSHIPS);
  await until(() => told(peer).length === 4);
  expect(told(peer).slice(2)).toEqual(["l2vpn-evpn", "end of l2vpn-evpn"]);
});

it("a peer that does not say that it has told its memberships is waited for a minute", async () => {
  const clock = new FakeClock();
  const speaker = await start({ clock });
  const peer = await connect(speaker);
  peer.send(MEMBERSHIP);
  await until(() => speaker.neighbor().memberships?.received === 1);
  clock.advance(MEMBERSHIP_WAIT_MS - 1);
  expect(speaker.neighbor().output).toBe("replaying");
  clock.advance(1);
  await until(() => speaker.neighbor().output === "synchronised");
  await until(() => told(peer).length === 4);
  expect(speaker.neighbor()).toMatchObject({
    prefixesSent: 1,
    memberships: { received: 1, sent: 1, endOfRibReceived: false },
  });
});

it("memberships are told again on request", async () => {
  const speaker = await start();
  const peer = await connect(speaker);
  await until(() => told(peer).length === 2);
  peer.send(encodeRouteRefresh({ family: "rtc", subtype: "request" }));
  await until(() => told(peer).length === 3);
  expect(told(peer).at(-1)).toBe("rtc");
});

it("one that restarts tells its memberships before it has heard its neighbours out", async () => {
  const speaker = await start({ restarting: true, deferralTime: 3600 });
  const peer = await connect(speaker);
  await until(() => told(peer).length === 2);
  expect(told(peer)).toEqual(["rtc", "end of rtc"]);
  expect(speaker.speaker.summary().converged).toBe(false);
});
