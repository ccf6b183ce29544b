/**
 * A route as a policy sees it: getters that read NLRI and attributes where they lie.
 *
 * One object serves all routes of a RIB. Nothing is decoded before it is asked for; only `decode` and `nextHop`
 * allocate.
 *
 * RFC 7432 section 7, RFC 9136 section 3.
 */
import { type IpAddress, ipFromBytes } from "@selvedge/net";
import { ATTRIBUTE } from "../wire/attribute/attribute-type.ts";
import { decodeEvpnRoute, type EvpnRoute } from "../wire/evpn/nlri.ts";
import { EVPN_ROUTE, NLRI_HEADER_LENGTH } from "../wire/evpn/route-type.ts";
import { hex } from "../wire/hex.ts";
import { readU24, readU32 } from "../wire/octets.ts";
import { containsAs } from "./as-path.ts";
import { type AttributeTable, FACT } from "./attribute-table.ts";
import { attributeEnd, findAttribute, valueOffset } from "./attribute-walk.ts";
import type { RibPeer } from "./peer.ts";
import { isInsidePrefix, matches, type PrefixPattern, type RoutePattern } from "./route-pattern.ts";
import { type5AddressLength } from "./type5-overlay.ts";

const RD = NLRI_HEADER_LENGTH;
const ESI = RD + 8;
const TAG = ESI + 10;
const AFTER_TAG = TAG + 4;
const MAC = AFTER_TAG + 1;
const MAC_IP_BITS = MAC + 6;
const MAC_IP_ADDRESS = MAC_IP_BITS + 1;
const LABEL = 3;
const NONE = -1;
const NO_BYTES = new Uint8Array(0);

/** What a policy can ask of a route. */
export interface PolicyRoute {
  /** The session that the route comes from; undefined for a route of this speaker. */
  readonly peer: RibPeer | undefined;
  /** EVPN route type. */
  readonly routeType: number;
  /** First label field of types 1, 2 and 5: under VXLAN the VNI. -1 where there is none. */
  readonly label: number;
  /** Second label field of type 2: the VNI of the VRF. -1 where there is none. */
  readonly secondLabel: number;
  /** Of types 1, 2, 3 and 5; -1 where there is none. */
  readonly ethernetTag: number;
  /** Bits of the prefix of type 5, or of the address of type 2. -1 where there is none. */
  readonly prefixLength: number;
  /** LOCAL_PREF; 100 when absent. */
  readonly localPreference: number;
  /** MULTI_EXIT_DISC; 0 when absent. */
  readonly med: number;
  /** Hops of AS_PATH. */
  readonly asPathLength: number;
  /** The first AS of AS_PATH; 0 when it begins with none. */
  readonly neighbourAs: number;
  /** Sequence number of MAC mobility; 0 when absent. */
  readonly mobilitySequence: number;
  /** MAC mobility says that the MAC does not move. */
  readonly isStatic: boolean;
  hasRouteTarget(target: RoutePattern<"route-target">): boolean;
  hasCommunity(community: RoutePattern<"community">): boolean;
  /** Whether AS_PATH contains the AS. */
  hasAs(asn: number): boolean;
  hasDistinguisher(rd: RoutePattern<"rd">): boolean;
  /** Whether the next hop, the VTEP, is this address. */
  hasNextHop(address: RoutePattern<"address">): boolean;
  /** Whether the MAC of a route type 2 is this one. */
  hasMac(mac: RoutePattern<"mac">): boolean;
  /** Whether the prefix of type 5, or the address of type 2, is this prefix or a part of it. */
  isInside(prefix: PrefixPattern): boolean;
  /** The whole NLRI as a value. Allocates. */
  decode(): EvpnRoute;
  /** The next hop as a value. Allocates. */
  nextHop(): IpAddress;
}

/** The one view of a RIB. */
export class PolicyRouteView implements PolicyRoute {
  readonly #table: AttributeTable;
  #bytes: Uint8Array = NO_BYTES;
  #at = 0;
  #length = 0;
  #set = 0;
  peer: RibPeer | undefined;

  constructor(table: AttributeTable) {
    this.#table = table;
  }

  /** Shows the route whose NLRI is at `offset`, with attribute set `set`. */
  show(
    peer: RibPeer | undefined,
    bytes: Uint8Array,
    offset: number,
    length: number,
    set: number,
  ): void {
    this.peer = peer;
    this.#bytes = bytes;
    this.#at = offset;
    this.#length = length;
    this.#set = set;
  }

  /** Shows nothing, so that no buffer is held. */
  hide(): void {
    this.show(undefined, NO_BYTES, 0, 0, 0);
  }

  get routeType(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  get label(): number {
    switch (this.routeType) {
      case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY:
        return readU24(this.#bytes, this.#at + AFTER_TAG);
      case EVPN_ROUTE.MAC_IP:
        return readU24(this.#bytes, this.#macIpLabels);
      case EVPN_ROUTE.IP_PREFIX:
        return readU24(this.#bytes, this.#at + this.#length - LABEL);
      default:
        return NONE;
    }
  }

  get secondLabel(): number {
    if (this.routeType !== EVPN_ROUTE.MAC_IP) return NONE;
    const at = this.#macIpLabels + LABEL;
    return at < this.#at + this.#length ? readU24(this.#bytes, at) : NONE;
  }

  get ethernetTag(): number {
    switch (this.routeType) {
      case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY:
      case EVPN_ROUTE.MAC_IP:
      case EVPN_ROUTE.IP_PREFIX:
        return readU32(this.#bytes, this.#at + TAG);
      case EVPN_ROUTE.INCLUSIVE_MULTICAST:
        return readU32(this.#bytes, this.#at + ESI);
      default:
        return NONE;
    }
  }

  get prefixLength(): number {
    const bits = this.#addressBits;
    return this.routeType === EVPN_ROUTE.MAC_IP && bits === 0 ? NONE : bits;
  }

  get localPreference(): number {
    return this.#table.localPreference.get(this.#set);
  }

  get med(): number {
    return this.#table.med.get(this.#set);
  }

  get asPathLength(): number {
    return this.#table.asPathLength.get(this.#set);
  }

  get neighbourAs(): number {
    return this.#table.neighbourAs.get(this.#set);
  }

  get mobilitySequence(): number {
    return this.#table.mobilitySequence.get(this.#set);
  }

  get isStatic(): boolean {
    return this.#table.has(this.#set, FACT.STICKY);
  }

  hasRouteTarget(target: RoutePattern<"route-target">): boolean {
    return this.#hasElement(ATTRIBUTE.EXTENDED_COMMUNITIES, target);
  }

  hasCommunity(community: RoutePattern<"community">): boolean {
    return this.#hasElement(ATTRIBUTE.COMMUNITIES, community);
  }

  hasAs(asn: number): boolean {
    const bytes = this.#table.sets.bytes(this.#set);
    const at = this.#find(ATTRIBUTE.AS_PATH);
    if (at < 0) return false;
    const value = valueOffset(bytes, at);
    return containsAs(bytes, value, attributeEnd(bytes, at) - value, asn);
  }

  hasDistinguisher(rd: RoutePattern<"rd">): boolean {
    const { routeType } = this;
    const isKnown = routeType >= 1 && routeType <= EVPN_ROUTE.IP_PREFIX;
    return isKnown && matches(rd, this.#bytes, this.#at + RD);
  }

  hasNextHop(address: RoutePattern<"address">): boolean {
    const table = this.#table;
    if (table.nextHopLength(this.#set) !== address.bytes.length) return false;
    return matches(address, table.sets.bytes(this.#set), table.nextHopOffset(this.#set));
  }

  hasMac(mac: RoutePattern<"mac">): boolean {
    return this.routeType === EVPN_ROUTE.MAC_IP && matches(mac, this.#bytes, this.#at + MAC);
  }

  isInside(prefix: PrefixPattern): boolean {
    const isMacIp = this.routeType === EVPN_ROUTE.MAC_IP;
    const bits = this.prefixLength;
    if (bits === NONE) return false;
    const octets = isMacIp ? bits >>> 3 : type5AddressLength(this.#length);
    const at = this.#at + (isMacIp ? MAC_IP_ADDRESS : AFTER_TAG + 1);
    return isInsidePrefix(prefix, this.#bytes, at, octets, bits);
  }

  decode(): EvpnRoute {
    const { routeType } = this;
    const value = this.#bytes.subarray(this.#at + NLRI_HEADER_LENGTH, this.#at + this.#length);
    const route = decodeEvpnRoute(routeType, value);
    // The codec has refused what has not the length of its type.
    return typeof route === "string" ? { kind: "malformed", routeType, value: hex(value) } : route;
  }

  nextHop(): IpAddress {
    const table = this.#table;
    const family = table.nextHopLength(this.#set) === 4 ? 4 : 6;
    return ipFromBytes(table.sets.bytes(this.#set), table.nextHopOffset(this.#set), family);
  }

  get #macIpLabels(): number {
    return this.#at + MAC_IP_ADDRESS + (this.#addressBits >>> 3);
  }

  get #addressBits(): number {
    switch (this.routeType) {
      case EVPN_ROUTE.MAC_IP:
        return this.#bytes[this.#at + MAC_IP_BITS] ?? 0;
      case EVPN_ROUTE.IP_PREFIX:
        return this.#bytes[this.#at + AFTER_TAG] ?? 0;
      default:
        return NONE;
    }
  }

  #find(type: number): number {
    const table = this.#table;
    const start = table.attributesOffset(this.#set);
    const end = start + table.attributesLength(this.#set);
    return findAttribute(table.sets.bytes(this.#set), start, end, type);
  }

  /** Whether an attribute that is a list of elements of the pattern's length has this one. */
  #hasElement(type: number, element: RoutePattern<string>): boolean {
    const at = this.#find(type);
    if (at < 0) return false;
    const bytes = this.#table.sets.bytes(this.#set);
    const end = attributeEnd(bytes, at);
    for (let i = valueOffset(bytes, at); i < end; i += element.bytes.length) {
      if (matches(element, bytes, i)) return true;
    }
    return false;
  }
}
