import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NeighborOptions } from "../src/session/neighbor-options.ts";
import type { Capability } from "../src/wire/capability.ts";
import { encodeNotification } from "../src/wire/notification.ts";
import { type FakePeer, FakeWorld } from "./loopback/fake-world.ts";
import { AS, type TestSpeaker } from "./loopback/speakers.ts";

const PEER = parseIpAddress("10.0.0.2");
const REFLECTED = [
  { kind: "originator-id", routerId: parseIpAddress("10.0.0.9") },
  { kind: "cluster-list", clusterIds: [PEER] },
] as const;

const restart = (notification: boolean): readonly Capability[] => [
  {
    kind: "graceful-restart",
    restarted: false,
    notification,
    restartTime: 120,
    families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
  },
];

let world: FakeWorld;
let speaker: TestSpeaker;

beforeEach(async () => {
  world = new FakeWorld();
  speaker = await world.start("10.0.0.1");
});

afterEach(() => world.stop());

const hosts = (): string[] =>
  speaker.routes("red").map((route) => route.replace(/^10\.0\.0\.(\d+)\/32.*/, "$1"));

/** A peer with a route of its own (1), one that it reflects (2), and one that it reflects with itself as next hop (3). */
const peerWith = async (
  notification: boolean,
  options: Partial<NeighborOptions> = {},
): Promise<FakePeer> => {
  const peer = await world.peer(speaker, PEER, restart(notification), options);
  const targets = ["65000:100"];
  await peer.announce([1], { targets, vtep: "192.0.2.1" });
  await peer.announce([2], { targets, vtep: "192.0.2.2", more: REFLECTED });
  await peer.announce([3], { targets, vtep: PEER, more: REFLECTED });
  await peer.endOfRib();
  expect(hosts()).toEqual(["1", "2", "3"]);
  return peer;
};

const notify = (code: number, subcode: number, ...data: readonly number[]): Uint8Array =>
  encodeNotification({ code, subcode, data: Uint8Array.from(data) });

describe("a neighbour that takes a NOTIFICATION for a restart", () => {
  it("is told that we do so too", async () => {
    const peer = await peerWith(true);
    const open = peer.received.find((message) => message.kind === "open");
    expect(open?.capabilities).toContainEqual(
      expect.objectContaining({ kind: "graceful-restart", notification: true }),
    );
  });

  it("keeps its routes over an error, and over its own restart time not", async () => {
    const peer = await peerWith(true);
    await peer.send(notify(3, 1));
    expect(speaker.neighbor()).toMatchObject({ gracefulRestart: "retaining", stalePrefixes: 3 });
    expect(hosts()).toEqual(["1", "2", "3"]);
    await world.run(120_000);
    expect(hosts()).toEqual([]);
  });

  it("is back with what it announces again", async () => {
    const peer = await peerWith(true);
    await peer.send(notify(6, 6));
    await peer.connect();
    await peer.announce([2], { targets: ["65000:100"], vtep: "192.0.2.2", more: REFLECTED });
    expect(hosts()).toEqual(["1", "2", "3"]);
    await peer.endOfRib();
    expect(hosts()).toEqual(["2"]);
  });

  it("loses them by a Hard Reset, of which the summary tells what was inside", async () => {
    const peer = await peerWith(true);
    await peer.send(notify(6, 9, 6, 2, 5, ...new TextEncoder().encode("moved")));
    expect(hosts()).toEqual([]);
    expect(speaker.neighbor()).toMatchObject({
      gracefulRestart: "none",
      lastError: "received Cease/Administrative Shutdown: moved",
    });
  });

  it("is sent a Hard Reset by an operator", async () => {
    const peer = await peerWith(true);
    speaker.speaker.setNeighbor({
      address: PEER,
      asn: AS,
      passive: true,
      holdTime: 0,
      shutdown: { message: "bye" },
    });
    await world.run(20);
    expect(peer.notification).toMatchObject({
      code: 6,
      subcode: 9,
      hardReset: { code: 6, subcode: 2 },
      shutdownText: "bye",
    });
    expect(hosts()).toEqual([]);
  });

  it("is sent one for too many prefixes", async () => {
    const peer = await peerWith(true, { maximumPrefixes: { limit: 3, action: "shutdown" } });
    await peer.announce([4]);
    expect(peer.notification).toMatchObject({
      hardReset: { code: 6, subcode: 1 },
      data: "060100194600000003",
    });
    expect(hosts()).toEqual([]);
  });

  it("keeps, when it falls silent, what it has from others, and what it has originated not", async () => {
    await peerWith(true, { holdTime: 9 });
    await world.run(9500);
    expect(speaker.neighbor()).toMatchObject({
      gracefulRestart: "retaining",
      lastError: "sent Hold Timer Expired",
    });
    expect(hosts()).toEqual(["2"]);
  });

  it.each([
    ["all", ["1", "2", "3"]],
    ["none", []],
  ] as const)("keeps %s when it falls silent if the operator says so", async (choice, kept) => {
    await peerWith(true, { holdTime: 9, onHoldExpiry: choice });
    await world.run(9500);
    expect(hosts()).toEqual(kept);
  });
});

describe("a neighbour that offers graceful restart alone", () => {
  it("loses its routes by any NOTIFICATION, and is sent no Hard Reset", async () => {
    const peer = await peerWith(false);
    await peer.send(notify(6, 6));
    expect(hosts()).toEqual([]);
    await peer.connect();
    speaker.speaker.clear(PEER, { mode: "hard" });
    await world.run(20);
    expect(peer.notification).toMatchObject({ code: 6, subcode: 4 });
  });

  it("loses them when it falls silent", async () => {
    await peerWith(false, { holdTime: 9, onHoldExpiry: "all" });
    await world.run(9500);
    expect(hosts()).toEqual([]);
  });
});
