import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIpAddress } from "../src/ip-address.ts";
import {
  compareMac,
  isMacAddress,
  isMulticastMac,
  macBytes,
  macFromBytes,
  macFromVtep,
  parseMacAddress,
  writeMac,
} from "../src/mac-address.ts";

const sixOctets = fc.uint8Array({ minLength: 6, maxLength: 6 });

describe("parseMacAddress", () => {
  test.each(["02:00:0a:00:01:01", "02-00-0A-00-01-01", "0200.0a00.0101", "02:00:0A:00:01:01"])(
    "reads %s",
    (text) => {
      expect(parseMacAddress(text)).toBe("02:00:0a:00:01:01");
    },
  );

  test.each(["", "02:00:0a:00:01", "02:00:0a:00:01:0g", "2:0:a:0:1:1", "02-00:0a:00:01:01", "0x1"])(
    "refuses %j",
    (text) => {
      expect(() => parseMacAddress(text)).toThrow(
        expect.objectContaining({
          code: "invalid-mac-address",
          value: text,
          message: `"${text}" is not a MAC address; write six pairs of hexadecimal digits such as 02:00:0a:00:01:01`,
        }),
      );
    },
  );
});

test("isMacAddress is true for the canonical spelling only", () => {
  expect(isMacAddress("02:00:0a:00:01:01")).toBe(true);
  expect(isMacAddress("02:00:0A:00:01:01")).toBe(false);
  expect(isMacAddress("02-00-0a-00-01-01")).toBe(false);
});

test("octets and text are lossless at any offset", () => {
  fc.assert(
    fc.property(sixOctets, fc.nat(4), (octets, offset) => {
      const mac = macFromBytes(octets);
      expect(isMacAddress(mac)).toBe(true);
      expect(macBytes(mac)).toEqual(octets);
      const target = new Uint8Array(16);
      expect(writeMac(mac, target, offset)).toBe(6);
      expect(macFromBytes(target, offset)).toBe(mac);
    }),
  );
});

test("reading or writing past the end is a RangeError", () => {
  expect(() => macFromBytes(new Uint8Array(5))).toThrow(RangeError);
  expect(() => writeMac(parseMacAddress("02:00:0a:00:01:01"), new Uint8Array(6), 1)).toThrow(
    RangeError,
  );
});

test("compareMac orders as the octets do", () => {
  fc.assert(
    fc.property(sixOctets, sixOctets, (a, b) => {
      expect(compareMac(macFromBytes(a), macFromBytes(b))).toBe(Buffer.compare(a, b));
    }),
  );
});

test("isMulticastMac looks at the group bit", () => {
  expect(isMulticastMac(parseMacAddress("01:00:5e:00:00:01"))).toBe(true);
  expect(isMulticastMac(parseMacAddress("ff:ff:ff:ff:ff:ff"))).toBe(true);
  expect(isMulticastMac(parseMacAddress("02:00:0a:00:01:01"))).toBe(false);
});

describe("macFromVtep", () => {
  test("is 02:00 and the four octets of the address", () => {
    expect(macFromVtep(parseIpAddress("10.0.1.200"))).toBe("02:00:0a:00:01:c8");
  });

  test("is 0a and 40 bits of the hash of an IPv6 address", () => {
    // printf '\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01' | sha256sum
    expect(macFromVtep(parseIpAddress("2001:db8::1"))).toBe("0a:03:d7:e1:ca:9d");
    expect(macFromVtep(parseIpAddress("2001:DB8:0::1"))).toBe("0a:03:d7:e1:ca:9d");
  });

  test("differs for different VTEPs and is never multicast", () => {
    const vtep = fc.oneof(fc.ipV4(), fc.ipV6()).map(parseIpAddress);
    fc.assert(
      fc.property(vtep, vtep, (a, b) => {
        expect(macFromVtep(a) === macFromVtep(b)).toBe(a === b);
        expect(isMulticastMac(macFromVtep(a))).toBe(false);
      }),
    );
  });
});
