import type { EvpnPathDocument } from "@selvedge/api";
import { expect, test } from "vitest";
import { formatEvpnRouteDetail } from "../../src/show/evpn-route-detail.ts";

const best: EvpnPathDocument = {
  valid: true,
  bestpath: true,
  multipath: false,
  stale: false,
  selectionReason: "router-id",
  pathFrom: "internal",
  peerId: "10.0.9.1",
  peerRouterId: "10.0.9.9",
  nexthop: "10.0.2.1",
  path: "",
  origin: "IGP",
  locPrf: 100,
  vni: 100,
  l3Vni: 5001,
  esi: "00:11:22:33:44:55:66:77:88:99",
  extendedCommunity: "RT:65000:5001 ET:8 Rmac:02:00:0a:00:02:01",
  community: "65000:1 no-export",
  originatorId: "10.0.2.1",
  clusterList: ["10.0.9.9", "10.0.9.8"],
};
const other: EvpnPathDocument = {
  valid: true,
  bestpath: false,
  multipath: false,
  stale: true,
  selectionReason: "as-path-length",
  pathFrom: "external",
  peerId: "192.0.2.1",
  nexthop: "10.0.3.1",
  path: "65001 65002",
  origin: "incomplete",
  metric: 7,
  vni: 100,
  extendedCommunity: "",
  pmsiTunnel: "ingress-replication, label 100, endpoint 10.0.3.1",
  unknownAttributes: ["99 (optional, transitive) 0102"],
};

test("a single route is shown with all that is known of each path", () => {
  const prefix = "[2]:[0]:[48]:[02:00:00:00:00:01]:[32]:[10.1.0.5]";
  expect(
    formatEvpnRouteDetail({
      bgpTableVersion: 7,
      bgpLocalRouterId: "10.0.1.1",
      localAS: 65000,
      routeDistinguishers: [
        { rd: "10.0.2.1:1", routes: [{ prefix, routeType: 2, paths: [other, best] }] },
      ],
      numPrefix: 1,
      numPaths: 2,
    }),
  ).toBe(`\
BGP routing table entry for 10.0.2.1:1:${prefix}
Paths: (2 available, best #2)
  Route ${prefix} VNI 100
  65001 65002
    10.0.3.1 from 192.0.2.1
      Origin incomplete, metric 7, valid, external, stale, not best (as-path-length)
      PMSI Tunnel: ingress-replication, label 100, endpoint 10.0.3.1
      Unknown attribute 99 (optional, transitive) 0102
  Route ${prefix} VNI 100/5001
  Local
    10.0.2.1 from 10.0.9.1 (10.0.9.9)
      Origin IGP, localpref 100, valid, internal, best (router-id)
      ESI: 00:11:22:33:44:55:66:77:88:99
      Community: 65000:1 no-export
      Extended Community: RT:65000:5001 ET:8 Rmac:02:00:0a:00:02:01
      Originator: 10.0.2.1
      Cluster list: 10.0.9.9 10.0.9.8

Displayed 1 prefixes (2 paths)
`);
});

test("a refused path is shown with the reason, and paths of equal cost as multipath", () => {
  const prefix = "[5]:[0]:[24]:[10.1.0.0]";
  const paths = [
    { ...best, valid: false, bestpath: false, refused: "another host holds the address" },
    { ...best, multipath: true },
  ];
  const text = formatEvpnRouteDetail({
    bgpTableVersion: 7,
    bgpLocalRouterId: "10.0.1.1",
    localAS: 65000,
    routeDistinguishers: [{ rd: "10.0.2.1:1", routes: [{ prefix, routeType: 5, paths }] }],
    numPrefix: 1,
    numPaths: 2,
  });
  expect(text).toContain("localpref 100, internal, refused (another host holds the address)\n");
  expect(text).toContain("localpref 100, valid, internal, multipath, best (router-id)\n");
});
