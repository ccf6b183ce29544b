/**
 * MAC-VRF report: what follows from the NLRIs that a MAC-VRF imports, told when it has become another.
 *
 * Rows are looked at in slices; only the change objects of what is told are allocated.
 */

import { ATTRIBUTE } from "../wire/attribute/attribute-type.ts";
import { ESI_LENGTH } from "../wire/evpn/esi.ts";
import { readU24 } from "../wire/octets.ts";
import { findAttribute, valueOffset } from "./attribute-walk.ts";
import { areZero } from "./byte-spans.ts";
import { HopList } from "./hop-list.ts";
import { InternedStates } from "./interned-states.ts";
import type { LocRib } from "./loc-rib.ts";
import {
  compareMacPaths,
  isDefaultGateway,
  isSameMove,
  isSticky,
  macSequence,
} from "./mac-order.ts";
import type { RibMacVrf } from "./mac-vrf.ts";
import {
  MAC_FLAG,
  type MacVrfChange,
  type MacVrfListener,
  macChange,
  neighbourChange,
  vtepChange,
} from "./mac-vrf-change.ts";
import { type MacVrfTable, ROW } from "./mac-vrf-table.ts";
import { ESI_AT, MAC_AT, MAC_LENGTH, macIpLabel } from "./nlri-fields.ts";
import { compareNlris } from "./nlri-order.ts";
import { LOCAL_PEER } from "./peer-table.ts";
import { SegmentReach } from "./segment-reach.ts";

/** Rows looked at in one go at most. */
const BATCH = 4096;
/** An extended community by type and sub-type. */
const ARP_ND = 0x0608;

/** Called when a neighbour or a segment of any MAC-VRF may have become another: its IP address or ESI is at `at`. */
export type ResolverChange = (bytes: Uint8Array, at: number, length: number) => void;

/** A MAC-VRF that imports. */
export interface ImportingMacVrf {
  /** Never used again, so that a MAC-VRF that is made anew starts empty. */
  readonly number: number;
  config: RibMacVrf;
  /** The octets of its VTEP address. */
  vtep: Uint8Array;
}

/** Tells what MAC-VRFs import. */
export class MacVrfReport {
  readonly #rib: LocRib;
  readonly #table: MacVrfTable;
  readonly #macVrfs: ReadonlyMap<number, ImportingMacVrf>;
  readonly #listener: MacVrfListener;
  readonly #onResolver: ResolverChange;
  readonly #states = new InternedStates();
  readonly #reach: SegmentReach;
  readonly #hops = new HopList();
  readonly #batch = new Int32Array(BATCH);
  /** Paths that announce the MAC at hand in the same place as the best of them. */
  readonly #places: number[] = [];

  constructor(
    rib: LocRib,
    table: MacVrfTable,
    macVrfs: ReadonlyMap<number, ImportingMacVrf>,
    listener: MacVrfListener,
    onResolver: ResolverChange,
  ) {
    this.#rib = rib;
    this.#table = table;
    this.#macVrfs = macVrfs;
    this.#listener = listener;
    this.#onResolver = onResolver;
    this.#reach = new SegmentReach(rib, table);
  }

  /** Looks at changed rows, at most about `limit`; returns how many. */
  report(limit: number): number {
    const count = this.#table.changes.take(this.#batch, limit);
    const changes = new Map<string, MacVrfChange[]>();
    for (let i = 0; i < count; i++) this.#reportRow(this.#batch[i] ?? 0, changes);
    for (const [macVrf, batch] of changes) this.#listener(macVrf, batch);
    return count;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#states.memory;
  }

  /** The remote path of type 2 that counts for a row `neighbour`; 0 when there is none, or it is a local one. */
  neighbourPath(row: number): number {
    const best = this.#best(row);
    return best === 0 || this.#isLocal(best) || this.#isGatewayHere(row, best) ? 0 : best;
  }

  /** Adds to `paths` those of type 1 per EVPN instance of a row `segment` whose router has announced the segment. */
  instancePaths(row: number, paths: number[]): void {
    this.#reach.instancePaths(row, paths);
  }

  #reportRow(row: number, changes: Map<string, MacVrfChange[]>): void {
    const table = this.#table;
    const macVrf = this.#macVrfs.get(table.macVrfOf(row));
    if (macVrf !== undefined) {
      if (table.hasQueuedEntry(row, this.#rib.prefixes.queued)) return;
      if (table.kindOf(row) === ROW.SEGMENT) this.#requeueMacs(row);
      else this.#reportTo(macVrf, row, changes);
    }
    this.#tellResolver(row);
    if (table.firstEntry.get(row) !== 0) return;
    this.#states.release(table.state.get(row));
    table.remove(row);
  }

  #reportTo(macVrf: ImportingMacVrf, row: number, changes: Map<string, MacVrfChange[]>): void {
    const before = this.#table.state.get(row);
    const after = this.#selectState(macVrf, row);
    this.#table.state.set(row, after);
    this.#states.release(before);
    if (before === after) return;
    const batch = changes.get(macVrf.config.name) ?? [];
    changes.set(macVrf.config.name, batch);
    batch.push(this.#change(row, after));
  }

  #tellResolver(row: number): void {
    const table = this.#table;
    const kind = table.kindOf(row);
    if (kind !== ROW.NEIGHBOUR && kind !== ROW.SEGMENT) return;
    this.#onResolver(table.idBytes(row), table.idOffset(row), table.idLength(row));
  }

  #selectState(macVrf: ImportingMacVrf, row: number): number {
    switch (this.#table.kindOf(row)) {
      case ROW.MAC:
        return this.#selectMac(macVrf, row);
      case ROW.NEIGHBOUR:
        return this.#selectNeighbour(row);
      case ROW.VTEP:
        return this.#selectVtep(macVrf, row);
      default:
        return 0;
    }
  }

  #change(row: number, state: number): MacVrfChange {
    const table = this.#table;
    const id = table.idBytes(row);
    const at = table.idOffset(row);
    const value = state === 0 ? NOTHING : this.#states.view(state);
    switch (table.kindOf(row)) {
      case ROW.MAC:
        return macChange(id, at, value);
      case ROW.NEIGHBOUR:
        return neighbourChange(id, at, table.idLength(row), value);
      default:
        return vtepChange(id, at, table.idLength(row), value);
    }
  }

  #selectMac(macVrf: ImportingMacVrf, row: number): number {
    const best = this.#best(row);
    if (best === 0 || this.#isAttachedHere(row, best)) return 0;
    this.#findPlaces(row, best);
    this.#hops.clear();
    this.#collectHops(macVrf, best);
    if (this.#hops.size === 0) return 0;
    this.#states.u8(
      (isSticky(this.#rib, best) ? MAC_FLAG.STICKY : 0) |
        (isDefaultGateway(this.#rib, best) ? MAC_FLAG.DEFAULT_GATEWAY : 0),
    );
    this.#states.u32(macSequence(this.#rib, best));
    this.#states.octets(this.#rib.nlriBytes(best), this.#rib.nlriOffset(best) + ESI_AT, ESI_LENGTH);
    this.#hops.writeTo(this.#states);
    return this.#states.finish();
  }

  #collectHops(macVrf: ImportingMacVrf, best: number): void {
    const bytes = this.#rib.nlriBytes(best);
    const offset = this.#rib.nlriOffset(best);
    const { number, config } = macVrf;
    if (isDefaultGateway(this.#rib, best)) {
      for (const path of this.#places) this.#addHop(config, path);
      return;
    }
    if (areZero(bytes, offset + ESI_AT, ESI_LENGTH)) {
      this.#addHop(config, best);
      return;
    }
    const segment = this.#table.find(number, ROW.SEGMENT, bytes, offset + ESI_AT, ESI_LENGTH);
    this.#reach.collect(segment, this.#places, config.vni, this.#hops);
  }

  #addHop({ vni }: RibMacVrf, path: number): void {
    const { attributes, paths } = this.#rib;
    const label = macIpLabel(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path));
    this.#hops.add(attributes, paths.attributes.get(path), label === 0 ? vni : label);
  }

  #selectNeighbour(row: number): number {
    const { attributes, paths } = this.#rib;
    const best = this.neighbourPath(row);
    if (best === 0) return 0;
    const set = paths.attributes.get(best);
    const at = attributes.communityOffset(set, ARP_ND);
    this.#states.u8(at === 0 ? 0 : (attributes.sets.bytes(set)[at + 2] ?? 0));
    this.#states.octets(this.#rib.nlriBytes(best), this.#rib.nlriOffset(best) + MAC_AT, MAC_LENGTH);
    return this.#states.finish();
  }

  /** Several distinguishers with one VTEP should have one VNI; if not, the lowest is taken. */
  #selectVtep(macVrf: ImportingMacVrf, row: number): number {
    const table = this.#table;
    let vni = 0;
    for (let entry = table.firstEntry.get(row); entry !== 0; entry = table.nextOfRow.get(entry)) {
      const path = this.#rib.prefixes.bestPath.get(table.entryPrefix.get(entry));
      const label = this.#tunnelLabel(path) || macVrf.config.vni;
      if (vni === 0 || label < vni) vni = label;
    }
    if (vni === 0) return 0;
    this.#states.u24(vni);
    return this.#states.finish();
  }

  #tunnelLabel(path: number): number {
    const { attributes, paths } = this.#rib;
    const set = paths.attributes.get(path);
    const bytes = attributes.sets.bytes(set);
    const start = attributes.attributesOffset(set);
    const end = start + attributes.attributesLength(set);
    const tunnel = findAttribute(bytes, start, end, ATTRIBUTE.PMSI_TUNNEL);
    return readU24(bytes, valueOffset(bytes, tunnel) + 2);
  }

  /** The path of a row's NLRIs that counts; 0 without entries. A local path before an equal one. */
  #best(row: number): number {
    const table = this.#table;
    let best = 0;
    for (let entry = table.firstEntry.get(row); entry !== 0; entry = table.nextOfRow.get(entry)) {
      const path = this.#rib.prefixes.bestPath.get(table.entryPrefix.get(entry));
      // Withdrawn, and still to be taken out.
      if (path === 0) continue;
      if (best === 0 || this.#compare(path, best) < 0) best = path;
    }
    return best;
  }

  /** Total: several routes of one router for a MAC go by their fields in order, so a route without ESI comes first. */
  #compare(a: number, b: number): number {
    return compareMacPaths(this.#rib, a, b) || compareNlris(this.#rib, a, b);
  }

  /**
   * The best place is here, or this is one of the gateways, or the MAC is behind a segment behind which it is announced
   * here, too.
   */
  #isAttachedHere(row: number, best: number): boolean {
    if (this.#isLocal(best) || this.#isGatewayHere(row, best)) return true;
    if (this.#hasZeroEsi(best)) return false;
    return this.#hasLocal(row, (path) => this.#hasSameEsi(path, best));
  }

  /** The best is a default gateway, and so is this router: it routes what is sent to that MAC, or asks for that IP. */
  #isGatewayHere(row: number, best: number): boolean {
    const isGateway = (path: number): boolean => isDefaultGateway(this.#rib, path);
    return isGateway(best) && this.#hasLocal(row, isGateway);
  }

  #hasLocal(row: number, matches: (path: number) => boolean): boolean {
    const table = this.#table;
    for (let entry = table.firstEntry.get(row); entry !== 0; entry = table.nextOfRow.get(entry)) {
      const path = this.#rib.prefixes.bestPath.get(table.entryPrefix.get(entry));
      if (path !== 0 && this.#isLocal(path) && matches(path)) return true;
    }
    return false;
  }

  /**
   * The paths that announce the MAC in the same place as the best one: behind the segment of that, with the same number,
   * or all default gateways. In order: of several of one router, the first gives the VNI.
   */
  #findPlaces(row: number, best: number): void {
    const table = this.#table;
    this.#places.length = 0;
    for (let entry = table.firstEntry.get(row); entry !== 0; entry = table.nextOfRow.get(entry)) {
      const path = this.#rib.prefixes.bestPath.get(table.entryPrefix.get(entry));
      if (path !== 0 && this.#isSamePlace(path, best)) this.#places.push(path);
    }
    if (this.#places.length > 1) this.#places.sort((a, b) => compareNlris(this.#rib, a, b));
  }

  #isSamePlace(path: number, best: number): boolean {
    if (isDefaultGateway(this.#rib, best)) return isDefaultGateway(this.#rib, path);
    return this.#hasSameEsi(path, best) && isSameMove(this.#rib, path, best);
  }

  /** The MACs behind a segment of which the auto-discovery routes have changed are looked at again. */
  #requeueMacs(segment: number): void {
    const table = this.#table;
    const macVrf = table.macVrfOf(segment);
    const id = table.idBytes(segment);
    const macs = table.find(macVrf, ROW.SEGMENT_MACS, id, table.idOffset(segment), ESI_LENGTH);
    if (macs === 0) return;
    for (let entry = table.firstEntry.get(macs); entry !== 0; entry = table.nextOfRow.get(entry)) {
      const path = this.#rib.prefixes.bestPath.get(table.entryPrefix.get(entry));
      // Withdrawn, and still to be taken out: its row is looked at then.
      if (path === 0) continue;
      const bytes = this.#rib.nlriBytes(path);
      const at = this.#rib.nlriOffset(path) + MAC_AT;
      const row = table.find(macVrf, ROW.MAC, bytes, at, MAC_LENGTH);
      if (row !== 0) table.changes.push(row);
    }
  }

  #isLocal(path: number): boolean {
    return this.#rib.paths.peer.get(path) === LOCAL_PEER;
  }

  #hasZeroEsi(path: number): boolean {
    return areZero(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path) + ESI_AT, ESI_LENGTH);
  }

  #hasSameEsi(a: number, b: number): boolean {
    const bytes = this.#rib.nlriBytes(a);
    const at = this.#rib.nlriOffset(a) + ESI_AT;
    const other = this.#rib.nlriBytes(b);
    const otherAt = this.#rib.nlriOffset(b) + ESI_AT;
    for (let i = 0; i < ESI_LENGTH; i++) if (bytes[at + i] !== other[otherAt + i]) return false;
    return true;
  }
}

const NOTHING = new Uint8Array(0);
