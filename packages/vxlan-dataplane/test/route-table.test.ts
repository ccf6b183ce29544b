import { type IpPrefix, macFromVtep, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NextHop, NextHopTable } from "../src/next-hops.ts";
import { emptyRouteBatch, RouteTable } from "../src/route-table.ts";

const nextHops: readonly NextHop[] = [1, 2, 3].flatMap((n) => {
  const vtep = parseIpAddress(`10.0.0.${n}`);
  return new NextHopTable().acquire([{ vtep, routerMac: macFromVtep(vtep) }]) ?? [];
});

const prefixes = Array.from({ length: 6 }, (_, n) => parseIpPrefix(`10.1.${n}.0/24`));

const prefix = fc.constantFrom(...prefixes);
const nextHop = fc.constantFrom(...nextHops);

type Step = (world: World) => void;

/** The table next to a plain account of the same. */
interface World {
  readonly table: RouteTable;
  readonly wanted: Map<IpPrefix, number>;
  readonly kernel: Map<IpPrefix, number>;
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(prefix, nextHop).map(
    ([destination, to]): Step =>
      ({ table, wanted }) => {
        expect(table.want(destination, to)?.id).toBe(wanted.get(destination));
        wanted.set(destination, to.id);
      },
  ),
  prefix.map(
    (destination): Step =>
      ({ table, wanted }) => {
        expect(table.unwant(destination)?.id).toBe(wanted.get(destination));
        wanted.delete(destination);
      },
  ),
  // Somebody changes the kernel, and an event tells.
  fc.tuple(prefix, fc.option(nextHop)).map(
    ([destination, to]): Step =>
      ({ table, kernel }) => {
        if (to === null) {
          kernel.delete(destination);
        } else {
          kernel.set(destination, to.id);
        }
        table.observe(destination, to?.id ?? 0);
      },
  ),
  // Somebody changes the kernel, and nothing tells but a read-back.
  fc.tuple(prefix, fc.option(nextHop)).map(
    ([destination, to]): Step =>
      ({ table, kernel }) => {
        if (to === null) {
          kernel.delete(destination);
        } else {
          kernel.set(destination, to.id);
        }
        table.readBack(kernel);
      },
  ),
  // A batch, some of which the kernel refuses.
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(3)), fc.boolean()).map(
    ([limit, refused, mayRemove]): Step =>
      (world) =>
        flush(world, limit, new Set(refused), mayRemove),
  ),
);

function flush({ table, kernel }: World, limit: number, refused: Set<number>, mayRemove: boolean) {
  const batch = emptyRouteBatch();
  table.take(batch, limit, mayRemove);
  expect(batch.rows.length).toBeLessThanOrEqual(limit);
  for (const [position, row] of batch.rows.entries()) {
    const destination = table.prefixes.prefixOf(row);
    const id = batch.nexthops[position] ?? 0;
    expect(id).not.toBe(kernel.get(destination) ?? 0);
    if (!refused.has(position)) {
      if (id === 0) {
        kernel.delete(destination);
      } else {
        kernel.set(destination, id);
      }
    }
  }
  table.settle(batch, refused);
}

function drain(world: World, mayRemove: boolean): void {
  while (!world.table.settled) {
    flush(world, 3, new Set(), mayRemove);
  }
}

describe("the remote routes of a VRF", () => {
  it("bring the kernel to what is wanted, whatever has happened", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), (history) => {
        const world: World = { table: new RouteTable(), wanted: new Map(), kernel: new Map() };
        for (const step of history) {
          step(world);
          expect(world.table.counts()).toMatchObject({
            wanted: world.wanted.size,
            installed: world.kernel.size,
          });
          expect(world.table.installedNexthops()).toEqual(new Set(world.kernel.values()));
        }
        world.table.requeue();
        drain(world, true);
        expect(world.kernel).toEqual(world.wanted);
        expect(world.table.counts()).toMatchObject({ pending: 0, failed: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it("remove nothing until they may, and then what was held back", () => {
    const world: World = { table: new RouteTable(), wanted: new Map(), kernel: new Map() };
    for (const destination of prefixes) {
      world.kernel.set(destination, nextHops[0]?.id ?? 0);
    }
    world.table.readBack(world.kernel);
    drain(world, false);
    expect(world.kernel.size).toBe(prefixes.length);
    world.table.requeue();
    drain(world, true);
    expect(world.kernel.size).toBe(0);
  });

  it("count those that others had changed, once they are written again", () => {
    const world: World = { table: new RouteTable(), wanted: new Map(), kernel: new Map() };
    const { table, kernel } = world;
    const [first, second] = nextHops;
    const [one, two, three] = prefixes;
    if (!first || !second || !one || !two || !three) {
      throw new Error("the test has no routes");
    }
    for (const destination of [one, two, three]) {
      table.want(destination, first);
    }
    table.readBack([], false);
    drain(world, true);
    expect(table.takeRepaired()).toBe(0);
    // Its own events, a route that somebody deletes, one that is led elsewhere and back.
    table.observe(one, first.id);
    kernel.delete(two);
    table.observe(two, 0);
    table.observe(three, second.id);
    table.observe(three, first.id);
    drain(world, true);
    expect([table.takeRepaired(), table.takeRepaired()]).toEqual([1, 0]);
    kernel.set(one, second.id);
    table.readBack(kernel, true);
    drain(world, true);
    expect(table.takeRepaired()).toBe(1);
    kernel.clear();
    table.readBack(kernel, false);
    drain(world, true);
    expect(table.takeRepaired()).toBe(0);
  });

  it("count a refused route as failed until it is tried again", () => {
    const table = new RouteTable();
    const [first] = nextHops;
    const [destination] = prefixes;
    if (first === undefined || destination === undefined) {
      throw new Error("the test has no routes");
    }
    table.want(destination, first);
    const batch = emptyRouteBatch();
    table.take(batch, 512, true);
    table.settle(batch, new Set([0]));
    expect(table.counts()).toEqual({ wanted: 1, installed: 0, pending: 0, failed: 1 });
    expect(table.settled).toBe(true);
    table.requeue();
    expect(table.counts()).toEqual({ wanted: 1, installed: 0, pending: 1, failed: 0 });
  });

  it("hand out all of many routes in full batches", () => {
    const table = new RouteTable();
    const [first] = nextHops;
    const count = 200_000;
    for (let n = 0; n < count && first !== undefined; n += 1) {
      table.want(parseIpPrefix(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}/32`), first);
    }
    const batch = emptyRouteBatch();
    const seen = new Set<IpPrefix>();
    while (!table.settled) {
      table.take(batch, 512, true);
      for (const row of batch.rows) {
        seen.add(table.prefixes.prefixOf(row));
      }
      table.settle(batch, new Set());
    }
    expect(seen.size).toBe(count);
    expect(table.counts()).toEqual({ wanted: count, installed: count, pending: 0, failed: 0 });
  });
});
