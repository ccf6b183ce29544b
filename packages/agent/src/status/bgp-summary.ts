/** The speaker's summary as the API's document, in FRR's words. */
import type { BgpPeerSummary, BgpSummaryDocument } from "@selvedge/api";
import type { BgpSummary, NeighborSummary } from "@selvedge/bgp-evpn";

/** `isReflector` adds the cluster identifier. */
export function bgpSummaryDocument(summary: BgpSummary, isReflector: boolean): BgpSummaryDocument {
  const peers: Record<string, BgpPeerSummary> = {};
  for (const neighbor of summary.neighbors) {
    peers[neighbor.address] = peerDocument(neighbor, summary);
  }
  return {
    l2VpnEvpn: {
      routerId: summary.routerId,
      as: summary.asn,
      ...(isReflector ? { clusterId: summary.clusterId } : {}),
      tableVersion: summary.table.version,
      ribCount: summary.table.prefixes,
      ribMemory: summary.table.memory,
      peerCount: summary.neighbors.length,
      peers,
    },
  };
}

function peerDocument(neighbor: NeighborSummary, { asn, table }: BgpSummary): BgpPeerSummary {
  const isUp = neighbor.state === "Established";
  return {
    // As FRR shows an AS that is not known yet.
    remoteAs: neighbor.asn ?? 0,
    localAs: asn,
    version: neighbor.version,
    msgRcvd: neighbor.received.total,
    msgSent: neighbor.sent.total,
    // Peers of a group are told together; one that lags behind has no version of its own.
    tableVersion: neighbor.output === "synchronised" ? table.version : 0,
    outq: neighbor.outQueue,
    inq: neighbor.inQueue,
    peerUptime: formatUptime(neighbor.upDownSeconds),
    peerUptimeMsec: (neighbor.upDownSeconds ?? 0) * 1000,
    pfxRcd: neighbor.prefixesReceived,
    pfxSnt: neighbor.prefixesSent,
    state: stateWords(neighbor),
    connectionsEstablished: neighbor.timesEstablished,
    connectionsDropped: Math.max(neighbor.timesEstablished - (isUp ? 1 : 0), 0),
    ...(neighbor.description === "" ? {} : { desc: neighbor.description }),
    ...(neighbor.lastError === undefined ? {} : { lastError: neighbor.lastError }),
    routeReflectorClient: neighbor.reflectorClient,
    ...(neighbor.dynamic ? { dynamicPeer: true } : {}),
  };
}

/** The state of the machine and what keeps it there, as FRR writes it: `Idle (Admin)`. */
export function stateWords({ idleReason, state }: NeighborSummary): string {
  return idleReason === undefined ? state : `${state} (${idleReason})`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** As FRR writes it: `hh:mm:ss` within a day, then `1d02h03m`, then `01w2d03h`; `never` without a value. */
export function formatUptime(seconds: number | undefined): string {
  if (seconds === undefined) return "never";
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  if (seconds < DAY) {
    return [seconds / HOUR, (seconds % HOUR) / MINUTE, seconds % MINUTE].map(two).join(":");
  }
  if (seconds < WEEK) {
    const days = Math.floor(seconds / DAY);
    return `${days}d${two((seconds % DAY) / HOUR)}h${two((seconds % HOUR) / MINUTE)}m`;
  }
  const days = Math.floor((seconds % WEEK) / DAY);
  return `${two(seconds / WEEK)}w${days}d${two((seconds % DAY) / HOUR)}h`;
}
