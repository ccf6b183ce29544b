import { expect, test } from "vitest";
import { AttributeTable } from "../../src/rib/attribute-table.ts";
import { NextHopSets } from "../../src/rib/next-hop-sets.ts";
import { bytesFromHex } from "../../src/wire/hex.ts";

const table = new AttributeTable({ asn: 65000, routerId: 1, clusterId: 1 });

/** Attributes with the next hop 192.0.2.`host`, or that address in IPv6. */
function attributes(host: number, isV6 = false): number {
  const last = host.toString(16).padStart(2, "0");
  const nextHop = isV6 ? `1020010db8${"00".repeat(11)}${last}` : `04c00002${last}`;
  const bytes = bytesFromHex(`${nextHop}c0100806030200000000${last}`);
  return table.intern(bytes, bytes.length);
}

function build(sets: NextHopSets, hops: readonly [attributes: number, vni: number][]): number {
  for (const [id, vni] of hops) sets.add(table, id, vni);
  return sets.finish();
}

test("a set has its next hops in order and once, whatever order they are added in", () => {
  const sets = new NextHopSets();
  const [one, two, six] = [attributes(1), attributes(2), attributes(3, true)];
  const set = build(sets, [
    [six, 7],
    [two, 5001],
    [one, 5001],
    [two, 5001],
    [one, 5000],
  ]);
  expect(
    build(sets, [
      [one, 5000],
      [one, 5001],
      [two, 5001],
      [six, 7],
    ]),
  ).toBe(set);
  expect(sets.values(set)).toEqual([
    { vtep: "192.0.2.1", routerMac: "02:00:00:00:00:01", vni: 5000 },
    { vtep: "192.0.2.1", routerMac: "02:00:00:00:00:01", vni: 5001 },
    { vtep: "192.0.2.2", routerMac: "02:00:00:00:00:02", vni: 5001 },
    { vtep: "2001:db8::3", routerMac: "02:00:00:00:00:03", vni: 7 },
  ]);
  expect(sets.values(set)).toBe(sets.values(set));
});

test("no next hops are set 0, which needs no release", () => {
  const sets = new NextHopSets();
  expect(sets.finish()).toBe(0);
  sets.release(0);
  expect(sets.values(0)).toEqual([]);
});

test("a set goes with its last user, and its number may then stand for another", () => {
  const sets = new NextHopSets();
  const set = build(sets, [[attributes(1), 1]]);
  build(sets, [[attributes(1), 1]]);
  expect(sets.values(set)).toHaveLength(1);
  sets.release(set);
  expect(sets.size).toBe(1);
  sets.release(set);
  expect(sets.size).toBe(0);
  expect(build(sets, [[attributes(2), 2]])).toBe(set);
  expect(sets.values(set)[0]?.vtep).toBe("192.0.2.2");
});

test("a set has at most 512 next hops: the first in their order", () => {
  const sets = new NextHopSets();
  const id = attributes(1);
  const hops = Array.from({ length: 600 }, (_, i): [number, number] => [id, 600 - i]);
  expect(sets.values(build(sets, hops)).map(({ vni }) => vni)).toEqual(
    Array.from({ length: 512 }, (_, i) => i + 1),
  );
});
