/**
 * What `neighbor()` tells of one neighbour beyond its line of the summary: what the OPENs said, the timers, graceful
 * restart, how the last session ended and what was malformed. The content of FRR's `show bgp neighbors`.
 */

import type { Asn, IpAddress } from "@selvedge/net";
import type { Endpoint } from "./session/connection.ts";
import type { RestartPhase } from "./session/graceful-restart.ts";
import type { PeerRestart } from "./session/negotiation.ts";
import type { PrefixLimit } from "./session/prefix-limit.ts";
import type { SessionEnd } from "./session/session-end.ts";
import type { SpeakerSettings } from "./speaker-options.ts";
import type { SpeakerPeer } from "./speaker-peer.ts";
import { type NeighborSummary, neighborSummary } from "./speaker-summary.ts";
import { decodeOpen, type OpenMessage } from "./wire/open.ts";

/** Why a session, or the attempt at one, ended, and how long ago. */
export interface NeighborReset {
  readonly secondsAgo: number;
  readonly end: SessionEnd;
}

/** The last message of a neighbour that was malformed. */
export interface NeighborFault {
  readonly secondsAgo: number;
  /** What is wrong with it, and what was done as RFC 7606 says. */
  readonly reason: string;
  /** The message. */
  readonly hex: string;
}

/** One neighbour in every detail. Times are in seconds. */
export interface NeighborDetail extends NeighborSummary {
  readonly localAsn: Asn;
  readonly localRouterId: IpAddress;
  readonly local: Endpoint | undefined;
  readonly remote: Endpoint | undefined;
  /** The OPENs of the session that is, or was last; undefined where none has been exchanged. */
  readonly openSent: OpenMessage | undefined;
  readonly openReceived: OpenMessage | undefined;
  readonly timers: {
    readonly configuredHoldTime: number;
    /** Negotiated; 0: neither hold timer nor KEEPALIVE. */
    readonly holdTime: number | undefined;
    /** A third of the hold time. */
    readonly keepaliveInterval: number | undefined;
    readonly connectRetry: number;
    /** As configured; undefined: 480, or twice the hold time when that is longer (RFC 9687). */
    readonly sendHoldTime: number | undefined;
  };
  readonly restart: {
    readonly phase: RestartPhase;
    /** To the end of the phase. */
    readonly remaining: number | undefined;
    /** How long the neighbour is to keep the routes of this speaker. */
    readonly localRestartTime: number;
    /** What the neighbour has announced in its OPEN; undefined without a session, or without the capability. */
    readonly peer: PeerRestart | undefined;
    /** For how long its stale routes are kept after that as a last resort (RFC 9494); undefined: they are not. */
    readonly longLivedStaleTime: number | undefined;
  };
  /** Undefined: it may announce any number of routes. */
  readonly maximumPrefixes: PrefixLimit | undefined;
  /** The neighbour has told all of its routes. */
  readonly endOfRibReceived: boolean;
  readonly lastReset: NeighborReset | undefined;
  readonly lastMalformed: NeighborFault | undefined;
}

/** One neighbour at this moment. */
export function neighborDetail(peer: SpeakerPeer, speaker: SpeakerSettings): NeighborDetail {
  const { settings } = peer;
  const status = peer.neighbor.status();
  const holdTime = status.agreement?.holdTime;
  const remainingMs = peer.restartRemainingMs;
  const now = speaker.clock.now();
  const secondsSince = (at: number): number => Math.floor((now - at) / 1000);
  const { lastEnd, lastMalformed } = status;
  return {
    ...neighborSummary(peer),
    localAsn: speaker.asn,
    localRouterId: speaker.routerId,
    local: status.local,
    remote: status.remote,
    openSent: readOpen(status.opens.sent),
    openReceived: readOpen(status.opens.received),
    timers: {
      configuredHoldTime: settings.holdTime,
      holdTime,
      keepaliveInterval: holdTime === undefined ? undefined : Math.floor(holdTime / 3),
      connectRetry: settings.connectRetry,
      sendHoldTime: settings.sendHoldTime,
    },
    restart: {
      phase: peer.restartPhase,
      remaining: remainingMs === undefined ? undefined : Math.ceil(remainingMs / 1000),
      localRestartTime: speaker.restartTime,
      peer: status.agreement?.restart,
      longLivedStaleTime: status.agreement?.longLived?.staleTime,
    },
    maximumPrefixes: settings.maximumPrefixes,
    endOfRibReceived: peer.counts?.endOfRibReceived ?? false,
    lastReset:
      lastEnd === undefined
        ? undefined
        : { secondsAgo: secondsSince(lastEnd.at), end: lastEnd.end },
    lastMalformed:
      lastMalformed === undefined
        ? undefined
        : {
            secondsAgo: secondsSince(lastMalformed.at),
            reason: lastMalformed.reason,
            hex: lastMalformed.hex,
          },
  };
}

function readOpen(message: Uint8Array | undefined): OpenMessage | undefined {
  if (message === undefined) return undefined;
  const open = decodeOpen(message, 0, message.length);
  // What a peer sent may have been refused for not being an OPEN that can be read.
  return open.kind === "open" ? open : undefined;
}
