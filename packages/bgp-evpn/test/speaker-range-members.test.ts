/** Neighbours out of ranges that come and go: who fails over and over, and who is away for long. */

import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { NeighborRangeOptions } from "../src/session/neighbor-range.ts";
import type { Capability } from "../src/wire/capability.ts";
import { FakePeer, FakeWorld } from "./loopback/fake-world.ts";
import { AS, type TestSpeaker } from "./loopback/speakers.ts";

const RANGE = parseIpPrefix("10.0.0.0/24");
const KEPT: readonly Capability[] = [
  {
    kind: "graceful-restart",
    restarted: false,
    notification: false,
    restartTime: 60,
    families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
  },
  {
    kind: "long-lived-graceful-restart",
    families: [{ family: "l2vpn-evpn", forwardingPreserved: true, staleTime: 7200 }],
  },
];

let world: FakeWorld;
let speaker: TestSpeaker;

beforeEach(async () => {
  world = new FakeWorld();
  speaker = await world.start("10.0.0.100");
});

afterEach(() => world.stop());

const setRange = (options: Partial<NeighborRangeOptions> = {}): void =>
  speaker.speaker.setNeighborRange({ prefix: RANGE, asn: AS, ...options });

const peer = (address: string, capabilities: readonly Capability[] = []): FakePeer =>
  new FakePeer(world, speaker, parseIpAddress(address), capabilities);

const neighbors = (): string[] =>
  speaker.speaker.summary().neighbors.map(({ address, state }) => `${address} ${state}`);

/** How often it gets as far as an OPEN when it tries once a second and ends each session at once. */
const sessionsOf = async (flapping: FakePeer, attempts: number): Promise<number> => {
  let sessions = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    await flapping.connect();
    if (flapping.received.length > 0) sessions++;
    await flapping.die();
    await world.run(1000);
  }
  return sessions;
};

it("a neighbour that fails over and over is let in ever more rarely, though it goes each time", async () => {
  setRange();
  expect(await sessionsOf(peer("10.0.0.1"), 30)).toBeLessThan(12);
  const sane = peer("10.0.0.2");
  await sane.connect();
  expect(neighbors()).toContain("10.0.0.2 Established");
});

it("a neighbour that has failed before is let in at once when it has been away for long", async () => {
  setRange();
  const flapping = peer("10.0.0.1");
  await sessionsOf(flapping, 30);
  world.clock.advance(3_600_000);
  expect(await sessionsOf(flapping, 4)).toBe(4);
});

it("of a full range that neighbour makes room whose long-lived stale routes are the oldest", async () => {
  setRange({ limit: 2, longLivedStaleTime: 3600 });
  const [older, newer, next] = [peer("10.0.0.1", KEPT), peer("10.0.0.2", KEPT), peer("10.0.0.3")];
  for (const each of [older, newer]) {
    await each.connect();
    await each.announce([each === older ? 1 : 2], { targets: ["65000:100"] });
    await each.endOfRib();
  }
  await older.die();
  await world.run(30_000);
  await newer.die();
  await world.run(40_000);
  const hosts = (): string[] => speaker.routes("red").map((route) => route.split("/")[0] ?? "");
  expect(hosts()).toEqual(["10.0.0.1", "10.0.0.2"]);
  await next.connect();
  expect(neighbors()).toEqual(["10.0.0.2 Active", "10.0.0.3 Established"]);
  expect(hosts()).toEqual(["10.0.0.2"]);
});

it("a neighbour of a full range that may be restarting keeps its place", async () => {
  setRange({ limit: 1, longLivedStaleTime: 3600 });
  const restarting = peer("10.0.0.1", KEPT);
  await restarting.connect();
  await restarting.announce([1], { targets: ["65000:100"] });
  await restarting.endOfRib();
  await restarting.die();
  await world.run(30_000);
  await peer("10.0.0.2").connect();
  expect(neighbors()).toEqual(["10.0.0.1 Active"]);
  await restarting.connect();
  expect(neighbors()).toEqual(["10.0.0.1 Established"]);
});
