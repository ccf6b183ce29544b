import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesFromHexText } from "../src/hex-input.ts";

test("octets are read whatever stands between them", () => {
  const separator = fc.constantFrom("", " ", "\n", ":", ", ", "\r\n\t", " 0x");
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), separator, (bytes, between) => {
      const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(between);
      expect(bytesFromHexText(text)).toEqual(bytes);
    }),
  );
});

test.each([
  ["", "no input"],
  ["ff\nfg", 'line 2: "g" is no hexadecimal digit'],
  ["0x00 0x01\nff x", 'line 2: "x" is no hexadecimal digit'],
  ["fff", "there are 3 digits"],
])("%j is refused with what is wrong", (text, message) => {
  expect(() => bytesFromHexText(text)).toThrow(message);
});
