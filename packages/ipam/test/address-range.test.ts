import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AddressRange,
  countAddresses,
  difference,
  parseAddressRange,
  union,
} from "../src/address-range.ts";

test.each([
  ["10.1.0.0/30", 0x0a010000n, 0x0a010003n],
  ["10.1.0.2-10.1.0.9", 0x0a010002n, 0x0a010009n],
  ["10.1.0.2 - 10.1.0.9", 0x0a010002n, 0x0a010009n],
  ["10.1.0.2", 0x0a010002n, 0x0a010002n],
])("%s is a range", (text, first, last) => {
  expect(parseAddressRange(text)).toEqual({ family: 4, first, last });
});

test.each(["10.1.0.9-10.1.0.2", "10.1.0.1-2001:db8::1", "10.1.0.1-10.1.0.2-10.1.0.3"])(
  "%s is refused with what would be right",
  (text) => {
    expect(() => parseAddressRange(text)).toThrow("write a prefix, or FIRST-LAST");
  },
);

const ranges = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 8 })))
  .map((pairs) =>
    pairs.map(
      ([first, length]): AddressRange => ({
        family: 4,
        first: BigInt(first),
        last: BigInt(first + length),
      }),
    ),
  );

function members(list: readonly AddressRange[]): number[] {
  const all = list.flatMap(({ first, last }) =>
    Array.from({ length: Number(last - first) + 1 }, (_, index) => Number(first) + index),
  );
  return [...new Set(all)].sort((a, b) => a - b);
}

test("union and difference are those of the sets of addresses, with gaps between their ranges", () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const both = union([...a, ...b]);
      expect(members(both)).toEqual(members([...a, ...b]));
      const left = difference(a, b);
      const taken = new Set(members(b));
      expect(members(left)).toEqual(members(a).filter((member) => !taken.has(member)));
      for (const list of [both, left]) {
        expect(countAddresses(list)).toBe(BigInt(members(list).length));
        for (const [index, range] of list.slice(1).entries()) {
          expect(range.first).toBeGreaterThan(list[index]?.last ?? -1n);
        }
      }
      for (const [index, range] of both.slice(1).entries()) {
        expect(range.first).toBeGreaterThan((both[index]?.last ?? -1n) + 1n);
      }
    }),
  );
});
