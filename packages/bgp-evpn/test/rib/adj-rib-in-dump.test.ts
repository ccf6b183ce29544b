import { describe, expect, test } from "vitest";
import type { PeerId } from "../../src/rib/peer.ts";
import { announcement, hostRoutes } from "./model/make.ts";
import { PeerModel } from "./model/peer-model.ts";
import { sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const CLIENT = sessionSlot("client", "10.0.0.11", { client: true });
const OTHER = sessionSlot("other client", "10.0.0.12", { client: true });

function table(): World {
  const world = new World();
  world.up(CLIENT);
  world.up(OTHER);
  for (const route of hostRoutes(600)) world.announce(CLIENT, [route]);
  for (const route of hostRoutes(3, { localPreference: 50 })) world.announce(OTHER, [route]);
  world.settle();
  return world;
}

/** Somebody who takes a dump as UPDATEs of a peer. */
function reader(world: World, limit: number, peers = new Set([world.id(CLIENT), world.id(OTHER)])) {
  const heard = new Map<PeerId, PeerModel>();
  for (const peer of peers) heard.set(peer, new PeerModel(CLIENT));
  const dump = world.rib.view.dumpReceived(peers);
  const step = () =>
    dump.step(limit, (peer, bytes, offset, length) => {
      heard.get(peer)?.take(bytes.slice(offset, offset + length), 1);
    });
  return {
    heard: (peer: PeerId) => [...(heard.get(peer)?.routes.keys() ?? [])].sort(),
    peers,
    step,
    finish: () => {
      while (step()) if (limit > 100) throw new Error("one step should have been enough");
    },
  };
}

/** The keys of the routes held from a peer. */
const held = (world: World, slot: typeof CLIENT) =>
  [...(world.reference.received.get(slot)?.keys() ?? [])].sort();

describe("a dump of what was received", () => {
  test.each([1, 7, 10_000])("is each peer's table, in steps of %i", (limit) => {
    const world = table();
    const dump = reader(world, limit);
    dump.finish();
    expect(dump.heard(world.id(CLIENT))).toEqual(held(world, CLIENT));
    expect(dump.heard(world.id(OTHER))).toEqual(held(world, OTHER));
  });

  test("packs routes with the same attributes into few UPDATEs", () => {
    const world = table();
    let updates = 0;
    world.rib.view.dumpReceived(new Set([world.id(CLIENT)])).step(10_000, () => updates++);
    expect(updates).toBeLessThan(10);
  });

  test("hands on attributes as they are kept, however many sets there are", () => {
    const world = new World();
    world.up(CLIENT);
    const long = { kind: "unknown", type: 99, flags: ["optional", "transitive"] } as const;
    for (const [index, route] of hostRoutes(200).entries()) {
      const value = index.toString(16).padStart(4, "0").repeat(500);
      const { attributes } = announcement("10.0.0.0/32", { more: [{ ...long, value }] });
      world.announce(CLIENT, [{ ...route, attributes }]);
    }
    const dump = reader(world, 10_000, new Set([world.id(CLIENT)]));
    dump.finish();
    expect(dump.heard(world.id(CLIENT))).toEqual(held(world, CLIENT));
  });

  test("leaves out what comes after its beginning, is stale, or is nobody's any more", () => {
    const world = table();
    const dump = reader(world, 1);
    world.announce(CLIENT, [announcement("192.0.2.0/24")]);
    dump.peers.delete(world.id(OTHER));
    const other = world.id(OTHER);
    world.down(OTHER);
    world.settle();
    dump.finish();
    expect(dump.heard(world.id(CLIENT))).toHaveLength(600);
    expect(dump.heard(other)).toEqual([]);

    world.retain(CLIENT);
    world.up(CLIENT);
    const stale = reader(world, 10_000, new Set([world.id(CLIENT)]));
    stale.finish();
    expect(stale.heard(world.id(CLIENT))).toEqual([]);
  });
});
