/** What `summary()` tells of a speaker: the columns of FRR's `show bgp summary`, and some that it does not have. */

import type { Asn, IpAddress } from "@selvedge/net";
import type { PeerCounts, RejectReason } from "./rib/peer.ts";
import type { RibCounts } from "./rib/rib-view.ts";
import type { FsmState } from "./session/fsm.ts";
import type { RestartPhase } from "./session/graceful-restart.ts";
import type { MessageCounts } from "./session/message-counter.ts";
import type { SpeakerPeer } from "./speaker-peer.ts";

/** A speaker at one moment. */
export interface BgpSummary {
  readonly asn: Asn;
  readonly routerId: IpAddress;
  readonly clusterId: IpAddress;
  /** All neighbours have told their routes since the start, or the wait for them is over. */
  readonly converged: boolean;
  /** Addresses and ports that it listens on. */
  readonly listening: readonly { readonly address: IpAddress; readonly port: number }[];
  readonly table: RibCounts;
  readonly neighbors: readonly NeighborSummary[];
}

/** One line of the summary. */
export interface NeighborSummary {
  readonly address: IpAddress;
  /** Undefined as long as a neighbour of which only "external" is known has not said it. */
  readonly asn: Asn | undefined;
  /** It has connected from a range, and goes when its session is over. */
  readonly dynamic: boolean;
  /** BGP version. */
  readonly version: 4;
  readonly description: string;
  readonly state: FsmState;
  /**
   * What keeps it Idle, in FRR's words: "Idle (Admin)" has been shut down by the operator, "Idle (PfxCt)" was over its
   * maximum of prefixes.
   */
  readonly idleReason: "Admin" | "PfxCt" | undefined;
  /** Seconds since the session came up, or went down; undefined when it never was up ("never"). */
  readonly upDownSeconds: number | undefined;
  readonly received: MessageCounts;
  readonly sent: MessageCounts;
  /** Messages read and not yet handled: always 0, they are handled as they are read. */
  readonly inQueue: 0;
  /** Messages not yet taken by the kernel. */
  readonly outQueue: number;
  readonly outQueueBytes: number;
  /** Routes held from it, and how many of them are best paths (PfxRcd). */
  readonly prefixesReceived: number;
  readonly bestPaths: number;
  /** Of the routes held, those that it has not announced again since its restart or refresh began. */
  readonly stalePrefixes: number;
  /** Routes it has been told (PfxSnt). */
  readonly prefixesSent: number;
  /** Announced routes that were kept out, by reason. */
  readonly rejected: Readonly<Record<RejectReason, number>> | undefined;
  /** Routes held from it that its import policy refuses, by the policy's reason. They count as received. */
  readonly refused: Readonly<Record<string, number>> | undefined;
  /** `replaying` and `blocked` say that it has not been told everything yet. */
  readonly output: PeerCounts["output"];
  /** Route target memberships (RFC 4684); undefined when the session does not exchange them: it gets all routes. */
  readonly memberships: PeerCounts["memberships"];
  readonly timesEstablished: number;
  /** Why the last session, or attempt at one, ended. */
  readonly lastError: string | undefined;
  readonly routerId: IpAddress | undefined;
  /** Negotiated, in seconds. */
  readonly holdTime: number | undefined;
  /** What both sides announced. */
  readonly capabilities: readonly string[];
  readonly gracefulRestart: RestartPhase;
  readonly reflectorClient: boolean;
  readonly passive: boolean;
  readonly localAddress: IpAddress | undefined;
  readonly localPort: number | undefined;
  readonly remotePort: number | undefined;
}

/** The line of one neighbour. */
export function neighborSummary(peer: SpeakerPeer): NeighborSummary {
  const { settings, counts } = peer;
  const status = peer.neighbor.status();
  return {
    address: settings.address,
    asn: settings.asn === "external" ? status.agreement?.asn : settings.asn,
    dynamic: settings.dynamic,
    version: 4,
    description: settings.description,
    state: status.state,
    idleReason: idleReason(settings.shutdown !== undefined, status.isHeld),
    upDownSeconds: status.sinceMs === undefined ? undefined : Math.floor(status.sinceMs / 1000),
    received: status.received,
    sent: status.sent,
    inQueue: 0,
    outQueue: status.queuedMessages,
    outQueueBytes: status.queuedBytes,
    prefixesReceived: counts?.paths ?? 0,
    bestPaths: counts?.bestPaths ?? 0,
    stalePrefixes: counts?.stalePaths ?? 0,
    prefixesSent: counts?.advertised ?? 0,
    rejected: counts?.rejected,
    refused: counts?.refused,
    output: counts?.output,
    memberships: counts?.memberships,
    timesEstablished: status.timesEstablished,
    lastError: status.lastError,
    routerId: status.agreement?.routerId,
    holdTime: status.agreement?.holdTime,
    capabilities: status.agreement?.capabilities ?? [],
    gracefulRestart: peer.restartPhase,
    reflectorClient: settings.reflectorClient,
    passive: settings.passive,
    localAddress: status.local?.address,
    localPort: status.local?.port,
    remotePort: status.remote?.port,
  };
}

function idleReason(isShutDown: boolean, isHeld: boolean): NeighborSummary["idleReason"] {
  if (isShutDown) return "Admin";
  return isHeld ? "PfxCt" : undefined;
}
