import { parseIpAddress } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import type { NeighborDetail } from "../src/speaker-neighbor.ts";
import { DEFAULT_CONTEXT } from "../src/wire/codec-context.ts";
import { encodeKeepalive } from "../src/wire/keepalive.ts";
import { encodeNotification, shutdownData } from "../src/wire/notification.ts";
import { encodeUpdate } from "../src/wire/update-encode.ts";
import { RawPeer } from "./loopback/raw-peer.ts";
import { AS, established, TestSpeaker, until } from "./loopback/speakers.ts";
import { announcement } from "./rib/model/make.ts";

const OWN = "127.0.61.1";
const PEER = parseIpAddress("127.0.61.2");

const running: TestSpeaker[] = [];
afterEach(async () => {
  for (const { speaker } of running.splice(0)) await speaker.stop();
});

async function speakerFor(options = {}): Promise<TestSpeaker> {
  const own = new TestSpeaker(OWN);
  running.push(own);
  own.speaker.setNeighbor({ address: PEER, asn: AS, passive: true, ...options });
  await own.speaker.start();
  return own;
}

function detail(of: TestSpeaker): NeighborDetail {
  const found = of.speaker.neighbor(PEER);
  if (found === undefined) throw new Error("there is no such neighbour");
  return found;
}

describe("the detailed view of a neighbour", () => {
  it("is there before the first session, without what only a session has", async () => {
    const own = await speakerFor({ holdTime: 30 });
    expect(detail(own)).toMatchObject({
      state: "Active",
      localAsn: AS,
      localRouterId: OWN,
      openReceived: undefined,
      timers: { configuredHoldTime: 30, holdTime: undefined, keepaliveInterval: undefined },
      lastReset: undefined,
      lastMalformed: undefined,
    });
    expect(own.speaker.neighbor(parseIpAddress("127.0.61.9"))).toBeUndefined();
  });

  it("shows both OPENs, both ends and the negotiated timers of a session", async () => {
    const own = await speakerFor({ holdTime: 30 });
    const peer = await RawPeer.connect(PEER, OWN, own.port);
    await peer.establish(PEER, { holdTime: 9 });
    await established(own);
    const { local, openReceived, openSent, remote, timers } = detail(own);
    expect(local).toEqual({ address: OWN, port: own.port });
    expect(remote?.address).toBe(PEER);
    expect(timers).toMatchObject({ configuredHoldTime: 30, holdTime: 9, keepaliveInterval: 3 });
    expect(openSent?.capabilities).toContainEqual({ kind: "route-refresh" });
    expect(openReceived).toMatchObject({ holdTime: 9, routerId: PEER, asn: AS });
    expect(openReceived?.capabilities).not.toContainEqual({ kind: "route-refresh" });
    await peer.close();
  });

  it("keeps how the last session ended, with code, subcode and text", async () => {
    const own = await speakerFor();
    const peer = await RawPeer.connect(PEER, OWN, own.port);
    await peer.establish(PEER);
    await established(own);
    peer.send(encodeNotification({ code: 6, subcode: 2, data: shutdownData("new kernel") }));
    await until(() => detail(own).lastReset !== undefined);
    expect(detail(own).lastReset).toMatchObject({
      secondsAgo: 0,
      end: {
        kind: "notification-received",
        notification: { code: 6, subcode: 2, shutdownText: "new kernel" },
      },
    });
    await peer.close();
  });

  it("keeps the last malformed UPDATE although the session lives on", async () => {
    const own = await speakerFor();
    const peer = await RawPeer.connect(PEER, OWN, own.port);
    await peer.establish(PEER);
    await established(own);
    const { attributes, nextHop, route } = announcement("10.1.0.0/24");
    const update = encodeUpdate(
      {
        withdrawn: [],
        attributes: attributes.filter(({ kind }) => kind !== "origin"),
        announced: [{ carriedIn: "mp-reach", family: "l2vpn-evpn", nextHop, routes: [route] }],
      },
      DEFAULT_CONTEXT,
    );
    peer.send(update, encodeKeepalive());
    await until(() => detail(own).lastMalformed !== undefined);
    const { lastMalformed, rejected, state } = detail(own);
    expect(state).toBe("Established");
    expect(lastMalformed?.reason).toContain("treat-as-withdraw");
    expect(lastMalformed?.hex).toBe(Buffer.from(update).toString("hex"));
    expect(rejected?.malformed).toBe(1);
    await peer.close();
  });
});
