import { describe, expect, test } from "vitest";
import { bgpSummaryDocument, formatUptime } from "../../src/status/bgp-summary.ts";
import { bgpSummary, neighborSummary } from "./speaker-views.ts";

describe("the summary as a document", () => {
  const peerOf = (fields: Parameters<typeof neighborSummary>[1]) =>
    bgpSummaryDocument(bgpSummary(neighborSummary("10.0.9.1", fields)), false).l2VpnEvpn.peers[
      "10.0.9.1"
    ];

  test("has FRR's words for the table and for each neighbour", () => {
    const { l2VpnEvpn } = bgpSummaryDocument(bgpSummary(neighborSummary("10.0.9.1")), false);
    expect(l2VpnEvpn).toEqual({
      routerId: "10.0.1.1",
      as: 65000,
      tableVersion: 42,
      ribCount: 3,
      ribMemory: 1000,
      peerCount: 1,
      peers: {
        "10.0.9.1": {
          remoteAs: 65000,
          localAs: 65000,
          version: 4,
          msgRcvd: 3,
          msgSent: 4,
          tableVersion: 42,
          outq: 5,
          inq: 0,
          peerUptime: "00:01:01",
          peerUptimeMsec: 61_000,
          pfxRcd: 6,
          pfxSnt: 7,
          state: "Established",
          connectionsEstablished: 2,
          connectionsDropped: 1,
          routeReflectorClient: false,
        },
      },
    });
  });

  test("has the cluster identifier of a reflector only", () => {
    expect(bgpSummaryDocument(bgpSummary(), true).l2VpnEvpn.clusterId).toBe("10.0.0.254");
    expect(bgpSummaryDocument(bgpSummary(), false).l2VpnEvpn).not.toHaveProperty("clusterId");
  });

  test("has the table version of a neighbour that has been told everything only", () => {
    expect(peerOf({ output: "replaying" })?.tableVersion).toBe(0);
    expect(peerOf({ output: "blocked" })?.tableVersion).toBe(0);
  });

  test("counts a session that is down as dropped, and one that never was up as none", () => {
    expect(peerOf({ state: "Active" })?.connectionsDropped).toBe(2);
    const never = peerOf({ state: "Idle", timesEstablished: 0, upDownSeconds: undefined });
    expect(never).toMatchObject({
      connectionsDropped: 0,
      peerUptime: "never",
      peerUptimeMsec: 0,
    });
  });

  test("says what keeps a neighbour Idle", () => {
    expect(peerOf({ state: "Idle", idleReason: "Admin" })?.state).toBe("Idle (Admin)");
    expect(peerOf({ state: "Idle", idleReason: "PfxCt" })?.state).toBe("Idle (PfxCt)");
  });

  test("marks a neighbour out of a range only, and has AS 0 for one that has not said its own", () => {
    expect(peerOf({ dynamic: true, asn: undefined })).toMatchObject({
      dynamicPeer: true,
      remoteAs: 0,
    });
    expect(peerOf({})).not.toHaveProperty("dynamicPeer");
  });

  test("has description and last error where there are any", () => {
    expect(peerOf({ description: "rr1", lastError: "ECONNREFUSED" })).toMatchObject({
      desc: "rr1",
      lastError: "ECONNREFUSED",
    });
  });
});

test.each([
  [undefined, "never"],
  [0, "00:00:00"],
  [61, "00:01:01"],
  [86_399, "23:59:59"],
  [86_400 + 2 * 3600 + 180, "1d02h03m"],
  [8 * 86_400 + 3 * 3600, "01w1d03h"],
])("%s seconds are written as FRR writes them: %s", (seconds, text) => {
  expect(formatUptime(seconds)).toBe(text);
});
