import { type IpAddress, macFromVtep, parseIpAddress, parseMacAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NextHop, NextHopTable } from "../src/next-hops.ts";
import { nextHopId } from "../src/ownership.ts";

const vtep = (n: number): IpAddress => parseIpAddress(`10.0.0.${n}`);
const hop = (n: number, mac = 0) => ({
  vtep: vtep(n),
  routerMac: mac === 0 ? macFromVtep(vtep(n)) : parseMacAddress(`02:00:00:00:ff:0${mac}`),
});

/** Two addresses whose hashes have the same low 28 bits; found by search. */
const SAME_HASH = ["2001:db8::267b", "2001:db8::2b42"];

/** Next hops of a route: 1 to 3 of few VTEPs with few MAC addresses. */
const hops = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 })),
  { minLength: 1, maxLength: 3 },
);

function describeTable(table: NextHopTable): unknown {
  return {
    vteps: [...table.vteps()].sort((a, b) => a.id - b.id),
    groups: [...table.groups()]
      .map(
        ({ id, members }) =>
          `${id}: ${members.map((member) => `${member.id} ${member.routerMac}`)}`,
      )
      .sort(),
  };
}

describe("the next hops of a VRF", () => {
  it("give a VTEP the number that its address is", () => {
    expect(new NextHopTable().acquire([hop(7)])).toMatchObject({ kind: "vtep", id: 0x0a000007 });
  });

  it("give an IPv6 VTEP another number when a VTEP with the same hash has it, until it is free", () => {
    const [first, second] = SAME_HASH.map((text) => {
      return { vtep: parseIpAddress(text), routerMac: macFromVtep(parseIpAddress(text)) };
    });
    if (first === undefined || second === undefined) throw new Error("two addresses");
    const id = nextHopId(first.vtep) ?? 0;
    expect(nextHopId(second.vtep)).toBe(id);
    const table = new NextHopTable();
    const held = table.acquire([first]);
    expect(held?.id).toBe(id);
    const moved = table.acquire([second]);
    expect(moved?.id).toBe(id + 1);
    expect(table.acquire([{ ...second, routerMac: hop(1, 1).routerMac }])?.id).toBe(id + 1);
    expect(table.acquire([first, second])).toMatchObject({ members: [{ id }, { id: id + 1 }] });
    const other = new NextHopTable();
    expect(other.acquire([second])?.id).toBe(id);
  });

  it("give the same VTEPs the same group, in whatever order they are named", () => {
    const table = new NextHopTable();
    const group = table.acquire([hop(1), hop(2), hop(3)]);
    expect(group?.id).toBeGreaterThanOrEqual(0xe0000000);
    expect(table.acquire([hop(3), hop(1), hop(2)])).toBe(group);
    expect(new NextHopTable().acquire([hop(2), hop(3), hop(1)])?.id).toBe(group?.id);
    expect(table.acquire([hop(1), hop(2)])?.id).not.toBe(group?.id);
  });

  it("are one VTEP and no group when a route names the same VTEP twice", () => {
    expect(new NextHopTable().acquire([hop(1), hop(1)])).toMatchObject({ kind: "vtep" });
  });

  it.each(["::1", "fe80::1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255"])(
    "do not include %s, which cannot be a VTEP",
    (text) => {
      const table = new NextHopTable();
      const unusable = { vtep: parseIpAddress(text), routerMac: macFromVtep(vtep(1)) };
      expect(table.acquire([unusable])).toBeUndefined();
      expect(table.acquire([unusable, hop(1)])).toMatchObject({ id: 0x0a000001 });
    },
  );

  it("are none when a route names none", () => {
    expect(new NextHopTable().acquire([])).toBeUndefined();
  });

  it("choose for a VTEP the router MAC that most routes name, and of equals the lowest", () => {
    const table = new NextHopTable();
    table.acquire([hop(1, 2)]);
    table.acquire([hop(1, 1)]);
    expect([...table.vteps()]).toEqual([{ ...hop(1, 1), id: 0x0a000001, conflict: true }]);
    const second = table.acquire([hop(1, 2)]);
    expect([...table.vteps()]).toMatchObject([hop(1, 2)]);
    if (second !== undefined) {
      table.release(second);
      table.release(second);
    }
    expect([...table.vteps()]).toEqual([{ ...hop(1, 1), id: 0x0a000001, conflict: false }]);
  });

  it("depend on what is in use, and not on how it came to that", () => {
    fc.assert(
      fc.property(
        fc.array(hops, { maxLength: 12 }),
        fc.array(hops, { maxLength: 12 }),
        (kept, gone) => {
          const table = new NextHopTable();
          const released: (NextHop | undefined)[] = [];
          const uses = [
            ...kept.map((use) => ({ use, isGone: false })),
            ...gone.map((use) => ({ use, isGone: true })),
          ].sort((a, b) => String(a.use).localeCompare(String(b.use)));
          for (const { use, isGone } of uses) {
            const nextHop = table.acquire(use.map(([n, mac]) => hop(n, mac)));
            if (isGone) {
              released.push(nextHop);
            }
          }
          for (const nextHop of released) {
            if (nextHop !== undefined) {
              table.release(nextHop);
            }
          }
          const fresh = new NextHopTable();
          for (const use of kept.toReversed()) {
            fresh.acquire(use.map(([n, mac]) => hop(n, mac)));
          }
          expect(describeTable(table)).toEqual(describeTable(fresh));
        },
      ),
    );
  });

  it("say once that they changed", () => {
    const table = new NextHopTable();
    expect(table.takeChanged()).toBe(false);
    const nextHop = table.acquire([hop(1)]);
    expect(table.takeChanged()).toBe(true);
    table.acquire([hop(1)]);
    expect(table.takeChanged()).toBe(false);
    if (nextHop !== undefined) {
      table.release(nextHop);
      expect(table.takeChanged()).toBe(false);
      table.release(nextHop);
    }
    expect(table.takeChanged()).toBe(true);
    expect([...table.vteps()]).toEqual([]);
  });
});
