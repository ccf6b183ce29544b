import {
  hostPrefix,
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
} from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AttributeTable } from "../../src/rib/attribute-table.ts";
import { type PolicyRoute, PolicyRouteView } from "../../src/rib/policy-route.ts";
import {
  addressPattern,
  communityPattern,
  distinguisherPattern,
  macPattern,
  prefixPattern,
  routeTargetPattern,
} from "../../src/rib/route-pattern.ts";
import { type EvpnRoute, encodeEvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { bytesFromHex } from "../../src/wire/hex.ts";
import { evpnRoute } from "../wire/route-arbitraries.ts";

const IDENTITY = { asn: 65000, routerId: 1, clusterId: 1 };
const NOWHERE = parseRouteDistinguisher("192.0.2.254:65535");

/** Shows a route with these attributes (hex), with other octets around it. */
function shown(
  route: EvpnRoute,
  attributes = "40010100400200",
  nextHop = "04c0000201",
): PolicyRoute {
  const table = new AttributeTable(IDENTITY);
  const set = bytesFromHex(nextHop + attributes);
  const nlri = encodeEvpnRoute(route);
  const bytes = new Uint8Array(nlri.length + 20).fill(0xee);
  bytes.set(nlri, 7);
  const view = new PolicyRouteView(table);
  view.show(undefined, bytes, 7, nlri.length, table.intern(set, set.length));
  return view;
}

test("whatever the route, the getters read what decoding gives", () => {
  fc.assert(
    fc.property(evpnRoute, (route) => {
      const view = shown(route);
      expect(view.decode()).toEqual(route);
      expect(view.routeType).toBe(route.routeType);
      const [label = -1, secondLabel = -1] =
        route.kind === "mac-ip" ? route.labels : "label" in route ? [route.label] : [];
      expect([view.label, view.secondLabel]).toEqual([label, secondLabel]);
      expect(view.ethernetTag).toBe("ethernetTag" in route ? route.ethernetTag : -1);
      const isKnown = route.kind !== "unknown" && route.kind !== "malformed";
      if (isKnown) expect(view.hasDistinguisher(distinguisherPattern(route.rd))).toBe(true);
      expect(view.hasDistinguisher(distinguisherPattern(NOWHERE))).toBe(
        isKnown && route.rd === NOWHERE,
      );
      const mac = parseMacAddress("02:00:00:00:00:01");
      expect(view.hasMac(macPattern(mac))).toBe(route.kind === "mac-ip" && route.mac === mac);
      if (route.kind === "mac-ip") expect(view.hasMac(macPattern(route.mac))).toBe(true);
      const prefix =
        route.kind === "ip-prefix"
          ? route.prefix
          : route.kind === "mac-ip" && route.ip !== undefined
            ? hostPrefix(route.ip)
            : undefined;
      expect(view.prefixLength).toBe(prefix === undefined ? -1 : Number(prefix.split("/")[1]));
      if (prefix !== undefined) expect(view.isInside(prefixPattern(prefix))).toBe(true);
      const everywhere = ["0.0.0.0/0", "::/0"].map((all) => prefixPattern(parseIpPrefix(all)));
      const insides = everywhere.filter((all) => view.isInside(all));
      expect(insides).toHaveLength(prefix === undefined ? 0 : 1);
    }),
  );
});

const ROUTE: EvpnRoute = { kind: "unknown", routeType: 9, value: "00" };

test("what the attributes say is read from the set", () => {
  const path = "40020e0203fffffffe0000fe4d00000001";
  const rest = "800404000000074005040000012cc00808fde80064ffffff01";
  const target = "0002fde800001389";
  const view = shown(ROUTE, `40010100${path}${rest}c01010${target}0600010000000005`);
  expect(view.localPreference).toBe(300);
  expect(view.med).toBe(7);
  expect(view.asPathLength).toBe(3);
  expect(view.neighbourAs).toBe(0xfffffffe);
  expect(view.hasAs(parseAsn(65101))).toBe(true);
  expect(view.hasAs(parseAsn(65000))).toBe(false);
  expect(view.hasCommunity(communityPattern("65000:100"))).toBe(true);
  expect(view.hasCommunity(communityPattern("no-export"))).toBe(true);
  expect(view.hasCommunity(communityPattern("65000:101"))).toBe(false);
  expect(view.hasRouteTarget(routeTargetPattern(parseRouteTarget("65000:5001")))).toBe(true);
  expect(view.hasRouteTarget(routeTargetPattern(parseRouteTarget("65000:5002")))).toBe(false);
  expect(view.mobilitySequence).toBe(5);
  expect(view.isStatic).toBe(true);
});

test("what is absent has the value that the decision process takes for it", () => {
  const view = shown(ROUTE, "40010100");
  expect([view.localPreference, view.med, view.asPathLength, view.neighbourAs]).toEqual([
    100, 0, 0, 0,
  ]);
  expect([view.mobilitySequence, view.isStatic, view.hasAs(1)]).toEqual([0, false, false]);
  expect(view.hasCommunity(communityPattern("no-export"))).toBe(false);
  expect(view.peer).toBeUndefined();
});

test("the next hop is compared whole, in either family", () => {
  const [v4, v6] = ["192.0.2.1", "2001:db8::1"].map(parseIpAddress);
  if (v4 === undefined || v6 === undefined) throw new Error("no addresses");
  const over4 = shown(ROUTE);
  const over6 = shown(ROUTE, "40010100", "1020010db8000000000000000000000001");
  expect([over4.nextHop(), over6.nextHop()]).toEqual([v4, v6]);
  expect([over4, over6].map((view) => view.hasNextHop(addressPattern(v4)))).toEqual([true, false]);
  expect([over4, over6].map((view) => view.hasNextHop(addressPattern(v6)))).toEqual([false, true]);
});
