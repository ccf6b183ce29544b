/** A reflector and its client that restart at the same time: what others see of it. */

import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SpeakerOptions } from "../src/speaker-options.ts";
import { FakePeer, FakeWorld, PORT } from "./loopback/fake-world.ts";
import { AS, type TestSpeaker, type5 } from "./loopback/speakers.ts";

const REFLECTOR = "10.0.0.100";
const [A, B] = ["10.0.0.1", "10.0.0.2"] as const;
const ROUTE_OF_B = "10.0.0.2/32 via 10.0.0.2 5001 02:00:00:00:00:02";
const AGAIN = { restarting: true, deferralTime: 600 } as const;

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld();
});

afterEach(() => world.stop());

const startReflector = async (options: Partial<SpeakerOptions> = {}): Promise<TestSpeaker> => {
  const reflector = world.make(REFLECTOR, options);
  for (const address of [A, B].map(parseIpAddress)) {
    reflector.speaker.setNeighbor({ address, asn: AS, passive: true, reflectorClient: true });
  }
  await reflector.speaker.start();
  return reflector;
};

const startClient = async (
  address: string,
  options: Partial<SpeakerOptions> = {},
  client: TestSpeaker = world.make(address, options),
): Promise<TestSpeaker> => {
  client.speaker.originate("red", type5(`${address}/32`, 5001, address));
  client.speaker.setNeighbor({ address: parseIpAddress(REFLECTOR), asn: AS, port: PORT });
  await client.speaker.start();
  return client;
};

const kill = (speaker: TestSpeaker): Promise<void> => speaker.speaker.stop({ notify: false });

it.each([
  ["alone", []],
  ["which has another neighbour, that is dead", [parseIpAddress("10.0.0.101")]],
])("the routes of the client %s stay at the other client", async (_, dead) => {
  const reflector = await startReflector();
  const [a, b] = [await startClient(A), await startClient(B)];
  await world.run(10_000);
  expect(a.routes("red")).toEqual([ROUTE_OF_B]);
  const told = a.told.length;
  await kill(reflector);
  await kill(b);
  const again = await startReflector(AGAIN);
  await world.run(5000);
  // It waits for the other client alone.
  expect(again.neighbor(A)).toMatchObject({ state: "Established", prefixesReceived: 1 });
  const late = world.make(B, AGAIN);
  for (const address of dead) late.speaker.setNeighbor({ address, asn: AS });
  await startClient(B, AGAIN, late);
  await world.run(20_000);
  expect(again.neighbor(B)).toMatchObject({ state: "Established", prefixesReceived: 1 });
  expect(a.told.slice(told)).toEqual([]);
  expect(a.routes("red")).toEqual([ROUTE_OF_B]);
});

describe("a client that restarts", () => {
  it("says what it has before it has heard others, but tells its VRFs nothing", async () => {
    const client = await startClient(B, AGAIN);
    const reflector = new FakePeer(world, client, parseIpAddress(REFLECTOR), []);
    await reflector.connect();
    expect(reflector.story).toEqual(["announce 2", "end-of-rib"]);
    await reflector.announce([7], { targets: ["65000:100"] });
    expect(client.told).toEqual([]);
    await reflector.endOfRib();
    await world.run(60_000);
    expect(client.told).toEqual(["red reachable 10.0.0.7/32"]);
  });

  it("says nothing when it passes routes on to others", async () => {
    const client = world.make(B, AGAIN);
    client.speaker.originate("red", type5("10.0.0.2/32", 5001, B));
    const other = { address: parseIpAddress(A), asn: AS, passive: true, reflectorClient: true };
    client.speaker.setNeighbor(other);
    await client.speaker.start();
    const reflector = await world.peer(client, REFLECTOR);
    expect(reflector.story).toEqual([]);
  });
});
