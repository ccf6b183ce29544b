/**
 * Views: paths of the table as plain values, for people and for tests. Nothing is decoded until it
 * is asked for; the table can change between two steps of an iteration, which then shows the table
 * as it is when it gets there.
 */
import { type IpAddress, ipFromBytes } from "@selvedge/net";
import { attributeValueLength } from "../wire/attribute/attribute-type.ts";
import { decodeAttributeBody } from "../wire/attribute/decode.ts";
import { flagNames, type PathAttribute } from "../wire/attribute/path-attribute.ts";
import { DEFAULT_CONTEXT } from "../wire/codec-context.ts";
import { decodeEvpnRoute, type EvpnRoute } from "../wire/evpn/nlri.ts";
import { NLRI_HEADER_LENGTH } from "../wire/evpn/route-type.ts";
import { hex } from "../wire/hex.ts";
import { attributeEnd, valueOffset } from "./attribute-walk.ts";
import { type DecisionStepName, lostAt } from "./decision.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerId } from "./peer.ts";
import { LOCAL_PEER } from "./peer-table.ts";

/** Which routes to show; an absent field matches everything. */
export interface RouteFilter {
  readonly peer?: PeerId | "local";
  /** EVPN route type, 1 to 11. */
  readonly routeType?: number;
  /** Best paths only. */
  readonly best?: boolean;
}

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
  /** The step of the decision process that the path lost; absent for the best. */
  readonly lostAt?: DecisionStepName;
  /** Not announced again since its peer restarted. */
  readonly stale: boolean;
}

/** The paths that match, prefix by prefix, in the order in which the prefixes were first seen. */
export function* viewRoutes(rib: LocRib, filter: RouteFilter): IterableIterator<EvpnRouteView> {
  for (let prefix = 1; prefix <= rib.prefixes.keys.highest; prefix++) {
    // All of a prefix at once: its rows may be others when the iteration goes on.
    const paths = pathsOf(rib, prefix).filter((path) => isWanted(rib, path, filter));
    yield* paths.map((path) => viewPath(rib, prefix, path));
  }
}

function isWanted(rib: LocRib, path: number, filter: RouteFilter): boolean {
  const { best, peer, routeType } = filter;
  const source = peer === "local" ? LOCAL_PEER : peer;
  if (source !== undefined && rib.paths.peer.get(path) !== source) return false;
  if (best !== undefined && isBest(rib, path) !== best) return false;
  return routeType === undefined || nlriOf(rib, path)[0] === routeType;
}

function isBest(rib: LocRib, path: number): boolean {
  return rib.prefixes.bestPath.get(rib.paths.prefix.get(path)) === path;
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

function viewPath(rib: LocRib, prefix: number, path: number): EvpnRouteView {
  const attributes = rib.paths.attributes.get(path);
  const { id: peer, addressBytes } = rib.peers.get(rib.paths.peer.get(path));
  const lost = lostAt(rib, pathsOf(rib, prefix), path);
  const bytes = rib.attributes.sets.bytes(attributes);
  const nextHop = rib.attributes.nextHopOffset(attributes);
  const family = rib.attributes.nextHopLength(attributes) === 4 ? 4 : 6;
  return {
    ...(peer === LOCAL_PEER
      ? { peer: "local" }
      : { peer, neighbor: ipFromBytes(addressBytes, 0, addressBytes.length === 4 ? 4 : 6) }),
    route: viewNlri(nlriOf(rib, path)),
    nextHop: ipFromBytes(bytes, nextHop, family),
    attributes: viewAttributes(rib, attributes),
    best: isBest(rib, path),
    ...(lost === undefined ? {} : { lostAt: lost }),
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

function viewAttributes(rib: LocRib, id: number): PathAttribute[] {
  const bytes = rib.attributes.sets.bytes(id);
  const start = rib.attributes.attributesOffset(id);
  const end = start + rib.attributes.attributesLength(id);
  const attributes: PathAttribute[] = [];
  for (let at = start; at < end; at = attributeEnd(bytes, at)) {
    attributes.push(viewAttribute(bytes, at));
  }
  return attributes;
}

function viewAttribute(bytes: Uint8Array, at: number): PathAttribute {
  const type = bytes[at + 1] ?? 0;
  const from = valueOffset(bytes, at);
  const value = bytes.subarray(from, from + attributeValueLength(bytes, at));
  const body = decodeAttributeBody(type, value, DEFAULT_CONTEXT);
  const flags = flagNames(bytes[at] ?? 0);
  // The codec has accepted every attribute of the table, so there is no fault to show.
  if (typeof body === "string") return { kind: "unknown", type, value: hex(value), flags };
  return { ...body, flags };
}
