/**
 * Export policy: which routes go to which kind of peer.
 *
 * Everything that makes the bytes for two peers differ is in `ExportPolicy`; peers for which it is
 * equal share an update group. An operator's policy counts as equal when it is the same function.
 *
 * RFC 4271 section 9.1.3, RFC 4456 section 6, RFC 1997, RFC 9494 sections 4.3 and 4.6.
 */
import { MAX_EXTENDED_MESSAGE_LENGTH, MAX_MESSAGE_LENGTH } from "../wire/codec-context.ts";
import { FACT } from "./attribute-table.ts";
import type { RibPeer, StaleRoutes } from "./peer.ts";
import type { SourceClass } from "./peer-table.ts";
import type { RoutePolicy } from "./policy.ts";

/** The kind of peer that a group of sessions is, as far as exports go. */
export interface ExportPolicy {
  readonly kind: "ibgp" | "ebgp";
  /** The peers are clients of this route reflector. */
  readonly client: boolean;
  readonly fourOctetAs: boolean;
  /** How routes with LLGR_STALE are sent; `withheld`: not at all. */
  readonly staleRoutes: StaleRoutes | "withheld";
  /** Longest message, in octets. */
  readonly maxMessage: number;
  /** The peers say which route targets they want (RFC 4684); each gets what it wants of the group's routes. */
  readonly constrained: boolean;
  /** The operator's policy. */
  readonly route?: RoutePolicy | undefined;
}

/** The policy that the properties of a session ask for. */
export function exportPolicyFor(peer: RibPeer): ExportPolicy {
  return {
    kind: peer.kind,
    client: peer.kind === "ibgp" && peer.reflectorClient,
    fourOctetAs: peer.fourOctetAs,
    staleRoutes: staleRoutesTo(peer),
    route: peer.exportPolicy,
    maxMessage: peer.extendedMessages ? MAX_EXTENDED_MESSAGE_LENGTH : MAX_MESSAGE_LENGTH,
    constrained: peer.membershipNextHop !== undefined,
  };
}

/** LOCAL_PREF says nothing to an external peer, so that lowering it would not warn that peer. */
function staleRoutesTo({ kind, staleRoutes }: RibPeer): ExportPolicy["staleRoutes"] {
  if (staleRoutes === undefined) return "withheld";
  return kind === "ebgp" && staleRoutes === "lowered" ? "withheld" : staleRoutes;
}

export function samePolicy(a: ExportPolicy, b: ExportPolicy): boolean {
  return (
    a.kind === b.kind &&
    a.client === b.client &&
    a.fourOctetAs === b.fourOctetAs &&
    a.staleRoutes === b.staleRoutes &&
    a.maxMessage === b.maxMessage &&
    a.constrained === b.constrained &&
    a.route === b.route
  );
}

/** Whether a route from such a source, with these facts (`FACT` bits), may go to such peers. */
export function mayExport(source: SourceClass, facts: number, policy: ExportPolicy): boolean {
  if ((facts & FACT.NO_ADVERTISE) !== 0) return false;
  if ((facts & FACT.LLGR_STALE) !== 0 && policy.staleRoutes === "withheld") return false;
  if (policy.kind === "ebgp") return (facts & FACT.NO_EXPORT) === 0;
  return source !== "non-client" || policy.client;
}
