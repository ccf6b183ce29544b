/**
 * Who is told what VRFs and MAC-VRFs import, and who is attached to Ethernet segments. Changes are kept until the RIB has returned, so that a listener may call
 * the speaker.
 */

import type { DfCandidate } from "./evpn/df-election.ts";
import type { MacVrfChange, MacVrfListener } from "./rib/mac-vrf-change.ts";
import type { SegmentRoutersListener } from "./rib/segment-routers.ts";
import type { VrfRouteChange, VrfRoutesListener } from "./rib/vrf.ts";
import type { EthernetSegmentId } from "./wire/evpn/esi.ts";

/** The listeners, and what they have yet to be told. */
export class ImportListeners {
  readonly vrf: Set<VrfRoutesListener> = new Set();
  readonly macVrf: Set<MacVrfListener> = new Set();
  readonly segment: Set<SegmentRoutersListener> = new Set();
  #vrfChanges: { readonly vrf: string; readonly changes: readonly VrfRouteChange[] }[] = [];
  #segments = new Map<EthernetSegmentId, readonly DfCandidate[]>();
  #macVrfChanges: { readonly macVrf: string; readonly changes: readonly MacVrfChange[] }[] = [];

  addVrf(vrf: string, changes: readonly VrfRouteChange[]): void {
    this.#vrfChanges.push({ vrf, changes });
  }

  addMacVrf(macVrf: string, changes: readonly MacVrfChange[]): void {
    this.#macVrfChanges.push({ macVrf, changes });
  }

  addSegment(esi: EthernetSegmentId, routers: readonly DfCandidate[]): void {
    this.#segments.set(esi, routers);
  }

  /** Whether there is something to tell. */
  get isDue(): boolean {
    return this.#vrfChanges.length > 0 || this.#macVrfChanges.length > 0 || this.#segments.size > 0;
  }

  /** Tells what has been added, as long as nobody has stopped the speaker. */
  tell(isStopped: () => boolean): void {
    const vrfChanges = this.#vrfChanges;
    const macVrfChanges = this.#macVrfChanges;
    this.#vrfChanges = [];
    this.#macVrfChanges = [];
    const segments = this.#segments;
    this.#segments = new Map();
    for (const { vrf, changes } of vrfChanges) {
      for (const listener of this.vrf) if (!isStopped()) listener(vrf, changes);
    }
    for (const { macVrf, changes } of macVrfChanges) {
      for (const listener of this.macVrf) if (!isStopped()) listener(macVrf, changes);
    }
    for (const [esi, routers] of segments) {
      for (const listener of this.segment) if (!isStopped()) listener(esi, routers);
    }
  }
}
