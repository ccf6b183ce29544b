import { isIPv4 } from "node:net";
import fc from "fast-check";
import { IPv4, Validator } from "ip-num";
import { describe, expect, test } from "vitest";
import { ipv4Fault, ipv4Text, ipv4Value } from "../src/ipv4-text.ts";
import { writeUint32 } from "../src/octets.ts";

/** Texts that are nearly dotted quads, so that both answers are common. */
const nearlyQuads = fc
  .array(
    fc.oneof(
      fc.nat(300).map(String),
      fc.constantFrom("", "00", "01", "+1", "-1", "1e1", " 1", "a"),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((octets) => octets.join("."));

describe("ipv4Value", () => {
  test("reads the number that ip-num reads", () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(BigInt(ipv4Value(text, 0, text.length))).toBe(IPv4.fromString(text).getValue());
      }),
    );
  });

  test("accepts exactly what ip-num and inet_pton accept", () => {
    fc.assert(
      fc.property(fc.oneof(nearlyQuads, fc.string()), (text) => {
        const accepted = ipv4Value(text, 0, text.length) >= 0;
        expect(accepted).toBe(isIPv4(text));
        if (accepted) expect(Validator.isValidIPv4String(text)[0]).toBe(true);
      }),
    );
  });

  test("reads a range within a longer text", () => {
    expect(ipv4Value("x10.0.0.1/24", 1, 9)).toBe(0x0a000001);
  });

  test("is lossless together with ipv4Text", () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (value) => {
        const bytes = new Uint8Array(6);
        writeUint32(value, bytes, 2);
        const text = ipv4Text(bytes, 2);
        expect(ipv4Value(text, 0, text.length)).toBe(value);
      }),
    );
  });
});

describe("ipv4Fault", () => {
  test.each([
    ["10.0.0", "it has 3 octets where an IPv4 address has 4"],
    ["10.0.0.256", "256 is above 255"],
    ["010.0.0.1", "010 has a leading zero; write 10"],
    ["10..0.1", "an octet is empty"],
    ["10.0.0.x", '"x" is not a decimal number'],
  ])("says of %s: %s", (text, fault) => {
    expect(ipv4Fault(text)).toBe(fault);
  });
});
