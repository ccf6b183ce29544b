import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SpeakerError } from "../src/errors.ts";
import { REFRESH_MS } from "../src/session/refresh-helper.ts";
import type { Capability } from "../src/wire/capability.ts";
import { encodeMessage, MESSAGE } from "../src/wire/header.ts";
import { encodeRouteRefresh, type RouteRefreshFields } from "../src/wire/route-refresh.ts";
import { type FakePeer, FakeWorld } from "./loopback/fake-world.ts";
import { type TestSpeaker, type5 } from "./loopback/speakers.ts";

const PEER = parseIpAddress("10.0.0.2");
const ENHANCED: readonly Capability[] = [
  { kind: "route-refresh" },
  { kind: "enhanced-route-refresh" },
];
const IGNORED = "ROUTE-REFRESH ignored";

let world: FakeWorld;
let speaker: TestSpeaker;

beforeEach(async () => {
  world = new FakeWorld();
  speaker = await world.start("10.0.0.1");
});

afterEach(() => world.stop());

const refresh = (
  subtype: RouteRefreshFields["subtype"],
  family: RouteRefreshFields["family"] = "l2vpn-evpn",
): Uint8Array => encodeRouteRefresh({ family, subtype });

const originate = (...hosts: readonly number[]): void => {
  for (const host of hosts) {
    speaker.speaker.originate("red", type5(`10.0.0.${host}/32`, 5001, "10.0.0.1"));
  }
};

/** Hosts in the table that came from the peer. */
const held = (): string[] =>
  speaker.speaker
    .routes()
    .filter(({ peer }) => peer !== "local")
    .map(({ route }) => ("prefix" in route ? route.prefix : "?"))
    .sort();

/** The code of the `SpeakerError` that a call throws. */
const codeOf = (call: () => void): string => {
  try {
    call();
  } catch (error) {
    return error instanceof SpeakerError ? error.code : String(error);
  }
  return "no error";
};

describe("a speaker that is asked for its routes", () => {
  it("marks where they begin and end when the peer knows such marks", async () => {
    originate(1, 2);
    const peer = await world.peer(speaker, PEER, ENHANCED);
    await peer.send(refresh("request"));
    expect(peer.story).toEqual([
      "announce 1,2",
      "end-of-rib",
      "route-refresh begin",
      "announce 1,2",
      "route-refresh end",
    ]);
  });

  it("does not mark them otherwise", async () => {
    originate(1);
    const peer = await world.peer(speaker, PEER, [{ kind: "route-refresh" }]);
    await peer.send(refresh("request"));
    expect(peer.story).toEqual(["announce 1", "end-of-rib", "announce 1"]);
  });

  it("marks an empty table too", async () => {
    const peer = await world.peer(speaker, PEER, ENHANCED);
    await peer.send(refresh("request"));
    expect(peer.story).toEqual(["end-of-rib", "route-refresh begin", "route-refresh end"]);
  });

  it("finishes its first table before it begins again", async () => {
    originate(1);
    const peer = await world.peer(speaker, PEER, ENHANCED);
    await peer.die();
    // OPEN, KEEPALIVE and the request arrive together, before any route was sent.
    await peer.connect(refresh("request"));
    expect(peer.story).toEqual([
      "announce 1",
      "end-of-rib",
      "route-refresh begin",
      "announce 1",
      "route-refresh end",
    ]);
  });

  it("answers a hundred requests at once with no more than two tables", async () => {
    originate(1);
    const peer = await world.peer(speaker, PEER, ENHANCED);
    await peer.send(...Array.from({ length: 100 }, () => refresh("request")));
    const begins = peer.story.filter((line) => line === "route-refresh begin");
    expect(begins.length).toBeLessThanOrEqual(2);
    expect(peer.story.at(-1)).toBe("route-refresh end");
  });
});

describe("a peer that refreshes its routes", () => {
  let peer: FakePeer;

  beforeEach(async () => {
    peer = await world.peer(speaker, PEER, ENHANCED);
    await peer.announce([1, 2, 3]);
    await peer.endOfRib();
  });

  it("loses between BoRR and EoRR what it does not announce again", async () => {
    await peer.send(refresh("begin"));
    await peer.announce([1]);
    await peer.announce([4], { label: 5002 });
    expect(speaker.neighbor()).toMatchObject({ prefixesReceived: 4, stalePrefixes: 2 });
    await peer.send(refresh("end"));
    expect(held()).toEqual(["10.0.0.1/32", "10.0.0.4/32"]);
    expect(speaker.neighbor().stalePrefixes).toBe(0);
    expect(speaker.log.withMessage(IGNORED)).toEqual([]);
  });

  it("loses it after six minutes when EoRR does not come", async () => {
    await peer.send(refresh("begin"));
    await peer.announce([2]);
    await world.run(REFRESH_MS - 2000);
    expect(held()).toHaveLength(3);
    await world.run(2000);
    expect(held()).toEqual(["10.0.0.2/32"]);
  });

  it("keeps everything when its session ends in between and the next one announces it", async () => {
    peer.capabilities = [...ENHANCED, gracefulRestart];
    await peer.die();
    await peer.connect();
    await peer.announce([1, 2, 3]);
    await peer.endOfRib();
    await peer.send(refresh("begin"));
    await peer.die();
    expect(held()).toHaveLength(3);
    await peer.connect();
    await peer.announce([1, 2]);
    await peer.endOfRib();
    expect(held()).toEqual(["10.0.0.1/32", "10.0.0.2/32"]);
    await world.run(2 * REFRESH_MS);
    expect(held()).toHaveLength(2);
  });

  it("loses nothing by BoRR before the End-of-RIB of its restart", async () => {
    peer.capabilities = [...ENHANCED, gracefulRestart];
    await peer.die();
    await peer.connect();
    await peer.announce([1, 2, 3]);
    await peer.die();
    await peer.connect();
    await peer.announce([1]);
    await peer.send(refresh("begin"), refresh("end"));
    expect(held()).toHaveLength(3);
    expect(speaker.log.withMessage(IGNORED)).toMatchObject([
      { reason: "the peer has not yet sent its End-of-RIB" },
      { reason: "no refresh has begun" },
    ]);
  });

  it("is not listened to before its first End-of-RIB either, when it knows graceful restart", async () => {
    const other = await world.peer(speaker, parseIpAddress("10.0.0.3"), [
      ...ENHANCED,
      gracefulRestart,
    ]);
    await other.announce([7]);
    await other.send(refresh("begin"), refresh("end"));
    expect(held()).toContain("10.0.0.7/32");
    await other.endOfRib();
    await other.send(refresh("begin"), refresh("end"));
    expect(held()).not.toContain("10.0.0.7/32");
  });

  it("loses at EoRR what it has not announced since the first of two BoRRs", async () => {
    await peer.send(refresh("begin"));
    await peer.announce([1]);
    await peer.send(refresh("begin"));
    await peer.announce([2]);
    await peer.send(refresh("end"));
    expect(held()).toEqual(["10.0.0.1/32", "10.0.0.2/32"]);
    expect(speaker.log.withMessage(IGNORED)).toMatchObject([
      { reason: "a refresh is going on already" },
    ]);
  });

  it.each([
    ["EoRR without BoRR", refresh("end"), "no refresh has begun"],
    ["an unknown subtype", refresh(3), "the subtype 3 is unknown"],
    [
      "a family that was not negotiated",
      refresh("begin", "ipv4-unicast"),
      "the family ipv4-unicast is not in use",
    ],
  ])("is ignored with %s, and the log says why", async (_, message, reason) => {
    await peer.send(message);
    expect(speaker.neighbor().state).toBe("Established");
    expect(held()).toHaveLength(3);
    expect(speaker.log.withMessage(IGNORED)).toEqual([{ neighbor: PEER, reason, suppressed: 0 }]);
  });

  it.each([
    ["which is in use", [{ kind: "multiprotocol", family: "rtc" }], "marks of a refresh are not"],
    ["which is not", [], "the family rtc is not in use"],
  ] as const)("is told the truth about the family of memberships, %s", async (_, more, reason) => {
    const other = await world.peer(speaker, "10.0.0.3", [...ENHANCED, ...more]);
    await other.send(refresh("begin", "rtc"));
    const [line] = speaker.log.withMessage(IGNORED);
    expect(line?.["reason"]).toContain(reason);
    await other.send(refresh("request", "rtc"));
    expect(speaker.log.withMessage(IGNORED)).toHaveLength(more.length === 0 ? 2 : 1);
  });

  it("loses its session with a mark of another length (RFC 7313 section 5)", async () => {
    const message = encodeMessage(MESSAGE.ROUTE_REFRESH, Uint8Array.of(0, 25, 1, 70, 0));
    await peer.send(message);
    expect(peer.notification).toMatchObject({ code: 7, subcode: 1 });
    expect(peer.notification?.data).toHaveLength(2 * message.length);
  });

  it("is ignored with such a mark when it has not announced the capability for them", async () => {
    const other = await world.peer(speaker, "10.0.0.3", [{ kind: "route-refresh" }]);
    await other.send(encodeMessage(MESSAGE.ROUTE_REFRESH, Uint8Array.of(0, 25, 1, 70, 0)));
    expect(other.notification).toBeUndefined();
    expect(speaker.log.withMessage(IGNORED)).toMatchObject([
      { reason: "a ROUTE-REFRESH that marks a beginning or end cannot have length 24" },
    ]);
  });
});

describe("a speaker that asks a peer for its routes", () => {
  it("sends a request", async () => {
    const peer = await world.peer(speaker, PEER, [{ kind: "route-refresh" }]);
    speaker.speaker.refresh(PEER);
    await world.run(20);
    expect(peer.story).toEqual(["end-of-rib", "route-refresh request"]);
    expect(speaker.neighbor().sent.routeRefresh).toBe(1);
  });

  it("says why it cannot", async () => {
    expect(codeOf(() => speaker.speaker.refresh(PEER))).toBe("unknown-neighbor");
    const peer = await world.peer(speaker, PEER);
    expect(codeOf(() => speaker.speaker.refresh(PEER))).toBe("capability-missing");
    await peer.die();
    expect(codeOf(() => speaker.speaker.refresh(PEER))).toBe("no-session");
  });

  it("gets the routes of another speaker, marked", async () => {
    const other = await world.start("10.0.0.3");
    originate(1, 2);
    other.peerWith(speaker);
    await world.run(1000);
    other.speaker.refresh(parseIpAddress("10.0.0.1"));
    await world.run(1000);
    expect(other.neighbor().received.routeRefresh).toBe(2);
    expect(other.neighbor()).toMatchObject({ prefixesReceived: 2, stalePrefixes: 0 });
    expect(other.neighbor().capabilities).toContain("enhanced-route-refresh");
  });
});

const gracefulRestart: Capability = {
  kind: "graceful-restart",
  restarted: true,
  notification: false,
  restartTime: 120,
  families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
};
