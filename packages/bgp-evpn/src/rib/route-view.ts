/**
 * Views: paths of the table as plain values, for people and for tests. Nothing is decoded until it
 * is asked for; the table can change between two steps of an iteration, which then shows the table
 * as it is when it gets there.
 */
import { type IpAddress, ipFromBytes } from "@selvedge/net";
import { attributeValueLength } from "../wire/attribute/attribute-type.ts";
import { decodeAttributeBody } from "../wire/attribute/decode.ts";
import { flagNames, type PathAttribute } from "../wire/attribute/path-attribute.ts";
import { type CodecContext, DEFAULT_CONTEXT } from "../wire/codec-context.ts";
import { decodeEvpnRoute, type EvpnRoute } from "../wire/evpn/nlri.ts";
import { NLRI_HEADER_LENGTH } from "../wire/evpn/route-type.ts";
import { hex } from "../wire/hex.ts";
import { attributeEnd, valueOffset } from "./attribute-walk.ts";
import { type DecisionStepName, lostAt, selectEqual, wonAt } from "./decision.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerId } from "./peer.ts";
import { LOCAL_PEER } from "./peer-table.ts";
import { type RouteFilter, RouteMatcher } from "./route-filter.ts";

/** One path of the table as plain values. */
export interface EvpnRouteView {
  readonly peer: PeerId | "local";
  /** Address of the peer; absent for a local route. */
  readonly neighbor?: IpAddress;
  readonly route: EvpnRoute;
  readonly nextHop: IpAddress;
  /** In the order in which they came; AS numbers have four octets, whatever the peer speaks. */
  readonly attributes: readonly PathAttribute[];
  readonly best: boolean;
  /**
   * Why the best is the best: it was the only one, or the step of the decision process that the last of the others
   * lost.
   */
  readonly wonAt?: DecisionStepName | "only-path";
  /** The step of the decision process that the path lost; absent for the best, and for a refused one. */
  readonly lostAt?: DecisionStepName;
  /** Equal in cost with another path that is the best, or is the best of several such (multipath). */
  readonly multipath: boolean;
  /** Why the import policy refuses it; such a path is kept, but never chosen. `attributes` are then as received. */
  readonly refused?: string;
  /** Not announced again since its peer restarted. */
  readonly stale: boolean;
}

/** The paths that match, prefix by prefix, in the order in which the prefixes were first seen. */
export function* viewRoutes(rib: LocRib, filter: RouteFilter): IterableIterator<EvpnRouteView> {
  const matcher = new RouteMatcher(filter);
  for (let prefix = 1; prefix <= rib.prefixes.highest; prefix++) {
    // All of a prefix at once: its rows may be others when the iteration goes on.
    yield* viewPrefix(rib, prefix, matcher);
  }
}

/** The paths of one prefix that match. */
export function viewPrefix(rib: LocRib, prefix: number, matcher: RouteMatcher): EvpnRouteView[] {
  if (!matcher.matchesPrefix(rib, prefix)) return [];
  return pathsOf(rib, prefix)
    .filter((path) => matcher.matchesPath(rib, path))
    .map((path) => viewPath(rib, prefix, path));
}

function pathsOf(rib: LocRib, prefix: number): number[] {
  const paths: number[] = [];
  let path = rib.prefixes.firstPath.get(prefix);
  for (; path !== 0; path = rib.paths.nextOfPrefix.get(path)) paths.push(path);
  return paths;
}

function nlriOf(rib: LocRib, path: number): Uint8Array {
  const nlri = rib.paths.nlri.get(path);
  const offset = rib.prefixes.nlris.offset(nlri);
  return rib.prefixes.nlris.bytes(nlri).subarray(offset, offset + rib.paths.nlriLength.get(path));
}

/** What the decision process, or the policy before it, made of a path. */
function standing(
  rib: LocRib,
  prefix: number,
  path: number,
): Pick<EvpnRouteView, "best" | "lostAt" | "wonAt" | "multipath" | "refused"> {
  if (rib.isRefused(path)) {
    const refused = rib.refusals.textOf(rib.paths.refusal.get(path));
    return { best: false, multipath: false, refused };
  }
  const candidates = pathsOf(rib, prefix).filter((other) => !rib.isRefused(other));
  const equal = [...candidates];
  selectEqual(rib, equal);
  const multipath = equal.length > 1 && equal.includes(path);
  const lost = lostAt(rib, candidates, path);
  if (lost !== undefined) return { best: false, multipath, lostAt: lost };
  return { best: true, multipath, wonAt: wonAt(rib, candidates) ?? "only-path" };
}

/** One path as plain values. */
export function viewPath(rib: LocRib, prefix: number, path: number): EvpnRouteView {
  const attributes = rib.paths.attributes.get(path);
  const { id: peer, addressBytes } = rib.peers.get(rib.paths.peer.get(path));
  const bytes = rib.attributes.sets.bytes(attributes);
  const nextHop = rib.attributes.nextHopOffset(attributes);
  const family = rib.attributes.nextHopLength(attributes) === 4 ? 4 : 6;
  return {
    ...(peer === LOCAL_PEER
      ? { peer: "local" }
      : { peer, neighbor: ipFromBytes(addressBytes, 0, addressBytes.length === 4 ? 4 : 6) }),
    route: viewNlri(nlriOf(rib, path)),
    nextHop: ipFromBytes(bytes, nextHop, family),
    attributes: viewAttributes(
      bytes,
      rib.attributes.attributesOffset(attributes),
      rib.attributes.attributesLength(attributes),
      true,
    ),
    ...standing(rib, prefix, path),
    stale: rib.isStale(path),
  };
}

function viewNlri(nlri: Uint8Array): EvpnRoute {
  const routeType = nlri[0] ?? 0;
  const value = nlri.subarray(NLRI_HEADER_LENGTH);
  const route = decodeEvpnRoute(routeType, value);
  // The table has no NLRI without a key, and those with one have the length of their type.
  return typeof route === "string" ? { kind: "malformed", routeType, value: hex(value) } : route;
}

/** The attributes of `length` octets at `start`, which the codec or the RIB has written. */
export function viewAttributes(
  bytes: Uint8Array,
  start: number,
  length: number,
  fourOctetAs: boolean,
): PathAttribute[] {
  const context = { ...DEFAULT_CONTEXT, fourOctetAs };
  const end = start + length;
  const attributes: PathAttribute[] = [];
  for (let at = start; at < end; at = attributeEnd(bytes, at)) {
    attributes.push(viewAttribute(bytes, at, context));
  }
  return attributes;
}

function viewAttribute(bytes: Uint8Array, at: number, context: CodecContext): PathAttribute {
  const type = bytes[at + 1] ?? 0;
  const from = valueOffset(bytes, at);
  const value = bytes.subarray(from, from + attributeValueLength(bytes, at));
  const body = decodeAttributeBody(type, value, context);
  const flags = flagNames(bytes[at] ?? 0);
  // The codec has accepted every attribute of the table, so there is no fault to show.
  if (typeof body === "string") return { kind: "unknown", type, value: hex(value), flags };
  return { ...body, flags };
}
