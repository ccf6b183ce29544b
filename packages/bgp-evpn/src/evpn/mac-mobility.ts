/**
 * MAC mobility (RFC 7432 section 15): which place of a MAC counts, and with which sequence number a router announces a
 * MAC that it has learned on a port of its own.
 *
 * Sequence numbers are no history: when all routes for a MAC are gone, the next one starts at 0 again.
 */

import { compareIp, type IpAddress } from "@selvedge/net";
import { type EthernetSegmentId, ZERO_ESI } from "../wire/evpn/esi.ts";

/** The greatest sequence number: a MAC that has it stays there (the RFC says nothing of an overflow). */
export const MAX_SEQUENCE = 0xffffffff;

/** What a MAC/IP route says of the place of its MAC. */
export interface MacPlace {
  /** The next hop of the route. */
  readonly vtep: IpAddress;
  /** Of the MAC mobility community; 0 without one. */
  readonly sequence: number;
  /** The MAC must not move (section 15.2), or is that of a default gateway (section 10.1). */
  readonly sticky: boolean;
  readonly esi: EthernetSegmentId;
}

/**
 * Negative when `a` counts and `b` does not: a sticky MAC before one that may move, then the higher sequence number,
 * then the lower VTEP address; an IPv4 address is lower than any IPv6 address.
 */
export function compareMacPlaces(a: Omit<MacPlace, "esi">, b: Omit<MacPlace, "esi">): number {
  return (
    Number(b.sticky) - Number(a.sticky) || b.sequence - a.sequence || compareIp(a.vtep, b.vtep)
  );
}

/** What to do with a MAC that has been learned on a port of this router. */
export type LocalMac =
  /** Announce it with this sequence number (no community for 0). */
  | { readonly kind: "announce"; readonly sequence: number }
  /** It is sticky at a remote router: do not announce it, tell the operator. */
  | { readonly kind: "sticky-elsewhere"; readonly vtep: IpAddress };

/**
 * The sequence number for a MAC that has been learned here while `held` is its best remote place.
 *
 * On another segment that is a move: one more than the remote number. On the same segment the MAC has not moved, and
 * the number is the remote one (section 15, item 2). A sticky MAC here is announced with 0, wherever it was before.
 */
export function localMac(
  local: Pick<MacPlace, "esi" | "sticky">,
  held: MacPlace | undefined,
): LocalMac {
  if (held === undefined) return { kind: "announce", sequence: 0 };
  const isSameSegment = local.esi !== ZERO_ESI && local.esi === held.esi;
  if (isSameSegment) return { kind: "announce", sequence: held.sequence };
  if (local.sticky) return { kind: "announce", sequence: 0 };
  if (held.sticky) return { kind: "sticky-elsewhere", vtep: held.vtep };
  return { kind: "announce", sequence: Math.min(held.sequence + 1, MAX_SEQUENCE) };
}

/** What to do with the local route of a MAC for which a remote one has come. */
export type RemoteMac =
  /** Keep it, as the MAC has not moved, or not later than here. */
  | "keep"
  /** The MAC has moved away: withdraw the route, and take the MAC off the local port. */
  | "withdraw"
  /** The local one is sticky: keep it, tell the operator (section 15.2). */
  | "sticky-here";

/** Compares the MAC that this router announces with a remote route for it. */
export function remoteMac(local: MacPlace, remote: MacPlace): RemoteMac {
  if (local.esi !== ZERO_ESI && local.esi === remote.esi) return "keep";
  if (local.sticky && !remote.sticky) return "sticky-here";
  return compareMacPlaces(local, remote) <= 0 ? "keep" : "withdraw";
}
