import { compareIp, ipFromBytes, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressRangeSchema, rangeContains } from "../src/address-range.ts";

const ipv4 = fc
  .uint8Array({ minLength: 4, maxLength: 4 })
  .map((octets) => ipFromBytes(octets, 0, 4));

test("a range has the addresses from its first to its last one, and no other", () => {
  fc.assert(
    fc.property(ipv4, ipv4, ipv4, (a, b, address) => {
      const [first, last] = compareIp(a, b) <= 0 ? [a, b] : [b, a];
      const range = addressRangeSchema.parse(`${first} - ${last}`);
      const isBetween = compareIp(first, address) <= 0 && compareIp(address, last) <= 0;
      expect(rangeContains(range, address)).toBe(isBetween);
      expect(rangeContains(range, first) && rangeContains(range, last)).toBe(true);
      expect(addressRangeSchema.parse(range)).toBe(range);
    }),
  );
});

test.each([
  ["a prefix", "10.1.0.0/28", ["10.1.0.0", "10.1.0.15"], ["10.1.0.16", "10.0.255.255", "::a01:0"]],
  ["one address", "fd00::5", ["fd00::5"], ["fd00::4", "fd00::6", "10.0.0.5"]],
])("%s is a range", (_what, range, inside, outside) => {
  const has = (address: string) => rangeContains(range, parseIpAddress(address));
  expect(inside.every(has)).toBe(true);
  expect(outside.some(has)).toBe(false);
});

test.each(["", "-", "10.1.0.1-", "10.1.0.1-10.1.0.2-10.1.0.3", "10.1.0.1-fd00::1", "10.1.0.1/24"])(
  'no range is "%s"',
  (text) => {
    expect(addressRangeSchema.safeParse(text).success).toBe(false);
  },
);
