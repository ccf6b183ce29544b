import type { AsPathSegment, EvpnRoute, ExtendedCommunity } from "@selvedge/bgp-evpn";
import {
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
} from "@selvedge/net";
import { describe, expect, test } from "vitest";
import {
  asPathNotation,
  communityNotation,
  pmsiTunnelNotation,
  routeNotation,
} from "../../src/status/evpn-notation.ts";

const rd = parseRouteDistinguisher("10.0.1.1:1");
const esi = "00:11:22:33:44:55:66:77:88:99";
const mac = parseMacAddress("02:00:00:00:00:01");
const originator = parseIpAddress("10.0.1.1");

describe("a route", () => {
  const routes: readonly [string, EvpnRoute][] = [
    [
      `[1]:[7]:[${esi}]`,
      { kind: "ethernet-auto-discovery", routeType: 1, rd, esi, ethernetTag: 7, label: 100 },
    ],
    [
      "[2]:[0]:[48]:[02:00:00:00:00:01]",
      { kind: "mac-ip", routeType: 2, rd, esi, ethernetTag: 0, mac, labels: [100] },
    ],
    [
      "[2]:[0]:[48]:[02:00:00:00:00:01]:[128]:[2001:db8::1]",
      {
        kind: "mac-ip",
        routeType: 2,
        rd,
        esi,
        ethernetTag: 0,
        mac,
        ip: parseIpAddress("2001:db8::1"),
        labels: [100, 5001],
      },
    ],
    [
      "[3]:[0]:[32]:[10.0.1.1]",
      { kind: "inclusive-multicast", routeType: 3, rd, ethernetTag: 0, originator },
    ],
    [
      `[4]:[${esi}]:[32]:[10.0.1.1]`,
      { kind: "ethernet-segment", routeType: 4, rd, esi, originator },
    ],
    [
      "[5]:[0]:[24]:[10.1.0.0]",
      {
        kind: "ip-prefix",
        routeType: 5,
        rd,
        esi,
        ethernetTag: 0,
        prefix: parseIpPrefix("10.1.0.0/24"),
        gateway: parseIpAddress("0.0.0.0"),
        label: 5001,
      },
    ],
    ["[9]:[0a0b]", { kind: "unknown", routeType: 9, value: "0a0b" }],
    ["[5]:[0c]", { kind: "malformed", routeType: 5, value: "0c" }],
  ];
  test.each(routes)("is written as %s", (text, route) => {
    expect(routeNotation(route)).toBe(text);
  });
});

test("extended communities are written in FRR's words, in their order", () => {
  const communities: readonly ExtendedCommunity[] = [
    { kind: "encapsulation", tunnelType: "vxlan" },
    { kind: "encapsulation", tunnelType: 77 },
    { kind: "route-target", target: parseRouteTarget("65000:5001") },
    { kind: "router-mac", mac },
    { kind: "mac-mobility", sticky: false, sequence: 3 },
    { kind: "mac-mobility", sticky: true, sequence: 0 },
    { kind: "default-gateway" },
    { kind: "esi-label", singleActive: true, label: 100 },
    { kind: "es-import", target: mac },
    { kind: "unknown", value: "0608000000000000" },
  ];
  expect(communityNotation(communities)).toBe(
    "ET:8 ET:77 RT:65000:5001 Rmac:02:00:00:00:00:01 MM:3 MM:0, sticky MAC Default Gateway " +
      "ESI-label:100, single-active ES-Import-Rt:02:00:00:00:00:01 UNK:0608000000000000",
  );
});

test("an AS path is written with the brackets of each kind of segment", () => {
  const asns = [65001, 4_200_000_000].map(parseAsn);
  const segments: readonly AsPathSegment[] = [
    { kind: "sequence", asns },
    { kind: "set", asns },
    { kind: "confederation-sequence", asns },
    { kind: "confederation-set", asns },
  ];
  expect(asPathNotation(segments)).toBe(
    "65001 4200000000 {65001,4200000000} (65001 4200000000) [65001,4200000000]",
  );
  expect(asPathNotation([])).toBe("");
});

test("a PMSI tunnel is written with its label and where it goes", () => {
  const head = { kind: "pmsi-tunnel", tunnelFlags: 0, label: 100 } as const;
  expect(
    pmsiTunnelNotation({ ...head, tunnelType: "ingress-replication", endpoint: originator }),
  ).toBe("ingress-replication, label 100, endpoint 10.0.1.1");
  expect(pmsiTunnelNotation({ ...head, tunnelType: 99, identifier: "0a" })).toBe(
    "99, label 100, identifier 0a",
  );
});
