import type { BgpPeerSummary, BgpSummaryDocument } from "@selvedge/api";
import { describe, expect, test } from "vitest";
import { formatBgpSummary } from "../../src/show/bgp-summary.ts";

const established: BgpPeerSummary = {
  remoteAs: 65000,
  localAs: 65000,
  version: 4,
  msgRcvd: 12,
  msgSent: 1034,
  tableVersion: 7,
  outq: 0,
  inq: 0,
  peerUptime: "00:00:20",
  peerUptimeMsec: 20_000,
  pfxRcd: 3,
  pfxSnt: 6,
  state: "Established",
  connectionsEstablished: 1,
  connectionsDropped: 0,
  desc: "rr1",
  routeReflectorClient: false,
};

const summary = (peers: Record<string, BgpPeerSummary>): BgpSummaryDocument => ({
  l2VpnEvpn: {
    routerId: "10.0.1.1",
    as: 65000,
    tableVersion: 7,
    ribCount: 9,
    ribMemory: 20_480,
    peerCount: Object.keys(peers).length,
    peers,
  },
});

describe("show bgp summary", () => {
  test("marks neighbours out of a range with a star, and counts them", () => {
    const dynamic: BgpPeerSummary = { ...established, dynamicPeer: true };
    const text = formatBgpSummary(summary({ "10.0.9.1": established, "10.0.9.2": dynamic }));
    expect(text).toContain("\n10.0.9.1   4  65000");
    expect(text).toContain("\n*10.0.9.2  4  65000");
    expect(text).toContain(
      "\nTotal number of neighbors 2\n* - dynamic neighbor\n1 dynamic neighbor(s)\n",
    );
  });

  test("prints FRR's head and columns, with the prefixes received of an established peer", () => {
    expect(formatBgpSummary(summary({ "10.0.9.1": established }))).toBe(`\
L2VPN EVPN Summary (VRF default):
BGP router identifier 10.0.1.1, local AS number 65000
BGP table version 7
RIB entries 9, using 20 KiB of memory
Peers 1

Neighbor  V     AS  MsgRcvd  MsgSent  TblVer  InQ  OutQ   Up/Down  State/PfxRcd  PfxSnt  Desc
10.0.9.1  4  65000       12     1034       7    0     0  00:00:20             3       6  rr1

Total number of neighbors 1
`);
  });

  test("prints the state and the last error of a peer that is not established", () => {
    const { desc: _, ...peer } = established;
    const idle = { ...peer, state: "Active", lastError: "connection refused" };
    const text = formatBgpSummary(summary({ "10.0.9.1": idle }));
    expect(text).toMatch(/Active +6 {2}N\/A/);
    expect(text).toContain("10.0.9.1: last error: connection refused\n");
  });

  test("prints the cluster identifier of a reflector", () => {
    const document = summary({});
    document.l2VpnEvpn.clusterId = "10.0.9.1";
    expect(formatBgpSummary(document)).toContain("BGP cluster identifier 10.0.9.1\n");
  });
});
