import { parseIpAddress } from "@selvedge/net";
import { expect, test } from "vitest";
import { Rib } from "../../src/rib/rib.ts";
import { hostRoutes, localRoute, vrf } from "./model/make.ts";
import { OWN_ASN, OWN_ROUTER_ID, sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const CLIENT = sessionSlot("client", "10.0.0.11", { client: true });
const OTHER = sessionSlot("other client", "10.0.0.12", { client: true });

function announce(world: World, count: number): void {
  for (const one of hostRoutes(count)) world.announce(CLIENT, [one]);
}

test("the paths of a peer that left are withdrawn in slices of the size that was asked for", () => {
  const world = new World();
  world.up(CLIENT);
  world.up(OTHER);
  announce(world, 100);
  world.settle();
  const { messages } = world.model(OTHER);
  world.down(CLIENT);
  world.rib.work(30);
  expect(world.rib.view.counts().paths).toBe(70);
  expect(world.model(OTHER).routes.size).toBe(70);
  expect(world.model(OTHER).messages).toBe(messages + 1);
  world.settle();
  expect(world.rib.view.counts()).toMatchObject({ paths: 0, prefixes: 0, attributeSets: 0 });
});

test("a sweep ends with the last stale path, wherever in the table that was", () => {
  const world = new World();
  world.up(CLIENT);
  const routes = hostRoutes(100);
  announce(world, 100);
  world.settle();
  world.rib.markPeerStale(world.id(CLIENT));
  world.announce(CLIENT, routes);
  world.settle();
  world.rib.sweepPeer(world.id(CLIENT));
  expect(world.rib.work(1)).toBe(false);
  expect(world.rib.view.counts().paths).toBe(100);
});

test("a slice touches no more prefixes than was asked for", () => {
  const world = new World();
  world.up(CLIENT);
  world.up(OTHER);
  world.settle();
  announce(world, 100);
  for (const done of [25, 50, 75, 100]) {
    world.rib.work(25);
    expect(world.model(OTHER).routes.size).toBe(done);
  }
  expect(world.rib.hasWork).toBe(false);
});

test("a RIB that has received much more than it has passed on is congested", () => {
  const world = new World();
  world.up(CLIENT);
  world.settle();
  announce(world, 8191);
  expect(world.rib.isCongested).toBe(false);
  announce(world, 8192);
  expect(world.rib.isCongested).toBe(true);
  world.rib.work(1);
  expect(world.rib.isCongested).toBe(false);
});

test("the caller is woken once when work appears, and again only after it was done", () => {
  let woken = 0;
  const rib = new Rib({
    asn: OWN_ASN,
    routerId: OWN_ROUTER_ID,
    send: () => "continue",
    onWork: () => {
      woken++;
    },
  });
  rib.local.setVrf(vrf("red"));
  rib.local.originateType5("red", localRoute("10.1.0.0/24"));
  rib.local.originateType5("red", localRoute("10.2.0.0/24"));
  expect(woken).toBe(1);
  while (rib.work());
  rib.local.originateType5("red", localRoute("10.2.0.0/24"));
  expect(woken).toBe(1);
  rib.local.withdrawType5("red", localRoute("10.2.0.0/24").prefix);
  expect(woken).toBe(2);
});

test("paths of a retained peer stay, stale, until they are announced again or swept", () => {
  const world = new World();
  world.up(CLIENT);
  world.up(OTHER);
  announce(world, 10);
  world.settle();
  world.retain(CLIENT);
  world.settle();
  world.expectAgreement();
  expect([...world.rib.view.routes()].every(({ stale }) => stale)).toBe(true);
  expect(world.rib.view.peerCounts(world.id(CLIENT))).toMatchObject({
    paths: 10,
    output: undefined,
  });
  expect(world.model(OTHER).routes.size).toBe(10);
  world.up(CLIENT);
  announce(world, 4);
  world.settle();
  expect([...world.rib.view.routes()].filter(({ stale }) => stale)).toHaveLength(6);
  world.sweep(CLIENT);
  world.settle();
  world.expectAgreement();
  expect(world.model(OTHER).routes.size).toBe(4);
});

test("a retained peer that comes back as another router loses its old paths at once", () => {
  const world = new World();
  world.up(CLIENT);
  announce(world, 10);
  const id = world.id(CLIENT);
  world.retain(CLIENT);
  world.rib.resumePeer(id, { ...CLIENT.peer, routerId: parseIpAddress("10.0.0.99") });
  expect(world.rib.view.counts().paths).toBe(0);
});

test("a session that is over cannot be used; what a socket tells late is ignored", () => {
  const world = new World();
  world.up(CLIENT);
  const id = world.id(CLIENT);
  world.down(CLIENT);
  expect(() => world.rib.removePeer(id)).toThrow(RangeError);
  expect(() => world.rib.sweepPeer(id)).toThrow(RangeError);
  expect(() => world.rib.resumePeer(id, CLIENT.peer)).toThrow(RangeError);
  world.rib.unblock(id);
  world.rib.refresh(id);
  world.settle();
  expect(() => world.rib.view.peerCounts(id)).toThrow(RangeError);
});

test("a table that is filled again and again takes no more memory", () => {
  const world = new World();
  const empty = world.rib.view.counts().memory;
  const memory = Array.from({ length: 4 }, () => {
    world.up(CLIENT);
    announce(world, 2000);
    while (world.rib.work());
    const { memory: full } = world.rib.view.counts();
    world.down(CLIENT);
    while (world.rib.work());
    return full;
  });
  expect(memory[1]).toBeGreaterThan(empty + 2000 * 50);
  expect(memory.slice(2)).toEqual([memory[1], memory[1]]);
});

test("the table's version counts changes of best paths, not repetitions of a route", () => {
  const world = new World();
  world.up(CLIENT);
  announce(world, 3);
  world.settle();
  expect(world.rib.view.counts().version).toBe(3);
  announce(world, 3);
  world.settle();
  expect(world.rib.view.counts().version).toBe(3);
  world.down(CLIENT);
  world.settle();
  expect(world.rib.view.counts().version).toBe(6);
});
