import type { BgpNeighborDocument } from "@selvedge/api";
import { describe, expect, test } from "vitest";
import { formatBgpNeighbors } from "../../src/show/bgp-neighbors.ts";

const neighbor: BgpNeighborDocument = {
  remoteAs: 65000,
  localAs: 65000,
  nbrInternalLink: true,
  nbrDesc: "h2",
  passive: true,
  bgpVersion: 4,
  remoteRouterId: "10.0.2.1",
  localRouterId: "10.0.1.1",
  bgpState: "Established",
  bgpTimerUpMsec: 20_000,
  bgpTimerUpString: "00:00:20",
  bgpTimerConfiguredHoldTimeMsecs: 90_000,
  bgpTimerConfiguredKeepAliveIntervalMsecs: 30_000,
  bgpTimerHoldTimeMsecs: 9000,
  bgpTimerKeepAliveIntervalMsecs: 3000,
  connectRetryTimer: 5,
  neighborCapabilities: [
    { name: "4 Byte AS", advertised: true, received: true, details: [] },
    { name: "Extended Message", advertised: true, received: false, details: [] },
    {
      name: "Hostname Capability",
      advertised: false,
      received: true,
      details: ["name: h2, domain name: n/a"],
    },
  ],
  gracefulRestartInfo: {
    phase: "none",
    configuredRestartTimeSec: 120,
    receivedRestartTimeSec: 60,
    rBit: false,
    nBit: true,
    fBit: true,
    endOfRibReceived: true,
  },
  messageStats: {
    depthInq: 0,
    depthOutq: 0,
    opensSent: 1,
    opensRecv: 1,
    notificationsSent: 0,
    notificationsRecv: 1,
    updatesSent: 2,
    updatesRecv: 3,
    keepalivesSent: 8,
    keepalivesRecv: 9,
    routeRefreshSent: 0,
    routeRefreshRecv: 0,
    totalSent: 11,
    totalRecv: 14,
  },
  outqBytes: 0,
  addressFamilyInfo: {
    l2VpnEvpn: {
      routeReflectorClient: true,
      acceptedPrefixCounter: 4,
      bestPathCounter: 3,
      sentPrefixCounter: 7,
      rejectedPrefixCounters: { "as-loop": 2 },
      output: "synchronised",
    },
  },
  connectionsEstablished: 2,
  connectionsDropped: 1,
  hostLocal: "10.0.1.1",
  portLocal: 179,
  hostForeign: "10.0.2.1",
  portForeign: 40_000,
};

describe("show bgp neighbors", () => {
  test("prints a session in FRR's words", () => {
    expect(formatBgpNeighbors({ neighbors: { "10.0.2.1": neighbor } })).toBe(`\
BGP neighbor is 10.0.2.1, remote AS 65000, local AS 65000, internal link
 Description: h2
  BGP version 4, remote router ID 10.0.2.1, local router ID 10.0.1.1
  BGP state = Established, up for 00:00:20
  Hold time is 9 seconds, keepalive interval is 3 seconds
  Configured hold time is 90 seconds, keepalive interval is 30 seconds
  Passive: waits for the neighbor to connect
  Neighbor capabilities:
    4 Byte AS: advertised and received
    Extended Message: advertised
    Hostname Capability: received
      name: h2, domain name: n/a
  Graceful restart information:
    End-of-RIB received: L2VPN EVPN
    R bit: false
    N bit: true
    F bit: true
    Timers:
      Configured Restart Time(sec): 120
      Received Restart Time(sec): 60
  Message statistics:
    Inq depth is 0
    Outq depth is 0 (0 bytes)
                          Sent       Rcvd
    Opens:                   1          1
    Notifications:           0          1
    Updates:                 2          3
    Keepalives:              8          9
    Route Refresh:           0          0
    Total:                  11         14

 For address family: L2VPN EVPN
  Route-Reflector Client
  NEXT_HOP is propagated unchanged to this neighbor
  4 accepted prefixes, 3 of them best paths
  7 advertised prefixes (synchronised)
  2 rejected prefixes: as-loop

  Connections established 2; dropped 1
  Last reset never
Local host: 10.0.1.1, Local port: 179
Foreign host: 10.0.2.1, Foreign port: 40000
BGP Connect Retry Timer in Seconds: 5
`);
  });

  test("prints how the last session ended, a restart that goes on, and the last malformed message", () => {
    const text = formatBgpNeighbors({
      neighbors: {
        "10.0.2.1": {
          ...neighbor,
          bgpState: "Active",
          gracefulRestartInfo: {
            ...neighbor.gracefulRestartInfo,
            phase: "retaining",
            remainingSec: 42,
          },
          lastReset: {
            lastResetTimerMsecs: 61_000,
            lastResetTimerString: "00:01:01",
            lastResetDueTo: "received Cease/Administrative Shutdown: new kernel",
            direction: "received",
            code: 6,
            subcode: 2,
            data: "0a6e6577",
          },
          lastMalformed: {
            timerMsecs: 62_000,
            timerString: "00:01:02",
            reason: "ORIGIN is missing (treat-as-withdraw)",
            hex: "ffff",
          },
        },
      },
    });
    expect(text).toContain("  BGP state = Active\n");
    expect(text).toContain("    Restart in progress: retaining, 42 seconds left\n");
    expect(text).toContain(
      "  Last reset 00:01:01, due to received Cease/Administrative Shutdown: new kernel\n" +
        "  NOTIFICATION received: 6/2\n  Data of the NOTIFICATION: 0a6e6577\n",
    );
    expect(text).toContain(
      "  Last malformed message 00:01:02 ago: ORIGIN is missing (treat-as-withdraw)\n    ffff\n",
    );
  });

  test("prints the maximum of prefixes, and for how long stale routes are kept", () => {
    const textOf = (action: "warn" | "shutdown", restart = {}) =>
      formatBgpNeighbors({
        neighbors: {
          "10.0.2.1": {
            ...neighbor,
            gracefulRestartInfo: { ...neighbor.gracefulRestartInfo, longLivedStaleTimeSec: 3600 },
            addressFamilyInfo: {
              l2VpnEvpn: {
                ...neighbor.addressFamilyInfo.l2VpnEvpn,
                maximumPrefixes: { limit: 100, warningAt: 75, action, ...restart },
              },
            },
          },
        },
      });
    expect(textOf("warn")).toContain(
      "  Maximum prefixes allowed 100 (warning-only)\n  Threshold for warning message 75\n",
    );
    const text = textOf("shutdown", { restartSec: 300 });
    expect(text).toContain("  Maximum prefixes allowed 100\n");
    expect(text).toContain("  Restart interval 300 seconds\n");
    expect(text).toContain("    Long-lived stale time: 3600 seconds\n");
  });

  test("says so when there is none", () => {
    expect(formatBgpNeighbors({ neighbors: {} })).toBe("No BGP neighbor is configured\n");
  });
});
