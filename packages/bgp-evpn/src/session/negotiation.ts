/**
 * What the two OPENs of a session agree on, or why there can be no session. Pure.
 *
 * This speaker offers L2VPN EVPN, which it needs the neighbour to offer too, and route target membership (RFC 4684),
 * which is used if both offer it. It does not offer add-path (RFC 7911).
 *
 * RFC 4271 section 4.2 and 6.2, RFC 5492, RFC 6286, RFC 6793, RFC 8654, RFC 4724 section 3, RFC 2918, RFC 7313, RFC
 * 9494 section 3.
 */

import type { Asn, IpAddress } from "@selvedge/net";
import { type Capability, encodeCapability } from "../wire/capability.ts";
import type { CodecContext } from "../wire/codec-context.ts";
import { OPEN_ERROR } from "../wire/error-code.ts";
import type { KnownFamily } from "../wire/family.ts";
import type { OpenFields, OpenMessage } from "../wire/open.ts";
import { openError, type SessionReset } from "../wire/session-reset.ts";
import type { NeighborSettings } from "./neighbor-options.ts";

/** This end of all sessions of a speaker. */
export interface LocalSpeaker {
  readonly asn: Asn;
  /** BGP identifier. */
  readonly routerId: IpAddress;
  /** Seconds for which peers keep the routes of this speaker while it restarts; 0: no graceful restart is offered. */
  readonly restartTime: number;
  /** The process goes on where one before it ended, and the kernel has forwarded meanwhile. */
  readonly continues: boolean;
  /** It has just started and has not yet heard its neighbours out (R bit). */
  readonly isRestarting: () => boolean;
}

/** What the peer's OPEN says of graceful restart (RFC 4724, RFC 8538). */
export interface PeerRestart {
  /** Seconds. */
  readonly restartTime: number;
  /** R bit: it has restarted and waits for the End-of-RIB of others. */
  readonly restarting: boolean;
  /** Both ends take a NOTIFICATION for a restart unless it is a Hard Reset (N bit, RFC 8538). */
  readonly notification: boolean;
  /** F bit for L2VPN EVPN: it forwards as before. Undefined: it does not restart gracefully for that family. */
  readonly preserved: boolean | undefined;
}

/** What the OPENs say of long-lived graceful restart for L2VPN EVPN (RFC 9494). */
export interface PeerLongLived {
  /** Seconds for which stale routes are kept after the restart time: the lower of both ends' wishes. */
  readonly staleTime: number;
  /** F bit: the peer forwards as before. */
  readonly preserved: boolean;
}

/** What holds for a session from OpenConfirm on. */
export interface Agreement {
  readonly context: CodecContext;
  readonly asn: Asn;
  readonly routerId: IpAddress;
  /** Seconds; 0: no KEEPALIVE and no hold timer. */
  readonly holdTime: number;
  /** Undefined when the peer did not send the capability, or this speaker did not. */
  readonly restart: PeerRestart | undefined;
  /**
   * Undefined when the peer did not send the capability for the family, or this speaker did not. When it is there, the
   * peer knows routes with LLGR_STALE for what they are.
   */
  readonly longLived: PeerLongLived | undefined;
  /** Both may ask each other for their routes (RFC 2918). */
  readonly routeRefresh: boolean;
  /** Both mark where an answer to that begins and ends (RFC 7313). */
  readonly enhancedRefresh: boolean;
  /** What both ends announced, by the names of wire/capability.ts; families by their own names. */
  readonly capabilities: readonly string[];
}

const FAMILY = "l2vpn-evpn";
const MEMBERSHIP = "rtc";
const REQUIRED: Capability = { kind: "multiprotocol", family: FAMILY };

/** What a session knows of the neighbour's former ones. */
export interface FormerSessions {
  /** What the routes of former sessions say is still forwarded (F bit): not so after a reboot, say. */
  readonly forwardingPreserved: boolean;
}

/** The OPEN that this speaker sends to a neighbour. */
export function localOpen(
  local: LocalSpeaker,
  settings: NeighborSettings,
  former: FormerSessions,
): OpenFields {
  return {
    asn: local.asn,
    holdTime: settings.holdTime,
    routerId: local.routerId,
    capabilities: [
      ...families(settings).map((family) => ({ kind: "multiprotocol", family }) as const),
      { kind: "route-refresh" },
      { kind: "enhanced-route-refresh" },
      { kind: "extended-message" },
      { kind: "four-octet-as", asn: local.asn },
      ...gracefulRestart(local, settings, former),
    ],
  };
}

function families(settings: NeighborSettings): readonly KnownFamily[] {
  return settings.routeTargetConstraint ? [FAMILY, MEMBERSHIP] : [FAMILY];
}

function gracefulRestart(
  local: LocalSpeaker,
  settings: NeighborSettings,
  { forwardingPreserved }: FormerSessions,
): readonly Capability[] {
  if (local.restartTime === 0) return [];
  return [
    {
      kind: "graceful-restart",
      restarted: local.isRestarting(),
      // RFC 8538: an end by NOTIFICATION, other than a Hard Reset, is a restart.
      notification: true,
      restartTime: local.restartTime,
      families: families(settings).map((family) => ({ family, forwardingPreserved })),
    },
    {
      // Also with a time of 0, which keeps nothing: it says that LLGR_STALE is understood.
      kind: "long-lived-graceful-restart",
      families: [{ family: FAMILY, forwardingPreserved, staleTime: settings.longLivedStaleTime }],
    },
  ];
}

/** Compares the neighbour's OPEN with the own one and with what is configured. */
export function negotiate(
  open: OpenMessage,
  local: LocalSpeaker,
  settings: NeighborSettings,
): Agreement | SessionReset {
  const ibgp = local.asn === open.asn;
  const isConfigured = settings.asn === "external" ? !ibgp : open.asn === settings.asn;
  if (!isConfigured) {
    const configured = settings.asn === "external" ? "any but our own" : `AS ${settings.asn}`;
    const reason = `the peer says it is AS ${open.asn}; ${configured} is configured`;
    return openError(OPEN_ERROR.BAD_PEER_AS, reason);
  }
  // RFC 6286 section 2.2: unique within an AS.
  if (ibgp && open.routerId === local.routerId) {
    const reason = `the peer has our own BGP identifier ${open.routerId}`;
    return openError(OPEN_ERROR.BAD_BGP_IDENTIFIER, reason);
  }
  const theirs = new Set(open.capabilities.map(capabilityName));
  if (!theirs.has(FAMILY)) {
    // RFC 5492 section 5: the data is the capability that is missing.
    const reason = "the peer does not offer L2VPN EVPN";
    return openError(OPEN_ERROR.UNSUPPORTED_CAPABILITY, reason, encodeCapability(REQUIRED));
  }
  const shared = localOpen(local, settings, { forwardingPreserved: true })
    .capabilities.map(capabilityName)
    .filter((name) => theirs.has(name));
  const restart = shared.includes("graceful-restart") ? peerRestart(open) : undefined;
  return {
    context: {
      fourOctetAs: shared.includes("four-octet-as"),
      extendedMessages: shared.includes("extended-message"),
      ibgp,
      families: families(settings).filter((family) => shared.includes(family)),
      addPathReceive: [],
    },
    asn: open.asn,
    routerId: open.routerId,
    holdTime: Math.min(open.holdTime, settings.holdTime),
    restart,
    // RFC 9494 section 3: without graceful restart the capability is ignored.
    longLived: restart && peerLongLived(open, settings.longLivedStaleTime),
    routeRefresh: shared.includes("route-refresh"),
    enhancedRefresh: shared.includes("enhanced-route-refresh"),
    capabilities: shared,
  };
}

/** Of several the last one counts (RFC 4724 section 3). */
function peerRestart(open: OpenMessage): PeerRestart | undefined {
  const capability = open.capabilities.findLast(({ kind }) => kind === "graceful-restart");
  if (capability?.kind !== "graceful-restart") return undefined;
  const ours = capability.families.find(({ family }) => family === FAMILY);
  return {
    restartTime: capability.restartTime,
    restarting: capability.restarted,
    notification: capability.notification,
    preserved: ours?.forwardingPreserved,
  };
}

function peerLongLived(open: OpenMessage, ownStaleTime: number): PeerLongLived | undefined {
  for (const capability of open.capabilities) {
    if (capability.kind !== "long-lived-graceful-restart") continue;
    const entry = capability.families.find(({ family }) => family === FAMILY);
    if (entry === undefined) continue;
    const { forwardingPreserved: preserved, staleTime } = entry;
    return { preserved, staleTime: Math.min(staleTime, ownStaleTime) };
  }
  return undefined;
}

function capabilityName(capability: Capability): string {
  return capability.kind === "multiprotocol" ? capability.family : capability.kind;
}
