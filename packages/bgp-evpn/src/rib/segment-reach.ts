/**
 * Who can be sent frames for a MAC behind an Ethernet segment: what its MAC/IP routes (type 2) and the auto-discovery
 * routes (type 1) of the segment say together.
 *
 *   - A VTEP counts only while its route for the segment as a whole is there. When that is withdrawn, all MACs of the
 *     segment lose the VTEP at once (mass withdrawal, RFC 7432 sections 8.2 and 9.2.2).
 *   - All-active: every VTEP with a route for the segment in this EVPN instance is used, also one that has not announced
 *     the MAC (aliasing, section 8.4).
 *   - Single-active: the VTEPs that have announced the MAC; when none of them is left, the only other one, if there is
 *     just one (backup path, section 8.4). A VTEP that says single-active makes the segment so.
 */

import type { HopList } from "./hop-list.ts";
import type { LocRib } from "./loc-rib.ts";
import { compareNextHops } from "./mac-mobility.ts";
import type { MacVrfTable } from "./mac-vrf-table.ts";
import { discoveryLabel, ethernetTag, macIpLabel } from "./nlri-fields.ts";
import { compareNlris } from "./nlri-order.ts";

const MAX_ETHERNET_TAG = 0xffffffff;
/** ESI label extended community (RFC 7432 section 7.5): type, sub-type, flags. */
const ESI_LABEL = 0x0601;
const SINGLE_ACTIVE = 1;

/** Collects next hops of MACs behind segments. */
export class SegmentReach {
  readonly #rib: LocRib;
  readonly #table: MacVrfTable;
  /** Paths of type 1 for the segment as a whole, and for this EVPN instance. */
  readonly #whole: number[] = [];
  readonly #instance: number[] = [];

  constructor(rib: LocRib, table: MacVrfTable) {
    this.#rib = rib;
    this.#table = table;
  }

  /**
   * Adds the next hops of a MAC to `hops`. `segment` is the row of its segment, 0 without any route of type 1; `places`
   * are the paths of type 2 that announce it there; `ownVni` stands for a label of zero.
   */
  collect(segment: number, places: readonly number[], ownVni: number, hops: HopList): void {
    this.#readSegment(segment);
    for (const path of places) {
      if (this.#isAlive(path)) this.#add(hops, path, this.#macLabel(path), ownVni);
    }
    const backup = this.#isSingleActive();
    if (backup && hops.size > 0) return;
    let others = 0;
    for (const path of this.#instance) if (this.#isAlive(path)) others++;
    if (backup && others !== 1) return;
    for (const path of this.#instance) {
      if (this.#isAlive(path)) this.#add(hops, path, this.#discoveryLabel(path), ownVni);
    }
  }

  /** Adds to `paths` those of type 1 for this EVPN instance whose router has announced the segment as a whole. */
  instancePaths(segment: number, paths: number[]): void {
    this.#readSegment(segment);
    for (const path of this.#instance) if (this.#isAlive(path)) paths.push(path);
  }

  #readSegment(segment: number): void {
    this.#whole.length = 0;
    this.#instance.length = 0;
    if (segment === 0) return;
    const { prefixes } = this.#rib;
    const table = this.#table;
    for (
      let entry = table.firstEntry.get(segment);
      entry !== 0;
      entry = table.nextOfRow.get(entry)
    ) {
      const path = prefixes.bestPath.get(table.entryPrefix.get(entry));
      // Withdrawn, and still to be taken out: the MACs are looked at again then.
      if (path === 0) continue;
      const tag = ethernetTag(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path));
      (tag === MAX_ETHERNET_TAG ? this.#whole : this.#instance).push(path);
    }
    // Of several of one router the first gives the VNI.
    if (this.#instance.length > 1) this.#instance.sort((a, b) => compareNlris(this.#rib, a, b));
  }

  /** Whether the router of a path has announced the segment as a whole. */
  #isAlive(path: number): boolean {
    for (const whole of this.#whole) {
      if (compareNextHops(this.#rib, whole, path) === 0) return true;
    }
    return false;
  }

  #isSingleActive(): boolean {
    const { attributes, paths } = this.#rib;
    for (const path of this.#whole) {
      const set = paths.attributes.get(path);
      const at = attributes.communityOffset(set, ESI_LABEL);
      if (at !== 0 && ((attributes.sets.bytes(set)[at + 2] ?? 0) & SINGLE_ACTIVE) !== 0)
        return true;
    }
    return false;
  }

  #add(hops: HopList, path: number, label: number, ownVni: number): void {
    const { attributes, paths } = this.#rib;
    hops.add(attributes, paths.attributes.get(path), label === 0 ? ownVni : label);
  }

  #macLabel(path: number): number {
    return macIpLabel(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path));
  }

  #discoveryLabel(path: number): number {
    return discoveryLabel(this.#rib.nlriBytes(path), this.#rib.nlriOffset(path));
  }
}
