import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareOctets,
  hexDigit,
  octetAt,
  requireRoom,
  uint16At,
  uint32At,
  writeUint32,
} from "../src/octets.ts";

test("numbers are read and written as DataView does in network order", () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(3), (value, offset) => {
      const bytes = new Uint8Array(8);
      writeUint32(value, bytes, offset);
      const view = new DataView(bytes.buffer);
      expect(view.getUint32(offset)).toBe(value);
      expect(uint32At(bytes, offset)).toBe(value);
      expect(uint16At(bytes, offset)).toBe(view.getUint16(offset));
    }),
  );
});

test("no octet outside the array is read or written", () => {
  const bytes = new Uint8Array(4);
  expect(() => octetAt(bytes, 4)).toThrow("octet 4 is outside 4 octets");
  expect(() => octetAt(bytes, -1)).toThrow(RangeError);
  expect(() => uint32At(bytes, 1)).toThrow(RangeError);
  expect(() => requireRoom(bytes, 1, 4)).toThrow("4 octets at 1 do not fit in 4");
  expect(() => requireRoom(bytes, -1, 2)).toThrow(RangeError);
});

test("hexDigit agrees with parseInt on every ASCII character", () => {
  for (let code = 0; code < 128; code++) {
    const value = Number.parseInt(String.fromCharCode(code), 16);
    expect(hexDigit(code)).toBe(Number.isNaN(value) ? -1 : value);
  }
});

test("compareOctets orders as Buffer.compare does", () => {
  const fourOctets = fc.uint8Array({ minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(fourOctets, fourOctets, (a, b) => {
      expect(compareOctets(a, b, 4)).toBe(Buffer.compare(a, b));
    }),
  );
});
