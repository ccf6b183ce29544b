import type { NeighborDetail, SessionEnd } from "@selvedge/bgp-evpn";
import { parseAsn, parseIpAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { bgpNeighborsDocument } from "../../src/status/bgp-neighbors.ts";
import { neighborDetail } from "./speaker-views.ts";

const ADDRESS = "10.0.9.1";
const documentOf = (fields: Partial<NeighborDetail> = {}) =>
  bgpNeighborsDocument([neighborDetail(ADDRESS, fields)]).neighbors[ADDRESS];

const resetOf = (end: SessionEnd) =>
  documentOf({ lastError: "in words", lastReset: { secondsAgo: 61, end } })?.lastReset;

describe("a neighbour as a document", () => {
  test("has FRR's words, with times in milliseconds", () => {
    expect(documentOf()).toMatchObject({
      remoteAs: 65000,
      nbrInternalLink: true,
      remoteRouterId: "10.0.9.9",
      localRouterId: "10.0.1.1",
      bgpState: "Established",
      bgpTimerUpMsec: 61_000,
      bgpTimerUpString: "00:01:01",
      bgpTimerConfiguredHoldTimeMsecs: 90_000,
      bgpTimerConfiguredKeepAliveIntervalMsecs: 30_000,
      bgpTimerHoldTimeMsecs: 9000,
      bgpTimerKeepAliveIntervalMsecs: 3000,
      messageStats: { depthOutq: 5, opensRecv: 1, keepalivesSent: 4, totalSent: 4, totalRecv: 3 },
      connectionsEstablished: 2,
      connectionsDropped: 1,
      hostLocal: "10.0.1.1",
      portForeign: 40_000,
    });
  });

  test("leaves out what only a session has", () => {
    const down = documentOf({
      state: "Active",
      asn: parseAsn(65001),
      routerId: undefined,
      local: undefined,
      remote: undefined,
      upDownSeconds: undefined,
    });
    expect(down).toMatchObject({ nbrInternalLink: false, bgpTimerUpString: "never" });
    for (const field of ["remoteRouterId", "hostLocal", "portForeign", "bgpTimerUpMsec"]) {
      expect(down).not.toHaveProperty(field);
    }
  });

  test("counts rejected routes by the reasons that occurred", () => {
    const rejected = {
      "as-loop": 0,
      "originator-loop": 2,
      "cluster-loop": 0,
      malformed: 1,
      "overlay-index": 0,
    };
    expect(documentOf({ rejected })?.addressFamilyInfo.l2VpnEvpn).toEqual({
      routeReflectorClient: false,
      acceptedPrefixCounter: 6,
      bestPathCounter: 4,
      sentPrefixCounter: 7,
      rejectedPrefixCounters: { "originator-loop": 2, malformed: 1 },
      output: "synchronised",
    });
  });

  test.each([
    [undefined, {}],
    [300, { restartSec: 300 }],
  ])("has its maximum of prefixes, with a restart after %s seconds", (restartSeconds, restart) => {
    const limit = { limit: 100, warningAt: 75, action: "shutdown", restartSeconds } as const;
    const family = documentOf({ maximumPrefixes: limit })?.addressFamilyInfo.l2VpnEvpn;
    expect(family?.maximumPrefixes).toEqual({
      limit: 100,
      warningAt: 75,
      action: "shutdown",
      ...restart,
    });
  });

  test("says how the last session ended, who ended it, and what the NOTIFICATION said", () => {
    const received = {
      kind: "notification",
      code: 6,
      subcode: 2,
      name: "Cease/Administrative Shutdown",
      shutdownText: "new kernel",
      data: "0a6e6577206b65726e656c",
    } as const;
    expect(resetOf({ kind: "notification-received", notification: received })).toEqual({
      lastResetTimerMsecs: 61_000,
      lastResetTimerString: "00:01:01",
      lastResetDueTo: "in words",
      direction: "received",
      code: 6,
      subcode: 2,
      lastNotificationReason: "Cease/Administrative Shutdown",
      shutdownText: "new kernel",
      data: "0a6e6577206b65726e656c",
    });
    const data = Uint8Array.of(0, 4);
    expect(
      resetOf({ kind: "notification-sent", code: 2, subcode: 1, reason: "", data }),
    ).toMatchObject({ direction: "sent", code: 2, subcode: 1, data: "0004" });
    expect(resetOf({ kind: "connection-lost", reason: "ECONNRESET" })).toMatchObject({
      direction: "none",
      lastResetDueTo: "in words",
    });
  });

  test("shows a graceful restart and what the peer has announced of it", () => {
    const peer = { restartTime: 60, restarting: true, notification: true, preserved: false };
    expect(
      documentOf({
        restart: {
          phase: "resynchronising",
          remaining: 42,
          localRestartTime: 120,
          peer,
          longLivedStaleTime: 3600,
        },
        endOfRibReceived: false,
      })?.gracefulRestartInfo,
    ).toEqual({
      phase: "resynchronising",
      remainingSec: 42,
      configuredRestartTimeSec: 120,
      receivedRestartTimeSec: 60,
      rBit: true,
      nBit: true,
      fBit: false,
      longLivedStaleTimeSec: 3600,
      endOfRibReceived: false,
    });
  });

  test("shows the last malformed message, and the capabilities of both OPENs", () => {
    const open = {
      kind: "open",
      version: 4,
      asn: parseAsn(65000),
      holdTime: 9,
      routerId: parseIpAddress("10.0.9.9"),
    } as const;
    const document = documentOf({
      lastMalformed: { secondsAgo: 3, reason: "a fault", hex: "ff" },
      openSent: { ...open, capabilities: [{ kind: "route-refresh" }] },
      openReceived: { ...open, capabilities: [{ kind: "extended-message" }] },
    });
    expect(document?.lastMalformed).toEqual({
      timerMsecs: 3000,
      timerString: "00:00:03",
      reason: "a fault",
      hex: "ff",
    });
    expect(document?.neighborCapabilities).toEqual([
      { name: "Route refresh", advertised: true, received: false, details: [] },
      { name: "Extended Message", advertised: false, received: true, details: [] },
    ]);
  });
});
