/** Which policies apply to a neighbour: its own, the speaker's, or that of external neighbours without any. */

import type { RibPeer } from "./rib/peer.ts";
import { type RoutePolicy, refuseWithoutPolicy } from "./rib/policy.ts";
import type { NeighborSettings } from "./session/neighbor-options.ts";

/** What a speaker says of neighbours that say nothing themselves. */
export interface PolicyDefaults {
  readonly importPolicy: RoutePolicy | undefined;
  readonly exportPolicy: RoutePolicy | undefined;
  /** RFC 8212 section 3. */
  readonly ebgpRequiresPolicy: boolean;
}

/** The policies of a neighbour. */
export function policiesFor(
  { exportPolicy, importPolicy }: NeighborSettings,
  kind: RibPeer["kind"],
  defaults: PolicyDefaults,
): Pick<RibPeer, "importPolicy" | "exportPolicy"> {
  const isDenied = kind === "ebgp" && defaults.ebgpRequiresPolicy;
  const otherwise = isDenied ? refuseWithoutPolicy : undefined;
  return {
    importPolicy: importPolicy ?? defaults.importPolicy ?? otherwise,
    exportPolicy: exportPolicy ?? defaults.exportPolicy ?? otherwise,
  };
}
