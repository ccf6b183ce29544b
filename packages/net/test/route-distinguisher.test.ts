import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIpAddress } from "../src/ip-address.ts";
import {
  autoRouteDistinguisher,
  compareRouteDistinguisher,
  isRouteDistinguisher,
  parseRouteDistinguisher,
  routeDistinguisherBytes,
  routeDistinguisherFromBytes,
} from "../src/route-distinguisher.ts";

/** Eight octets, known kinds as often as unknown ones. */
const eightOctets = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(0xffff)),
    fc.uint8Array({ minLength: 6, maxLength: 6 }),
  )
  .map(([kind, rest]) => Uint8Array.of(kind >> 8, kind, ...rest));

test("text and octets are lossless for any eight octets", () => {
  fc.assert(
    fc.property(eightOctets, fc.nat(3), (octets, offset) => {
      const bytes = new Uint8Array(offset + 8);
      bytes.set(octets, offset);
      const rd = routeDistinguisherFromBytes(bytes, offset);
      expect(routeDistinguisherBytes(rd)).toEqual(octets);
      expect(parseRouteDistinguisher(rd)).toBe(rd);
      expect(isRouteDistinguisher(rd)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["65000:5", "0000fde800000005"],
  ["65535:4294967295", "0000ffffffffffff"],
  ["0:0", "0000000000000000"],
  ["10.0.0.1:5", "00010a0000010005"],
  ["4200000001:5", "0002fa56ea010005"],
  ["65000L:5", "00020000fde80005"],
  ["65536:1", "0002000100000001"],
  ["0x0003010203040506", "0003010203040506"],
  ["0xffff000000000000", "ffff000000000000"],
])("%s is %s on the wire", (text, hex) => {
  const rd = parseRouteDistinguisher(text);
  expect(rd).toBe(text);
  expect(Buffer.from(routeDistinguisherBytes(rd)).toString("hex")).toBe(hex);
});

describe("parseRouteDistinguisher", () => {
  test.each([
    ["070000L:05", "70000:5"],
    ["0x0000FDE800000005", "65000:5"],
    ["65000l:5", "65000L:5"],
  ])("writes %s as %s", (text, canonical) => {
    expect(parseRouteDistinguisher(text)).toBe(canonical);
    expect(isRouteDistinguisher(text)).toBe(false);
  });

  test.each([
    ["65000", "it is not ADMIN:NUMBER"],
    [":5", "it is not ADMIN:NUMBER"],
    ["65000:x", "it is not ADMIN:NUMBER"],
    ["10.0.0.1:65536", "65536 is above 65535, the most after an address"],
    ["65000:4294967296", "4294967296 is above 4294967295"],
    ["4200000001:65536", "65536 is above 65535, the most after a four-octet AS number"],
    ["4294967296:1", '"4294967296" is neither an AS number nor an IPv4 address'],
    ["fd00::1:5", '"fd00::1" is neither an AS number nor an IPv4 address'],
  ])("refuses %s: %s", (text, fault) => {
    expect(() => parseRouteDistinguisher(text)).toThrow(
      expect.objectContaining({
        code: "invalid-route-distinguisher",
        value: text,
        message: `"${text}" is not a route distinguisher: ${fault}; write one such as 10.0.0.1:5 or 65000:5`,
      }),
    );
  });
});

test("compareRouteDistinguisher orders by the octets on the wire", () => {
  fc.assert(
    fc.property(eightOctets, eightOctets, (a, b) => {
      const order = compareRouteDistinguisher(
        routeDistinguisherFromBytes(a),
        routeDistinguisherFromBytes(b),
      );
      expect(order).toBe(Buffer.compare(a, b));
    }),
  );
});

test("autoRouteDistinguisher is type 1 with the router id", () => {
  const routerId = parseIpAddress("10.0.0.1");
  expect(autoRouteDistinguisher(routerId, 7)).toBe("10.0.0.1:7");
  expect(() => autoRouteDistinguisher(routerId, 65536)).toThrow("65536 is above 65535");
  expect(() => autoRouteDistinguisher(parseIpAddress("fd00::1"), 1)).toThrow(
    "no route distinguisher can be made from fd00::1; a router id is an IPv4 address",
  );
});
