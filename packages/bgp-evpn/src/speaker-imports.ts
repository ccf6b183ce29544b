/**
 * Who is told what VRFs and MAC-VRFs import. Changes are kept until the RIB has returned, so that a listener may call
 * the speaker.
 */

import type { MacVrfChange, MacVrfListener } from "./rib/mac-vrf-change.ts";
import type { VrfRouteChange, VrfRoutesListener } from "./rib/vrf.ts";

/** The listeners, and what they have yet to be told. */
export class ImportListeners {
  readonly vrf: Set<VrfRoutesListener> = new Set();
  readonly macVrf: Set<MacVrfListener> = new Set();
  #vrfChanges: { readonly vrf: string; readonly changes: readonly VrfRouteChange[] }[] = [];
  #macVrfChanges: { readonly macVrf: string; readonly changes: readonly MacVrfChange[] }[] = [];

  addVrf(vrf: string, changes: readonly VrfRouteChange[]): void {
    this.#vrfChanges.push({ vrf, changes });
  }

  addMacVrf(macVrf: string, changes: readonly MacVrfChange[]): void {
    this.#macVrfChanges.push({ macVrf, changes });
  }

  /** Whether there is something to tell. */
  get isDue(): boolean {
    return this.#vrfChanges.length > 0 || this.#macVrfChanges.length > 0;
  }

  /** Tells what has been added, as long as nobody has stopped the speaker. */
  tell(isStopped: () => boolean): void {
    const vrfChanges = this.#vrfChanges;
    const macVrfChanges = this.#macVrfChanges;
    this.#vrfChanges = [];
    this.#macVrfChanges = [];
    for (const { vrf, changes } of vrfChanges) {
      for (const listener of this.vrf) if (!isStopped()) listener(vrf, changes);
    }
    for (const { macVrf, changes } of macVrfChanges) {
      for (const listener of this.macVrf) if (!isStopped()) listener(macVrf, changes);
    }
  }
}
