import { type IpPrefix, prefixFamily, prefixFromBytes, prefixLength } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrefixTable } from "../src/prefix-table.ts";

const octets = fc.uint8Array({ minLength: 16, maxLength: 16 });
const any: fc.Arbitrary<IpPrefix> = fc.oneof(
  fc.tuple(octets, fc.nat(32)).map(([bytes, length]) => prefixFromBytes(bytes, 0, 4, length)),
  fc.tuple(octets, fc.nat(128)).map(([bytes, length]) => prefixFromBytes(bytes, 0, 6, length)),
);
/** Few enough to come again, and alike: 10.0.0.0/8 and a00::/8 begin with the same octets. */
const few: fc.Arbitrary<IpPrefix> = fc
  .tuple(fc.constantFrom(4 as const, 6 as const), fc.nat(7), fc.constantFrom(0, 8, 24, 32))
  .map(([family, n, length]) => prefixFromBytes(new Uint8Array(16).fill(n), 0, family, length));

describe("a table of prefixes", () => {
  it("keeps each prefix apart and gives it back as it was", () => {
    fc.assert(
      fc.property(fc.uniqueArray(any, { maxLength: 300 }), (prefixes) => {
        const table = new PrefixTable();
        const rows = prefixes.map((prefix) => table.add(prefix));
        expect(new Set(rows).size).toBe(prefixes.length);
        for (const [index, prefix] of prefixes.entries()) {
          const row = rows[index] ?? -1;
          expect(table.find(prefix)).toBe(row);
          expect(table.add(prefix)).toBe(row);
          expect(table.prefixOf(row)).toBe(prefix);
          expect(table.familyOf(row)).toBe(prefixFamily(prefix));
          expect(table.lengthOf(row)).toBe(prefixLength(prefix));
        }
      }),
    );
  });

  it("behaves as a map does while prefixes come and go", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(few, few, any), fc.boolean()), { maxLength: 400 }),
        (history) => {
          const table = new PrefixTable();
          const rows = new Map<IpPrefix, number>();
          for (const [prefix, isAdded] of history) {
            const row = rows.get(prefix);
            expect(table.find(prefix)).toBe(row ?? -1);
            if (isAdded) {
              const added = table.add(prefix);
              expect(row === undefined || row === added).toBe(true);
              rows.set(prefix, added);
            } else if (row !== undefined) {
              table.remove(row);
              rows.delete(prefix);
            }
          }
          expect(new Set(rows.values()).size).toBe(rows.size);
          for (const [prefix, row] of rows) {
            expect(table.find(prefix)).toBe(row);
            expect(row).toBeLessThan(table.extent);
          }
        },
      ),
    );
  });

  it("uses the numbers of removed prefixes again", () => {
    const table = new PrefixTable();
    fc.assert(
      fc.property(fc.uniqueArray(any, { minLength: 1, maxLength: 60 }), (prefixes) => {
        const rows = prefixes.map((prefix) => table.add(prefix));
        for (const row of rows) {
          table.remove(row);
        }
        expect(table.extent).toBeLessThanOrEqual(60);
      }),
    );
  });
});
