/** Many connections of those who may connect, each with something that is no BGP. */

import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LINES_PER_PERIOD, PERIOD_MS } from "../src/session/log-limiter.ts";
import { FakeWorld } from "./loopback/fake-world.ts";
import { AS, type TestSpeaker } from "./loopback/speakers.ts";

const LINE = "malformed message ends the session";

let world: FakeWorld;
let speaker: TestSpeaker;

beforeEach(async () => {
  world = new FakeWorld();
  speaker = await world.start("10.0.0.1");
});

afterEach(() => world.stop());

/** Connects, and sends what is no BGP. */
async function babble(from: string): Promise<void> {
  const address = parseIpAddress(from);
  const to = { address: parseIpAddress("10.0.0.1"), port: 179, localAddress: address };
  const connection = world.network.connect(address, to);
  connection.attach({
    onConnected: () => connection.write(new Uint8Array(4096), 1),
    onData: () => undefined,
    onProgress: () => undefined,
    onDrain: () => undefined,
    onClosed: () => undefined,
  });
  await world.run(20);
}

it("a neighbour writes so many lines, by however many connections beside its session", async () => {
  await world.peer(speaker, "10.0.0.2");
  for (let times = 0; times < 40; times++) await babble("10.0.0.2");
  expect(speaker.neighbor().state).toBe("Established");
  expect(speaker.log.withMessage(LINE)).toHaveLength(LINES_PER_PERIOD);
  await world.run(PERIOD_MS);
  await babble("10.0.0.2");
  expect(speaker.log.withMessage(LINE).at(-1)).toMatchObject({ suppressed: 30 });
});

it("those in a range write so many lines together, and none of them is left over", async () => {
  speaker.speaker.setNeighborRange({ prefix: parseIpPrefix("10.1.0.0/16"), asn: AS });
  for (let host = 1; host <= 40; host++) await babble(`10.1.0.${host}`);
  expect(speaker.log.withMessage(LINE)).toHaveLength(LINES_PER_PERIOD);
  await world.run(1000);
  expect(speaker.speaker.summary().neighbors).toEqual([]);
});
