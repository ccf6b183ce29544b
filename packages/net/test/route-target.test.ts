import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAsn } from "../src/asn.ts";
import {
  autoRouteTarget,
  compareRouteTarget,
  isRouteTarget,
  parseRouteTarget,
  routeTargetBytes,
  routeTargetFromBytes,
} from "../src/route-target.ts";
import { parseVni } from "../src/vni.ts";

/** Eight octets, route targets as often as other extended communities. */
const eightOctets = fc
  .tuple(
    fc.oneof(fc.constantFrom(0x0002, 0x0102, 0x0202), fc.nat(0xffff)),
    fc.uint8Array({ minLength: 6, maxLength: 6 }),
  )
  .map(([kind, rest]) => Uint8Array.of(kind >> 8, kind, ...rest));

test("text and octets are lossless for any eight octets", () => {
  fc.assert(
    fc.property(eightOctets, fc.nat(3), (octets, offset) => {
      const bytes = new Uint8Array(offset + 8);
      bytes.set(octets, offset);
      const target = routeTargetFromBytes(bytes, offset);
      expect(routeTargetBytes(target)).toEqual(octets);
      expect(parseRouteTarget(target)).toBe(target);
      expect(isRouteTarget(target)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["65000:5001", "0002fde800001389"],
  ["10.0.0.1:5", "01020a0000010005"],
  ["4200000001:5", "0202fa56ea010005"],
  ["65000L:5", "02020000fde80005"],
  // An encapsulation community (RFC 9012) is no route target and keeps its octets.
  ["0x030c000000000008", "030c000000000008"],
])("%s is %s on the wire", (text, hex) => {
  const target = parseRouteTarget(text);
  expect(target).toBe(text);
  expect(Buffer.from(routeTargetBytes(target)).toString("hex")).toBe(hex);
});

test("refuses other text and says what would be right", () => {
  expect(() => parseRouteTarget("target:65000")).toThrow(
    expect.objectContaining({
      code: "invalid-route-target",
      value: "target:65000",
      message:
        '"target:65000" is not a route target: "target" is neither an AS number nor an IPv4 address; write one such as 65000:5001',
    }),
  );
  expect(isRouteTarget("065000:1")).toBe(false);
});

test("compareRouteTarget orders by the octets on the wire", () => {
  fc.assert(
    fc.property(eightOctets, eightOctets, (a, b) => {
      const order = compareRouteTarget(routeTargetFromBytes(a), routeTargetFromBytes(b));
      expect(order).toBe(Buffer.compare(a, b));
    }),
  );
});

test("autoRouteTarget takes the low 16 bits of the AS number, as FRR does", () => {
  expect(autoRouteTarget(parseAsn(65000), parseVni(5001))).toBe("65000:5001");
  expect(autoRouteTarget(parseAsn(4200000001), parseVni(5001))).toBe("59905:5001");
  expect(isRouteTarget(autoRouteTarget(parseAsn(65536), parseVni(16777215)))).toBe(true);
});
