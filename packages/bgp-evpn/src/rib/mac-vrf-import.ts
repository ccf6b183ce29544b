/**
 * MAC-VRF import: which NLRIs contribute to which MAC-VRF (this file), and what it tells therefore (mac-vrf-report.ts).
 *
 * An NLRI of type 1, 2 or 3 is imported by the MAC-VRFs that import one of its route targets (RFC 7432 section 7.10),
 * if its best path is a remote one under VXLAN, with Ethernet tag 0, and not from the MAC-VRF's own VTEP address. A
 * local route of type 2 takes part in its own MAC-VRF, which is known by the distinguisher: while it is better than the
 * remote ones (mac-order.ts), these are not told.
 */
import { routeDistinguisherBytes, writeIp } from "@selvedge/net";
import { ATTRIBUTE } from "../wire/attribute/attribute-type.ts";
import { ESI_LENGTH } from "../wire/evpn/esi.ts";
import { EVPN_ROUTE } from "../wire/evpn/route-type.ts";
import { FACT } from "./attribute-table.ts";
import { attributeEnd, findAttribute, valueOffset } from "./attribute-walk.ts";
import { areZero } from "./byte-spans.ts";
import { Int32Column } from "./column.ts";
import { isHostAddress } from "./host-address.ts";
import { InternTable } from "./intern-table.ts";
import type { LocRib } from "./loc-rib.ts";
import type { RibMacVrf } from "./mac-vrf.ts";
import type { MacVrfListener } from "./mac-vrf-change.ts";
import { type ImportingMacVrf, MacVrfReport, type ResolverChange } from "./mac-vrf-report.ts";
import { MacVrfTable, ROW } from "./mac-vrf-table.ts";
import {
  ESI_AT,
  ethernetTag,
  MAC_AT,
  MAC_IP_BITS_AT,
  MAC_LENGTH,
  macIpAddressLength,
  multicastTag,
  RD_AT,
  RD_LENGTH,
} from "./nlri-fields.ts";
import { LOCAL_PEER } from "./peer-table.ts";
import { RouteTargetIndex } from "./route-target-index.ts";

const MAX_ETHERNET_TAG = 0xffffffff;
/** PMSI_TUNNEL: flags (1) | tunnel type (1) | label (3) | identifier (RFC 6514 section 5). */
const TUNNEL_IDENTIFIER_AT = 5;
const INGRESS_REPLICATION = 6;

/** What all MAC-VRFs import. */
export class MacVrfImport {
  readonly #rib: LocRib;
  readonly #report: MacVrfReport;
  readonly #byName = new Map<string, ImportingMacVrf>();
  readonly #byNumber = new Map<number, ImportingMacVrf>();
  readonly #targets = new RouteTargetIndex();
  /** The distinguishers of the MAC-VRFs, and whose they are. */
  readonly #distinguishers = new InternTable();
  readonly #ofDistinguisher = new Int32Column();
  readonly #table = new MacVrfTable();
  /** Head of the chain of entries of each NLRI, by prefix. */
  readonly #firstEntry = new Int32Column();
  #lastNumber = 0;
  /** The next prefix of the scan that follows a change of configuration; 0 when there is none. */
  #scan = 0;
  /** MAC-VRFs that shall import the NLRI at hand. */
  readonly #wanted: number[] = [];
  readonly #collect = (bytes: Uint8Array, at: number): void => {
    this.#targets.collect(bytes, at, this.#wanted);
  };

  constructor(rib: LocRib, listener: MacVrfListener, onResolver: ResolverChange) {
    this.#rib = rib;
    this.#report = new MacVrfReport(rib, this.#table, this.#byNumber, listener, onResolver);
  }

  /** The remote path of type 2 that counts for an IP address in a MAC-VRF; 0 when there is none. */
  neighbourPath(name: string, bytes: Uint8Array, at: number, length: number): number {
    const row = this.#find(name, ROW.NEIGHBOUR, bytes, at, length);
    return row === 0 ? 0 : this.#report.neighbourPath(row);
  }

  /** Adds to `paths` those of type 1 by which a segment is reached in a MAC-VRF. */
  segmentPaths(name: string, bytes: Uint8Array, at: number, paths: number[]): void {
    const row = this.#find(name, ROW.SEGMENT, bytes, at, ESI_LENGTH);
    if (row !== 0) this.#report.instancePaths(row, paths);
  }

  /** Adds a MAC-VRF or changes one. The table is looked through again by `scan`. */
  setMacVrf(config: RibMacVrf): void {
    const vtep = new Uint8Array(16);
    const octets = vtep.subarray(0, writeIp(config.vtep, vtep, 0));
    const known = this.#byName.get(config.name);
    if (known === undefined) {
      const macVrf = { number: ++this.#lastNumber, config, vtep: octets };
      this.#byName.set(config.name, macVrf);
      this.#byNumber.set(macVrf.number, macVrf);
      this.#index(macVrf);
    } else {
      this.#unindex(known);
      known.config = config;
      known.vtep = octets;
      this.#index(known);
    }
    this.#scan = 1;
  }

  /** Removes a MAC-VRF; nothing is reported of it any more. */
  removeMacVrf(name: string): void {
    const macVrf = this.#byName.get(name);
    if (macVrf === undefined) return;
    this.#unindex(macVrf);
    this.#byName.delete(name);
    this.#byNumber.delete(macVrf.number);
    this.#scan = 1;
  }

  /** Takes the entries of a prefix away and makes those that shall be; their rows are looked at again. */
  update(prefix: number): void {
    const table = this.#table;
    let entry = this.#firstEntry.get(prefix);
    if (entry === 0 && this.#byName.size === 0) return;
    while (entry !== 0) {
      const next = table.nextOfPrefix.get(entry);
      table.changes.push(table.entryRow.get(entry));
      table.unlink(entry);
      entry = next;
    }
    this.#firstEntry.set(prefix, 0);
    const path = this.#rib.prefixes.bestPath.get(prefix);
    if (path === 0) return;
    this.#findWanted(path);
    for (const macVrf of this.#wanted) this.#import(macVrf, prefix, path);
  }

  /** Whether a change of configuration has yet to be applied to a part of the table. */
  get isScanning(): boolean {
    return this.#scan !== 0;
  }

  /** Applies a change of configuration to about `limit` prefixes more; returns how many. */
  scan(limit: number): number {
    if (this.#scan === 0) return 0;
    const { highest } = this.#rib.prefixes;
    const start = this.#scan;
    const end = Math.min(start + limit, highest + 1);
    for (let prefix = start; prefix < end; prefix++) {
      if (this.#rib.prefixes.isLive(prefix)) this.update(prefix);
    }
    this.#scan = end > highest ? 0 : end;
    return end - start;
  }

  get hasChanges(): boolean {
    return this.#table.changes.size > 0;
  }

  /** Reports changes, at most about `limit`; returns how many rows were looked at. */
  report(limit: number): number {
    return this.#report.report(limit);
  }

  counts(): { readonly macVrfEntries: number } {
    return { macVrfEntries: this.#table.size };
  }

  /** Bytes held. */
  get memory(): number {
    return this.#table.memory + this.#firstEntry.memory + this.#report.memory;
  }

  #find(name: string, kind: number, bytes: Uint8Array, at: number, length: number): number {
    const macVrf = this.#byName.get(name);
    return macVrf === undefined ? 0 : this.#table.find(macVrf.number, kind, bytes, at, length);
  }

  #index({ config, number }: ImportingMacVrf): void {
    this.#targets.add(config, number);
    const rd = this.#distinguishers.intern(routeDistinguisherBytes(config.rd), 0, RD_LENGTH);
    this.#ofDistinguisher.set(rd, number);
  }

  #unindex({ config, number }: ImportingMacVrf): void {
    this.#targets.remove(config, number);
    const rd = this.#distinguishers.find(routeDistinguisherBytes(config.rd), 0, RD_LENGTH);
    if (rd !== 0) this.#distinguishers.remove(rd);
  }

  #findWanted(path: number): void {
    const { attributes, paths } = this.#rib;
    this.#wanted.length = 0;
    const bytes = this.#rib.nlriBytes(path);
    const offset = this.#rib.nlriOffset(path);
    if (!isOfBroadcastDomain(bytes, offset)) return;
    const set = paths.attributes.get(path);
    if (paths.peer.get(path) !== LOCAL_PEER) {
      if (!attributes.has(set, FACT.NOT_VXLAN)) attributes.forEachRouteTarget(set, this.#collect);
      return;
    }
    if (bytes[offset] !== EVPN_ROUTE.MAC_IP) return;
    const rd = this.#distinguishers.find(bytes, offset + RD_AT, RD_LENGTH);
    if (rd !== 0) this.#wanted.push(this.#ofDistinguisher.get(rd));
  }

  #import(macVrf: number, prefix: number, path: number): void {
    const { paths } = this.#rib;
    const vrf = this.#byNumber.get(macVrf);
    if (vrf === undefined) return;
    const isLocal = paths.peer.get(path) === LOCAL_PEER;
    if (!isLocal && this.#isFrom(vrf.vtep, path)) return;
    const bytes = this.#rib.nlriBytes(path);
    const offset = this.#rib.nlriOffset(path);
    switch (bytes[offset]) {
      case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY:
        this.#link(macVrf, ROW.SEGMENT, prefix, bytes, offset + ESI_AT, ESI_LENGTH);
        return;
      case EVPN_ROUTE.MAC_IP:
        this.#importMac(macVrf, prefix, bytes, offset);
        return;
      case EVPN_ROUTE.INCLUSIVE_MULTICAST:
        this.#importVtep(vrf, prefix, path);
        return;
    }
  }

  #importMac(macVrf: number, prefix: number, bytes: Uint8Array, offset: number): void {
    this.#link(macVrf, ROW.MAC, prefix, bytes, offset + MAC_AT, MAC_LENGTH);
    const ipLength = macIpAddressLength(bytes, offset);
    if (ipLength !== 0 && isHostAddress(bytes, offset + MAC_IP_BITS_AT + 1, ipLength)) {
      this.#link(macVrf, ROW.NEIGHBOUR, prefix, bytes, offset + MAC_IP_BITS_AT + 1, ipLength);
    }
    if (areZero(bytes, offset + ESI_AT, ESI_LENGTH)) return;
    this.#link(macVrf, ROW.SEGMENT_MACS, prefix, bytes, offset + ESI_AT, ESI_LENGTH);
  }

  /** The tunnel's end is not part of the key: it is read from the attribute (RFC 7432 section 11.2). */
  #importVtep(vrf: ImportingMacVrf, prefix: number, path: number): void {
    const { attributes, paths } = this.#rib;
    const set = paths.attributes.get(path);
    const bytes = attributes.sets.bytes(set);
    const start = attributes.attributesOffset(set);
    const end = start + attributes.attributesLength(set);
    const tunnel = findAttribute(bytes, start, end, ATTRIBUTE.PMSI_TUNNEL);
    if (tunnel < 0) return;
    const value = valueOffset(bytes, tunnel);
    const length = attributeEnd(bytes, tunnel) - value - TUNNEL_IDENTIFIER_AT;
    if (bytes[value + 1] !== INGRESS_REPLICATION || (length !== 4 && length !== 16)) return;
    const at = value + TUNNEL_IDENTIFIER_AT;
    if (!isHostAddress(bytes, at, length) || hasOctets(vrf.vtep, bytes, at, length)) return;
    this.#link(vrf.number, ROW.VTEP, prefix, bytes, at, length);
  }

  #link(
    macVrf: number,
    kind: number,
    prefix: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void {
    const row = this.#table.intern(macVrf, kind, bytes, at, length);
    this.#firstEntry.set(prefix, this.#table.link(row, prefix, this.#firstEntry.get(prefix)));
    this.#table.changes.push(row);
  }

  /** Whether the next hop of a path is this address: a route of our own, from before a restart perhaps. */
  #isFrom(vtep: Uint8Array, path: number): boolean {
    const { attributes, paths } = this.#rib;
    const set = paths.attributes.get(path);
    const at = attributes.nextHopOffset(set);
    return hasOctets(vtep, attributes.sets.bytes(set), at, attributes.nextHopLength(set));
  }
}

/** Of a type that MAC-VRFs import, with the Ethernet tag of a VLAN-based service, and a MAC of one interface. */
function isOfBroadcastDomain(bytes: Uint8Array, offset: number): boolean {
  switch (bytes[offset]) {
    case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY: {
      const tag = ethernetTag(bytes, offset);
      return tag === 0 || tag === MAX_ETHERNET_TAG;
    }
    case EVPN_ROUTE.MAC_IP:
      return (
        ethernetTag(bytes, offset) === 0 &&
        ((bytes[offset + MAC_AT] ?? 0) & 1) === 0 &&
        !areZero(bytes, offset + MAC_AT, MAC_LENGTH)
      );
    case EVPN_ROUTE.INCLUSIVE_MULTICAST:
      return multicastTag(bytes, offset) === 0;
    default:
      return false;
  }
}

function hasOctets(octets: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (octets.length !== length) return false;
  for (let i = 0; i < length; i++) if (octets[i] !== bytes[at + i]) return false;
  return true;
}
