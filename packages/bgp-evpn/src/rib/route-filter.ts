/**
 * Which routes of the table a person asks for. Everything is compared as octets: what is in the key of
 * an NLRI once for the prefix, the rest path by path, so that looking for one route among a million
 * decodes one route.
 *
 *   key of type 1: 1 | RD 8 | ESI 10 | Ethernet tag 4                 (see wire/evpn/nlri-key.ts)
 *   key of type 2: 2 | RD 8 | Ethernet tag 4 | 48 | MAC 6 | IP bits 1 | IP
 *   key of type 3: 3 | RD 8 | Ethernet tag 4 | IP bits 1 | IP
 *   key of type 4: 4 | RD 8 | ESI 10 | IP bits 1 | IP
 *   key of type 5: 5 | RD 8 | Ethernet tag 4 | prefix bits 1 | prefix
 */
import {
  type IpAddress,
  type IpPrefix,
  ipBytes,
  type MacAddress,
  macBytes,
  prefixBytes,
  prefixLength,
  type RouteDistinguisher,
  type RouteTarget,
  routeDistinguisherBytes,
  routeTargetBytes,
  type Vni,
} from "@selvedge/net";
import { ATTRIBUTE } from "../wire/attribute/attribute-type.ts";
import { EVPN_ROUTE } from "../wire/evpn/route-type.ts";
import { readU8, readU24 } from "../wire/octets.ts";
import { findAttribute, valueOffset } from "./attribute-walk.ts";
import type { LocRib } from "./loc-rib.ts";
import type { PeerId } from "./peer.ts";
import { LOCAL_PEER } from "./peer-table.ts";

/** Which routes to show; an absent or undefined field matches everything. */
export interface RouteFilter {
  readonly peer?: PeerId | "local" | undefined;
  /** EVPN route type, 1 to 11. */
  readonly routeType?: number | undefined;
  /** Best paths only, or only the others. */
  readonly best?: boolean | undefined;
  readonly rd?: RouteDistinguisher | undefined;
  /** In a label field of the route, or in that of the PMSI tunnel of a type 3. */
  readonly vni?: Vni | undefined;
  /** Of a type 2. */
  readonly mac?: MacAddress | undefined;
  /** Address of a type 2, originating router of a type 3 or 4. */
  readonly ip?: IpAddress | undefined;
  /** Exactly this prefix, of a type 5. */
  readonly prefix?: IpPrefix | undefined;
  readonly routeTarget?: RouteTarget | undefined;
}

const RD_OFFSET = 1;
const MAC_OFFSET = 14;
const PREFIX_OFFSET = 13;
/** Where the key of each type has the number of bits of its address. */
const IP_OFFSET: ReadonlyMap<number, number> = new Map([
  [EVPN_ROUTE.MAC_IP, 20],
  [EVPN_ROUTE.INCLUSIVE_MULTICAST, 13],
  [EVPN_ROUTE.ETHERNET_SEGMENT, 19],
]);
const LABEL = 3;
/** PMSI_TUNNEL: flags (1) | tunnel type (1) | label (3). */
const PMSI_LABEL_OFFSET = 2;

/** Length in bits, then the octets: as keys have addresses and prefixes. */
function withLength(bits: number, octets: Uint8Array): Uint8Array {
  return Uint8Array.of(bits, ...octets);
}

/** A filter, made ready to be applied to many routes. */
export class RouteMatcher {
  readonly #filter: RouteFilter;
  readonly #source: number | undefined;
  readonly #rd: Uint8Array | undefined;
  readonly #mac: Uint8Array | undefined;
  readonly #ip: Uint8Array | undefined;
  readonly #prefix: Uint8Array | undefined;
  readonly #routeTarget: Uint8Array | undefined;

  constructor(filter: RouteFilter) {
    const { ip, mac, peer, prefix, rd, routeTarget } = filter;
    this.#filter = filter;
    this.#source = peer === "local" ? LOCAL_PEER : peer;
    this.#rd = rd === undefined ? undefined : routeDistinguisherBytes(rd);
    this.#mac = mac === undefined ? undefined : macBytes(mac);
    if (ip !== undefined) {
      const octets = ipBytes(ip);
      this.#ip = withLength(8 * octets.length, octets);
    }
    if (prefix !== undefined) this.#prefix = withLength(prefixLength(prefix), prefixBytes(prefix));
    this.#routeTarget = routeTarget === undefined ? undefined : routeTargetBytes(routeTarget);
  }

  /** Whether the NLRI can have a path that matches; `matchesPath` says which. */
  matchesPrefix(rib: LocRib, prefix: number): boolean {
    const bytes = rib.prefixes.key;
    const start = 0;
    const end = rib.prefixes.writeKey(prefix);
    if (end === 0) return false;
    const type = readU8(bytes, start);
    const { routeType } = this.#filter;
    if (routeType !== undefined && type !== routeType) return false;
    if (this.#rd !== undefined && (type < 1 || type > EVPN_ROUTE.IP_PREFIX)) return false;
    if (!hasAt(bytes, start + RD_OFFSET, end, this.#rd)) return false;
    if (this.#mac !== undefined && type !== EVPN_ROUTE.MAC_IP) return false;
    if (!hasAt(bytes, start + MAC_OFFSET, end, this.#mac)) return false;
    if (this.#prefix !== undefined && type !== EVPN_ROUTE.IP_PREFIX) return false;
    // An IPv6 key that begins as an IPv4 one does is longer.
    if (!endsAt(bytes, start + PREFIX_OFFSET, end, this.#prefix)) return false;
    if (this.#ip === undefined) return true;
    const ip = IP_OFFSET.get(type);
    return ip !== undefined && endsAt(bytes, start + ip, end, this.#ip);
  }

  /** Whether a path of an NLRI for which `matchesPrefix` holds matches. */
  matchesPath(rib: LocRib, path: number): boolean {
    const { best, vni } = this.#filter;
    if (this.#source !== undefined && rib.paths.peer.get(path) !== this.#source) return false;
    if (best !== undefined && isBest(rib, path) !== best) return false;
    if (vni !== undefined && !hasLabel(rib, path, vni)) return false;
    return this.#routeTarget === undefined || hasRouteTarget(rib, path, this.#routeTarget);
  }
}

/** Whether the path is the one that was chosen. */
export function isBest(rib: LocRib, path: number): boolean {
  return rib.prefixes.bestPath.get(rib.paths.prefix.get(path)) === path;
}

/** Whether `wanted`, if there is one, stands at `at`. */
function hasAt(bytes: Uint8Array, at: number, end: number, wanted?: Uint8Array): boolean {
  if (wanted === undefined) return true;
  if (at + wanted.length > end) return false;
  return wanted.every((octet, index) => bytes[at + index] === octet);
}

/** Whether `wanted`, if there is one, is all that stands from `at` on. */
function endsAt(bytes: Uint8Array, at: number, end: number, wanted?: Uint8Array): boolean {
  return wanted === undefined || (at + wanted.length === end && hasAt(bytes, at, end, wanted));
}

function hasRouteTarget(rib: LocRib, path: number, wanted: Uint8Array): boolean {
  let found = false;
  rib.attributes.forEachRouteTarget(rib.paths.attributes.get(path), (bytes, at) => {
    found ||= hasAt(bytes, at, at + wanted.length, wanted);
  });
  return found;
}

function hasLabel(rib: LocRib, path: number, vni: number): boolean {
  const nlri = rib.paths.nlri.get(path);
  const bytes = rib.prefixes.nlris.bytes(nlri);
  const start = rib.prefixes.nlris.offset(nlri);
  const end = start + rib.paths.nlriLength.get(path);
  switch (bytes[start]) {
    case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY:
    case EVPN_ROUTE.IP_PREFIX:
      return readU24(bytes, end - LABEL) === vni;
    case EVPN_ROUTE.MAC_IP:
      // RD 8, ESI 10, tag 4, MAC length 1 and MAC 6 behind the header of 2, then bits and address.
      for (let at = start + 32 + (readU8(bytes, start + 31) >>> 3); at < end; at += LABEL) {
        if (readU24(bytes, at) === vni) return true;
      }
      return false;
    case EVPN_ROUTE.INCLUSIVE_MULTICAST:
      return tunnelLabel(rib, path) === vni;
    default:
      return false;
  }
}

/** The label of PMSI_TUNNEL (RFC 6514 section 5), or -1 without one. */
function tunnelLabel(rib: LocRib, path: number): number {
  const id = rib.paths.attributes.get(path);
  const bytes = rib.attributes.sets.bytes(id);
  const start = rib.attributes.attributesOffset(id);
  const end = start + rib.attributes.attributesLength(id);
  const at = findAttribute(bytes, start, end, ATTRIBUTE.PMSI_TUNNEL);
  return at < 0 ? -1 : readU24(bytes, valueOffset(bytes, at) + PMSI_LABEL_OFFSET);
}
