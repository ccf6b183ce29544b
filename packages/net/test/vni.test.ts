import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVni, isVni, MAX_VNI, parseVni, vniBytes, vniFromBytes } from "../src/vni.ts";

const vnis = fc.integer({ min: 1, max: MAX_VNI });

test("reads text and numbers alike", () => {
  fc.assert(
    fc.property(vnis, (number) => {
      expect(parseVni(number)).toBe(number);
      expect(parseVni(String(number))).toBe(number);
      expect(isVni(number)).toBe(true);
    }),
  );
});

test.each([0, -1, 16777216, 1.5, Number.NaN, "", "0", "016", "0x10", "5001 ", "16777216", "1e3"])(
  "refuses %j",
  (value) => {
    expect(() => parseVni(value)).toThrow(
      expect.objectContaining({
        code: "invalid-vni",
        message: `"${value}" is not a VNI; write a whole number from 1 to 16777215`,
      }),
    );
  },
);

test("octets are lossless", () => {
  fc.assert(
    fc.property(vnis.map(parseVni), (vni) => {
      expect(vniFromBytes(Uint8Array.of(0xff, ...vniBytes(vni)), 1)).toBe(vni);
    }),
  );
  expect(() => vniFromBytes(new Uint8Array(3))).toThrow('"0" is not a VNI');
  expect(() => vniFromBytes(new Uint8Array(2))).toThrow(RangeError);
});

test("compareVni orders by number", () => {
  expect([parseVni(10), parseVni(9), parseVni(100)].sort(compareVni)).toEqual([9, 10, 100]);
});
