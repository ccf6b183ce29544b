import {
  autoRouteTarget,
  MAX_VNI,
  parseAsn,
  parseRouteTarget,
  parseVni,
  routeTargetBytes,
} from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import {
  derivedFrom,
  localAdministrator,
  rfc8365RouteTarget,
} from "../../src/evpn/auto-route-target.ts";
import { hex } from "../../src/wire/hex.ts";
import { asn, octets } from "../wire/value-arbitraries.ts";

const vni = fc.integer({ min: 1, max: MAX_VNI }).map(parseVni);

describe("the route target of RFC 8365 section 5.1.2.1", () => {
  it("has A = 0, type 1, the domain and the VNI as local administrator", () => {
    const target = rfc8365RouteTarget(parseAsn(65000), parseVni(100));
    expect(hex(routeTargetBytes(target))).toBe("0002fde810000064");
    const other = rfc8365RouteTarget(parseAsn(65000), parseVni(MAX_VNI), 15);
    expect(hex(routeTargetBytes(other))).toBe("0002fde81fffffff");
  });

  it("is told apart from AS:VNI, and both give the VNI back, also of a four-octet AS", () => {
    fc.assert(
      fc.property(asn, vni, fc.nat(15), (as, number, domain) => {
        expect(derivedFrom(rfc8365RouteTarget(as, number, domain))).toEqual({
          form: "rfc8365",
          vni: number,
        });
        expect(derivedFrom(autoRouteTarget(as, number))).toEqual({ form: "as-vni", vni: number });
      }),
    );
  });

  it.each([-1, 16, 1.5])("refuses the domain %d", (domain) => {
    expect(() => rfc8365RouteTarget(parseAsn(1), parseVni(1), domain)).toThrow(SpeakerError);
  });
});

test.each(["65000:0", "65000:4294967295", "65000:536870912", "0x0003fde800000064"])(
  "%s is derived from no VNI",
  (text) => {
    expect(derivedFrom(parseRouteTarget(text))).toBeUndefined();
  },
);

test.each([
  ["65000:5001", 5001],
  ["4200000001:5001", 5001],
  ["10.0.0.9:5001", 5001],
  ["0x0003fde800000064", -1],
])("what the wildcard sees of %s is %i", (text, local) => {
  expect(localAdministrator(routeTargetBytes(parseRouteTarget(text)), 0)).toBe(local);
});

it("reads any octets without a fault", () => {
  fc.assert(
    fc.property(octets(8), (bytes) => {
      expect(localAdministrator(bytes, 0)).toBeGreaterThanOrEqual(-1);
    }),
  );
});
