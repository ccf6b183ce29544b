import { expect, test } from "vitest";
import { VrfRouteTable } from "../../src/rib/vrf-route-table.ts";

test("a route is known by VRF and prefix, and bits beyond the prefix length do not count", () => {
  const table = new VrfRouteTable();
  const one = table.intern(7, Uint8Array.of(9, 20, 10, 1, 0x12, 0x34), 1, 4);
  expect(table.intern(7, Uint8Array.of(20, 10, 1, 0x10, 0), 0, 4)).toBe(one);
  expect(table.intern(8, Uint8Array.of(20, 10, 1, 0x10, 0), 0, 4)).not.toBe(one);
  expect(table.intern(7, Uint8Array.of(21, 10, 1, 0x10, 0), 0, 4)).not.toBe(one);
  expect([table.prefixOf(one), table.vrfOf(one)]).toEqual(["10.1.16.0/20", 7]);
  const six = table.intern(7, Uint8Array.of(64, 0x20, 1, 0xd, 0xb8, ...new Uint8Array(12)), 0, 16);
  expect(table.prefixOf(six)).toBe("2001:db8::/64");
  expect([...table.routesOf(7)]).toHaveLength(3);
});

test("entries are unlinked from the head, the middle and the end", () => {
  const table = new VrfRouteTable();
  const route = table.intern(1, Uint8Array.of(8, 10, 0, 0, 0), 0, 4);
  const entriesOf = (): number[] => {
    const entries: number[] = [];
    let entry = table.firstEntry.get(route);
    for (; entry !== 0; entry = table.nextOfRow.get(entry))
      entries.push(table.entryPrefix.get(entry));
    return entries;
  };
  const [a, b, c, d] = [11, 12, 13, 14].map((prefix) => table.link(route, prefix, 0));
  expect(entriesOf()).toEqual([14, 13, 12, 11]);
  for (const [entry, left] of [
    [b, [14, 13, 11]],
    [d, [13, 11]],
    [a, [13]],
    [c, []],
  ] as const) {
    table.unlink(entry ?? 0);
    expect(entriesOf()).toEqual(left);
  }
  expect(table.link(route, 15, 0)).toBe(c);
});
