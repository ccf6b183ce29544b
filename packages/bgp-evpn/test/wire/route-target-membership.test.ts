import { parseAsn, parseRouteTarget } from "@selvedge/net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { decodeNlri, encodeNlri } from "../../src/wire/nlri.ts";
import {
  checkMembershipField,
  type MembershipRoute,
  membershipKey,
  membershipNlriLength,
} from "../../src/wire/route-target-membership.ts";
import { membershipRoute } from "./route-arbitraries.ts";

const originAs = parseAsn(65000);
const target = parseRouteTarget("65000:5001");

it.each<[string, string, MembershipRoute]>([
  ["the default membership", "00", { kind: "membership", prefixLength: 0 }],
  [
    "a whole route target",
    "600000fde80002fde800001389",
    { kind: "membership", prefixLength: 96, originAs, target },
  ],
  [
    "all route targets of an origin AS",
    "200000fde8",
    { kind: "membership", prefixLength: 32, originAs, targetPrefix: "" },
  ],
  [
    "a prefix of route targets",
    "500000fde80002fde80000",
    { kind: "membership", prefixLength: 80, originAs, targetPrefix: "0002fde80000" },
  ],
])("%s is read and written", (_, octets, route) => {
  expect(decodeNlri("rtc", bytesFromHex(octets), false)).toEqual({ routes: [route] });
  expect(hex(encodeNlri([route]))).toBe(octets);
});

it("every field of memberships is read as it was written, and found to be right", () => {
  fc.assert(
    fc.property(fc.array(membershipRoute), (routes) => {
      const field = encodeNlri(routes);
      expect(decodeNlri("rtc", field, false)).toEqual({ routes });
      expect(checkMembershipField(field, 0, field.length, false)).toBeUndefined();
    }),
  );
});

it("any octets are judged alike with and without decoding, and lengths lead from route to route", () => {
  const octet = fc.oneof(fc.constantFrom(0, 31, 32, 95, 96, 97), fc.nat(255));
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 40 }), fc.boolean(), (octets, pathIds) => {
      const field = Uint8Array.from(octets);
      const { routes, fault } = decodeNlri("rtc", field, pathIds);
      expect(checkMembershipField(field, 0, field.length, pathIds)).toBe(fault);
      if (pathIds || fault === "nlri-length" || fault === "nlri-overrun") return;
      let at = 0;
      for (const _ of routes) at += membershipNlriLength(field, at, field.length);
      expect(at).toBe(field.length);
    }),
  );
});

it.each([
  ["a length over 96 bits", "61000000000000000000000000", "nlri-length"],
  ["a route that is longer than the field", "6000000000", "nlri-overrun"],
  ["a length of 1 to 31 bits", "1f0000000000", "nlri-value"],
])("%s is a fault of the field", (_, octets, fault) => {
  expect(decodeNlri("rtc", bytesFromHex(octets), false).fault).toBe(fault);
});

it("bits beyond the length do not make another membership", () => {
  const keyOf = (octets: string): string => {
    const key = new Uint8Array(13);
    return hex(key.subarray(0, membershipKey(bytesFromHex(octets), 0, key)));
  };
  expect(keyOf("210000fde8ff")).toBe("210000fde880");
  expect(keyOf("210000fde880")).toBe("210000fde880");
  expect(keyOf("1f0000fde8")).toBe("");
});
