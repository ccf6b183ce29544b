import fc from "fast-check";
import { Asn as ReferenceAsn } from "ip-num";
import { expect, test } from "vitest";
import { asnBytes, asnFromBytes, compareAsn, isAsn, parseAsn } from "../src/asn.ts";

const asns = fc.integer({ min: 1, max: 0xffffffff });

test("reads numbers, asplain and asdot alike", () => {
  fc.assert(
    fc.property(asns, (number) => {
      expect(parseAsn(number)).toBe(number);
      expect(parseAsn(String(number))).toBe(number);
      expect(parseAsn(new ReferenceAsn(number).toASDotPlus())).toBe(number);
      expect(isAsn(number)).toBe(true);
    }),
  );
});

test("refuses AS 0", () => {
  expect(() => parseAsn("0")).toThrow(
    "AS 0 must not be used (RFC 7607); write a number from 1 to 4294967295",
  );
});

test.each([
  -1,
  4294967296,
  1.5,
  "",
  "AS65000",
  "65000 ",
  "4294967296",
  "1.65536",
  "65536.1",
  "1.2.3",
])("refuses %j", (value) => {
  expect(() => parseAsn(value)).toThrow(
    expect.objectContaining({
      code: "invalid-asn",
      message: `"${value}" is not an AS number; write a whole number from 1 to 4294967295`,
    }),
  );
});

test("octets are lossless", () => {
  fc.assert(
    fc.property(asns.map(parseAsn), (asn) => {
      expect(asnFromBytes(Uint8Array.of(0xff, ...asnBytes(asn)), 1)).toBe(asn);
    }),
  );
  expect(() => asnFromBytes(new Uint8Array(4))).toThrow("AS 0");
  expect(() => asnFromBytes(new Uint8Array(3))).toThrow(RangeError);
});

test("compareAsn orders by number", () => {
  expect([parseAsn(10), parseAsn(9), parseAsn(100)].sort(compareAsn)).toEqual([9, 10, 100]);
});
