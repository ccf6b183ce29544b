/** Views of a speaker as the documents are made of. */
import type { BgpSummary, NeighborDetail, NeighborSummary } from "@selvedge/bgp-evpn";
import { parseAsn, parseIpAddress } from "@selvedge/net";

const NO_MESSAGES = {
  open: 0,
  update: 0,
  notification: 0,
  keepalive: 0,
  routeRefresh: 0,
  total: 0,
};

/** A neighbour that is Established. */
export function neighborSummary(
  address: string,
  fields: Partial<NeighborSummary> = {},
): NeighborSummary {
  return {
    address: parseIpAddress(address),
    asn: parseAsn(65000),
    dynamic: false,
    version: 4,
    description: "",
    state: "Established",
    idleReason: undefined,
    upDownSeconds: 61,
    received: { ...NO_MESSAGES, open: 1, update: 2, total: 3 },
    sent: { ...NO_MESSAGES, keepalive: 4, total: 4 },
    inQueue: 0,
    outQueue: 5,
    outQueueBytes: 500,
    prefixesReceived: 6,
    bestPaths: 4,
    stalePrefixes: 0,
    prefixesSent: 7,
    rejected: undefined,
    refused: undefined,
    output: "synchronised",
    memberships: undefined,
    timesEstablished: 2,
    lastError: undefined,
    routerId: parseIpAddress("10.0.9.9"),
    holdTime: 9,
    capabilities: [],
    gracefulRestart: "none",
    reflectorClient: false,
    passive: false,
    localAddress: parseIpAddress("10.0.1.1"),
    localPort: 179,
    remotePort: 40_000,
    ...fields,
  };
}

/** The same in detail. */
export function neighborDetail(
  address: string,
  fields: Partial<NeighborDetail> = {},
): NeighborDetail {
  return {
    ...neighborSummary(address),
    localAsn: parseAsn(65000),
    localRouterId: parseIpAddress("10.0.1.1"),
    local: { address: parseIpAddress("10.0.1.1"), port: 179 },
    remote: { address: parseIpAddress(address), port: 40_000 },
    openSent: undefined,
    openReceived: undefined,
    timers: {
      configuredHoldTime: 90,
      holdTime: 9,
      keepaliveInterval: 3,
      connectRetry: 5,
      sendHoldTime: undefined,
    },
    restart: {
      phase: "none",
      remaining: undefined,
      localRestartTime: 120,
      peer: undefined,
      longLivedStaleTime: undefined,
    },
    maximumPrefixes: undefined,
    endOfRibReceived: true,
    lastReset: undefined,
    lastMalformed: undefined,
    ...fields,
  };
}

/** A speaker with these neighbours. */
export function bgpSummary(...neighbors: readonly NeighborSummary[]): BgpSummary {
  return {
    asn: parseAsn(65000),
    routerId: parseIpAddress("10.0.1.1"),
    clusterId: parseIpAddress("10.0.0.254"),
    converged: true,
    listening: [],
    table: {
      version: 42,
      prefixes: 3,
      paths: 4,
      attributeSets: 1,
      updateGroups: 1,
      targetSets: 0,
      memberships: 0,
      vrfRoutes: 0,
      macVrfEntries: 0,
      nextHopSets: 0,
      memory: 1000,
    },
    neighbors,
  };
}
