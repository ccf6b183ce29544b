import fc from "fast-check";
import { expect, test } from "vitest";
import { AttributeTable, FACT } from "../../src/rib/attribute-table.ts";
import { LongLivedAttributes } from "../../src/rib/long-lived-attributes.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";

const NEXT_HOP = "04c0000201";
const ORIGIN = "40010100";
const AS_PATH = "400200";
const EXTENDED = "c0100800020a0000000001";

const table = () => new AttributeTable({ asn: 65000, routerId: 1, clusterId: 1 });

/** The set that follows from one with these attributes, without its next hop; undefined when there is none. */
const derived = (attributes: string): string | undefined => {
  const sets = table();
  const bytes = bytesFromHex(NEXT_HOP + attributes);
  const id = sets.intern(bytes, bytes.length);
  const aged = new LongLivedAttributes(sets).derive(id);
  if (aged === 0) return undefined;
  const start = sets.sets.offset(aged);
  const all = hex(sets.sets.bytes(aged).subarray(start, start + sets.sets.length(aged)));
  expect(all.startsWith(NEXT_HOP)).toBe(true);
  sets.release(id);
  sets.release(aged);
  expect(sets.sets.size).toBe(0);
  return all.slice(NEXT_HOP.length);
};

test.each([
  [
    "is added where an ascending order stays so",
    ORIGIN + AS_PATH + EXTENDED,
    `${ORIGIN}${AS_PATH}c00804ffff0006${EXTENDED}`,
  ],
  ["is added at the end", ORIGIN, `${ORIGIN}c00804ffff0006`],
  ["is added to nothing", "", "c00804ffff0006"],
  [
    "joins others, whose attribute keeps its place and flags",
    `${EXTENDED}e00804fde80001${ORIGIN}`,
    `${EXTENDED}e00808fde80001ffff0006${ORIGIN}`,
  ],
  ["is not added twice", `${ORIGIN}c00804ffff0006`, `${ORIGIN}c00804ffff0006`],
])("the community %s", (_, before, after) => {
  expect(derived(before)).toBe(after);
});

test("a list of communities that grows past 255 octets gets a long header", () => {
  const list = "fde80001".repeat(63);
  expect(derived(`c008fc${list}`)).toBe(`d0080100${list}ffff0006`);
});

test("a set that becomes too long to be interned has no such form", () => {
  const header = "d0ff"; // Type 255, with two octets of length.
  const room = 0xffff - NEXT_HOP.length / 2 - 4;
  const full = header + room.toString(16).padStart(4, "0") + "00".repeat(room);
  expect(derived(full)).toBeUndefined();
});

test("every set of communities has one, which is known as stale", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 100 }), (communities) => {
      const sets = table();
      const list = communities.map((one) => one.toString(16).padStart(8, "0")).join("");
      const length = (communities.length * 4).toString(16).padStart(4, "0");
      const bytes = bytesFromHex(`${NEXT_HOP}d008${length}${list}`);
      const id = sets.intern(bytes, bytes.length);
      const aged = new LongLivedAttributes(sets).derive(id);
      expect(sets.has(aged, FACT.LLGR_STALE)).toBe(true);
    }),
  );
});
