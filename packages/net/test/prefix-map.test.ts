import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IpPrefix, parseIpAddress, parseIpPrefix, prefixOf } from "../src/index.ts";
import { PrefixMap } from "../src/prefix-map.ts";
import { prefixContains } from "../src/prefix-relation.ts";

/** Few addresses and many lengths, so that prefixes contain each other. */
const address = fc
  .tuple(fc.boolean(), fc.nat({ max: 3 }), fc.nat({ max: 255 }))
  .map(([v4, a, b]) => parseIpAddress(v4 ? `10.${a}.0.${b}` : `2001:db8:${a}::${b}`));
const prefix = fc
  .tuple(address, fc.nat({ max: 128 }))
  .map(([ip, bits]) => prefixOf(ip, ip.includes(":") ? bits : bits % 33));

describe("a prefix map", () => {
  test("finds the longest prefix that contains an address, as a comparison with all of them does", () => {
    const change = fc.record({ prefix, remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), address, (changes, ip) => {
        const map = new PrefixMap<string>();
        const model = new Map<IpPrefix, string>();
        for (const [index, step] of changes.entries()) {
          if (step.remove) {
            expect(map.delete(step.prefix)).toBe(model.delete(step.prefix));
          } else {
            map.set(step.prefix, String(index));
            model.set(step.prefix, String(index));
          }
        }
        const [best] = [...model]
          .filter(([candidate]) => prefixContains(candidate, ip))
          .sort(([a], [b]) => Number(b.split("/")[1]) - Number(a.split("/")[1]));
        expect(map.longest(ip)).toEqual(best);
        expect([...map]).toEqual([...model]);
        expect(map.size).toBe(model.size);
      }),
    );
  });

  test("has no value for a prefix that is merely contained in one of its own", () => {
    const map = new PrefixMap<number>();
    map.set(parseIpPrefix("10.0.0.0/8"), 1);
    expect(map.get(parseIpPrefix("10.1.0.0/16"))).toBeUndefined();
    expect(map.get(parseIpPrefix("10.0.0.0/8"))).toBe(1);
  });
});
