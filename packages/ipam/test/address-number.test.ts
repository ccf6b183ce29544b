import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { addressNumber, addressOf } from "../src/address-number.ts";

test.each([
  ["0.0.0.0", 0n],
  ["10.1.0.11", 0x0a01000bn],
  ["255.255.255.255", 0xffffffffn],
  ["::", 0n],
  ["2001:db8::1", 0x20010db8000000000000000000000001n],
])("%s is %d", (text, number) => {
  expect(addressNumber(parseIpAddress(text))).toBe(number);
});

test("every number of 32 bits is an IPv4 address and back", () => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 32n) - 1n), (number) => {
      expect(addressNumber(addressOf(number, 4))).toBe(number);
    }),
  );
});

test("every number of 128 bits is an IPv6 address and back", () => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 128n) - 1n), (number) => {
      expect(addressNumber(addressOf(number, 6))).toBe(number);
    }),
  );
});
