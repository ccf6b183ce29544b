/**
 * What a VRF or MAC-VRF imports: by route targets, and by VNIs whatever the AS is, as FRR's `route-target import *:VNI`
 * does in fabrics where every router has an AS of its own.
 */
import type { RouteTarget, Vni } from "@selvedge/net";

/** Which routes are imported. */
export interface ImportTargets {
  readonly importRouteTargets: readonly RouteTarget[];
  /**
   * Wildcards `*:VNI`: a route target counts whose number after the colon is that, whatever stands before it. Under route
   * target constraint (RFC 4684) the neighbours are asked for all routes, since a membership cannot say this.
   */
  readonly importVnis?: readonly Vni[];
}

/** Whether the same routes are imported. */
export function hasSameImports(a: ImportTargets, b: ImportTargets): boolean {
  return (
    areSame(a.importRouteTargets, b.importRouteTargets) &&
    areSame(a.importVnis ?? [], b.importVnis ?? [])
  );
}

function areSame<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  const items = new Set(a);
  return items.size === new Set(b).size && b.every((item) => items.has(item));
}
