import type { EvpnRouteView, PathAttribute } from "@selvedge/bgp-evpn";
import {
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
} from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { evpnRoutePage } from "../../src/status/evpn-routes.ts";
import { bgpSummary, neighborSummary } from "./speaker-views.ts";

const INTERNAL = parseIpAddress("10.0.9.1");
const EXTERNAL = parseIpAddress("192.0.2.1");
const SUMMARY = bgpSummary(
  neighborSummary(INTERNAL),
  neighborSummary(EXTERNAL, { asn: parseAsn(65001), routerId: undefined }),
);
const esi = "00:00:00:00:00:00:00:00:00:00";
const rd = parseRouteDistinguisher("10.0.2.1:1");

const type5 = (prefix: string) =>
  ({
    kind: "ip-prefix",
    routeType: 5,
    rd,
    esi,
    ethernetTag: 0,
    prefix: parseIpPrefix(prefix),
    gateway: parseIpAddress("0.0.0.0"),
    label: 5001,
  }) as const;

/** A path of a route type 5; its place in the RIB's numbering of peers does not matter here. */
function view(prefix: string, fields: Partial<EvpnRouteView> = {}): EvpnRouteView {
  return {
    peer: "local",
    route: type5(prefix),
    nextHop: parseIpAddress("10.0.2.1"),
    attributes: [{ kind: "origin", origin: "igp" }],
    best: true,
    multipath: false,
    stale: false,
    ...fields,
  };
}

const from = (neighbor: typeof INTERNAL, fields: Partial<EvpnRouteView> = {}) => ({
  neighbor,
  ...fields,
});

describe("a page of routes as a document", () => {
  test("has the table's figures, and where the next page begins", () => {
    const head = { bgpTableVersion: 42, bgpLocalRouterId: "10.0.1.1", localAS: 65000, routes: [] };
    expect(evpnRoutePage({ routes: [] }, SUMMARY)).toEqual(head);
    expect(evpnRoutePage({ routes: [], next: 7 }, SUMMARY)).toEqual({ ...head, next: 7 });
  });

  test("says of a refused path why, and of paths of equal cost that they are", () => {
    const refused = "another host holds the address";
    const routes = [
      view("10.1.0.0/24", from(INTERNAL, { best: false, refused })),
      view("10.2.0.0/24", { multipath: true }),
    ];
    const page = evpnRoutePage({ routes }, SUMMARY);
    expect(page.routes[0]?.paths).toMatchObject([
      { valid: false, bestpath: false, multipath: false, refused },
    ]);
    expect(page.routes[1]?.paths).toMatchObject([{ valid: true, multipath: true }]);
    expect(page.routes[1]?.paths[0]).not.toHaveProperty("refused");
  });

  test("groups the paths of a prefix, with where each came from and why it is not the best", () => {
    const routes = [
      view("10.1.0.0/24", { wonAt: "local-origin" }),
      view("10.1.0.0/24", from(INTERNAL, { best: false, lostAt: "local-origin", stale: true })),
      view("10.1.0.0/24", from(EXTERNAL, { best: false })),
      view("10.2.0.0/24"),
    ];
    const page = evpnRoutePage({ routes }, SUMMARY);
    expect(page.routes.map(({ prefix, rd }) => `${rd} ${prefix}`)).toEqual([
      "10.0.2.1:1 [5]:[0]:[24]:[10.1.0.0]",
      "10.0.2.1:1 [5]:[0]:[24]:[10.2.0.0]",
    ]);
    expect(page.routes[0]?.paths).toMatchObject([
      { pathFrom: "local", peerId: "(unspec)", bestpath: true, selectionReason: "local-origin" },
      {
        pathFrom: "internal",
        peerId: "10.0.9.1",
        peerRouterId: "10.0.9.9",
        bestpath: false,
        stale: true,
        selectionReason: "local-origin",
      },
      { pathFrom: "external", peerId: "192.0.2.1", bestpath: false },
    ]);
    expect(page.routes[0]?.paths[2]).not.toHaveProperty("selectionReason");
  });

  test("has every attribute in words, and those that nobody knows as hex", () => {
    const attributes: readonly PathAttribute[] = [
      { kind: "origin", origin: "egp" },
      { kind: "as-path", segments: [{ kind: "sequence", asns: [parseAsn(65001)] }] },
      { kind: "med", value: 7 },
      { kind: "local-pref", value: 200 },
      { kind: "atomic-aggregate" },
      { kind: "aggregator", asn: parseAsn(65009), address: parseIpAddress("192.0.2.9") },
      { kind: "communities", communities: ["65000:1", "no-export"] },
      { kind: "large-communities", communities: ["65000:1:2"] },
      { kind: "originator-id", routerId: parseIpAddress("10.0.2.1") },
      { kind: "cluster-list", clusterIds: [parseIpAddress("10.0.0.254")] },
      {
        kind: "extended-communities",
        communities: [{ kind: "route-target", target: parseRouteTarget("65000:5001") }],
      },
      { kind: "pmsi-tunnel", tunnelFlags: 0, tunnelType: "none", label: 3 },
      { kind: "unknown", type: 99, flags: ["optional", "transitive"], value: "0102" },
    ];
    const page = evpnRoutePage({ routes: [view("10.1.0.0/24", { attributes })] }, SUMMARY);
    expect(page.routes[0]?.paths[0]).toMatchObject({
      origin: "EGP",
      path: "65001",
      metric: 7,
      locPrf: 200,
      atomicAggregate: true,
      aggregator: "65009 192.0.2.9",
      community: "65000:1 no-export",
      largeCommunity: "65000:1:2",
      originatorId: "10.0.2.1",
      clusterList: ["10.0.0.254"],
      extendedCommunity: "RT:65000:5001",
      pmsiTunnel: "none, label 3",
      unknownAttributes: ["99 (optional, transitive) 0102"],
    });
  });

  test("has both labels, gateway and segment where a route has them", () => {
    const segment = "00:11:22:33:44:55:66:77:88:99";
    const macIp = {
      kind: "mac-ip",
      routeType: 2,
      rd,
      esi: segment,
      ethernetTag: 0,
      mac: parseMacAddress("02:00:00:00:00:01"),
      labels: [100, 5001],
    } as const;
    const gateway = parseIpAddress("10.1.0.254");
    const routes = [
      view("10.1.0.0/24", { route: macIp }),
      view("10.1.0.0/24"),
      view("10.1.0.0/24", { route: { ...type5("10.1.0.0/24"), gateway } }),
    ];
    const paths = evpnRoutePage({ routes }, SUMMARY).routes.flatMap((route) => route.paths);
    expect(paths[0]).toMatchObject({ vni: 100, l3Vni: 5001, esi: segment });
    expect(paths[1]).toMatchObject({ vni: 5001 });
    expect(paths[1]).not.toHaveProperty("esi");
    expect(paths[1]).not.toHaveProperty("gatewayIp");
    expect(paths[2]).toMatchObject({ gatewayIp: "10.1.0.254" });
  });

  test("puts routes of a type that cannot be read under a name of their own", () => {
    const unknown = { kind: "unknown", routeType: 9, value: "0a" } as const;
    const page = evpnRoutePage({ routes: [view("10.1.0.0/24", { route: unknown })] }, SUMMARY);
    expect(page.routes).toMatchObject([{ rd: "unknown", prefix: "[9]:[0a]", routeType: 9 }]);
  });
});
