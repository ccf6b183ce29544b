import { parseIpAddress, parseIpPrefix, parseRouteDistinguisher } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { esiBytes, esiFromBytes, ZERO_ESI } from "../../../src/wire/evpn/esi.ts";
import { decodeEvpnRoute, encodeEvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import { checkEvpnRoute } from "../../../src/wire/evpn/nlri-check.ts";
import { evpnRoute } from "../route-arbitraries.ts";

describe("EVPN routes", () => {
  it("are decoded to what was encoded, and pass the check", () => {
    fc.assert(
      fc.property(evpnRoute, (route) => {
        const bytes = encodeEvpnRoute(route);
        expect(bytes[1]).toBe(bytes.length - 2);
        expect(checkEvpnRoute(bytes, 0)).toBeUndefined();
        expect(decodeEvpnRoute(bytes[0] ?? 0, bytes.subarray(2))).toEqual(route);
      }),
      { numRuns: 500 },
    );
  });

  it("are judged alike by the decoder and the check, for any octets of about the right length", () => {
    const lengths = [0, 13, 17, 19, 23, 25, 29, 32, 33, 34, 35, 36, 37, 40, 49, 52, 58];
    const value = fc
      .constantFrom(...lengths)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    const bits = fc.constantFrom(0, 24, 31, 32, 33, 48, 128, 129);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), value, bits, bits, (type, octets, a, b) => {
        const bytes = Uint8Array.of(type, octets.length, ...octets);
        // Where the types have a length in bits: the MAC address or prefix, and the IP address.
        for (const [at, length] of [
          [24, a],
          [31, b],
          [14, b],
          [20, b],
        ] as const) {
          if (at < bytes.length) bytes[at] = length;
        }
        const route = decodeEvpnRoute(type, bytes.subarray(2));
        const fault = typeof route === "string" ? route : undefined;
        const keyless = typeof route === "object" && route.kind === "malformed";
        expect(checkEvpnRoute(bytes, 0)).toBe(keyless ? "nlri-value" : fault);
      }),
      { numRuns: 3000 },
    );
  });

  it("of type 5 have 34 octets for IPv4 and 58 for IPv6, and a VNI in all 24 bits", () => {
    const rd = parseRouteDistinguisher("10.0.0.1:5");
    const route = (prefix: string, gateway: string) =>
      encodeEvpnRoute({
        kind: "ip-prefix",
        routeType: 5,
        rd,
        esi: ZERO_ESI,
        ethernetTag: 0,
        prefix: parseIpPrefix(prefix),
        gateway: parseIpAddress(gateway),
        label: 0xabcdef,
      });
    expect(route("10.0.0.0/8", "0.0.0.0")[1]).toBe(34);
    const ipv6 = route("2001:db8::/32", "::");
    expect(ipv6[1]).toBe(58);
    expect(Array.from(ipv6.subarray(-3))).toEqual([0xab, 0xcd, 0xef]);
    expect(() => route("10.0.0.0/8", "::")).toThrow(RangeError);
  });
});

describe("Ethernet segment identifiers", () => {
  it("are ten octets as text", () => {
    const octets = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(esiBytes(esiFromBytes(bytes))).toEqual(bytes);
      }),
    );
    expect(esiFromBytes(new Uint8Array(10))).toBe(ZERO_ESI);
    expect(() => esiBytes("00:01")).toThrow(RangeError);
  });
});
