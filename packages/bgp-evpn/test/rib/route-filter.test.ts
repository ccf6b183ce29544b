import {
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import { describe, expect, test } from "vitest";
import type { RouteFilter } from "../../src/rib/route-filter.ts";
import { ZERO_ESI } from "../../src/wire/evpn/esi.ts";
import type { EvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { announcement, type RouteOptions } from "./model/make.ts";
import { sessionSlot } from "./model/sessions.ts";
import { World } from "./model/world.ts";

const CLIENT = sessionSlot("client", "10.0.0.11", { client: true });
const rd = parseRouteDistinguisher("10.0.0.11:1");
const otherRd = parseRouteDistinguisher("10.0.0.11:2");
const esi = "00:11:22:33:44:55:66:77:88:99";
const mac = parseMacAddress("02:00:00:00:00:01");
const ip = parseIpAddress("10.1.0.5");
const originator = parseIpAddress("192.0.2.11");

const ROUTES = {
  segment: {
    kind: "ethernet-auto-discovery",
    routeType: 1,
    rd,
    esi,
    ethernetTag: 0,
    label: 100,
  },
  "mac alone": {
    kind: "mac-ip",
    routeType: 2,
    rd,
    esi: ZERO_ESI,
    ethernetTag: 0,
    mac,
    labels: [100],
  },
  "mac and address": {
    kind: "mac-ip",
    routeType: 2,
    rd: otherRd,
    esi: ZERO_ESI,
    ethernetTag: 0,
    mac,
    ip,
    labels: [100, 5001],
  },
  "mac and IPv6 address": {
    kind: "mac-ip",
    routeType: 2,
    rd,
    esi: ZERO_ESI,
    ethernetTag: 0,
    mac,
    // Begins with the octets of the IPv4 address.
    ip: parseIpAddress("a01:5::"),
    labels: [200, 5001],
  },
  multicast: { kind: "inclusive-multicast", routeType: 3, rd, ethernetTag: 0, originator },
  "ethernet segment": { kind: "ethernet-segment", routeType: 4, rd, esi, originator },
  unknown: { kind: "unknown", routeType: 9, value: "00010a00000b0001" },
} as const satisfies Record<string, EvpnRoute>;

/** A table with one route of each kind, and three prefixes that resemble each other. */
function table(): World {
  const world = new World();
  world.up(CLIENT);
  for (const route of Object.values(ROUTES)) {
    const tunnel = {
      kind: "pmsi-tunnel",
      tunnelFlags: 0,
      tunnelType: "ingress-replication",
      label: 300,
      endpoint: originator,
    } as const;
    const more = route.kind === "inclusive-multicast" ? [tunnel] : [];
    world.announce(CLIENT, [{ ...announcement("10.1.0.0/24", { more }), route }]);
  }
  const prefixes: [string, RouteOptions][] = [
    ["10.1.0.0/24", { targets: ["65000:7", "65000:8"] }],
    ["10.1.0.0/16", {}],
    ["a01::/24", {}],
  ];
  for (const [prefix, options] of prefixes) {
    world.announce(CLIENT, [announcement(prefix, options)]);
  }
  return world;
}

function nameOf(route: EvpnRoute): string {
  const known = Object.entries(ROUTES).find(
    ([, value]) => JSON.stringify(value) === JSON.stringify(route),
  );
  return known?.[0] ?? (route.kind === "ip-prefix" ? route.prefix : "?");
}

const CASES: readonly [string, RouteFilter, readonly string[]][] = [
  ["type 4", { routeType: 4 }, ["ethernet segment"]],
  ["another RD", { rd: otherRd }, ["mac and address"]],
  ["a MAC", { mac }, ["mac alone", "mac and address", "mac and IPv6 address"]],
  ["a MAC and an address", { mac, ip }, ["mac and address"]],
  ["the address of an originator", { ip: originator }, ["multicast", "ethernet segment"]],
  ["a prefix", { prefix: parseIpPrefix("10.1.0.0/24") }, ["10.1.0.0/24"]],
  ["an IPv6 prefix", { prefix: parseIpPrefix("a01::/24") }, ["a01::/24"]],
  [
    "the VNI of a bridge domain",
    { vni: parseVni(100) },
    ["segment", "mac alone", "mac and address"],
  ],
  ["the VNI of a PMSI tunnel", { vni: parseVni(300) }, ["multicast"]],
  [
    "the VNI of a VRF",
    { vni: parseVni(5001) },
    ["mac and address", "mac and IPv6 address", "10.1.0.0/24", "10.1.0.0/16", "a01::/24"],
  ],
  ["a route target", { routeTarget: parseRouteTarget("65000:8") }, ["10.1.0.0/24"]],
  ["a route target that nobody has", { routeTarget: parseRouteTarget("65000:9") }, []],
  ["type and RD together", { routeType: 2, rd: otherRd }, ["mac and address"]],
];

describe("a filter", () => {
  test.each(CASES)("by %s shows those routes and no others", (_what, filter, expected) => {
    const world = table();
    expect([...world.rib.view.routes(filter)].map(({ route }) => nameOf(route))).toEqual(expected);
    const page = world.rib.view.routePage(filter, { limit: 100 });
    expect(page.routes.map(({ route }) => nameOf(route))).toEqual(expected);
    expect(page.next).toBeUndefined();
  });

  test("shows nothing of what was withdrawn", () => {
    const world = table();
    world.down(CLIENT);
    world.settle();
    for (const [, filter] of CASES) expect([...world.rib.view.routes(filter)]).toEqual([]);
  });
});
