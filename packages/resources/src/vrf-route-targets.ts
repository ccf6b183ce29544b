/** Route targets of a VRF on a host: those declared, or the automatic one. */

import { type Asn, autoRouteTarget, type RouteTarget } from "@selvedge/net";
import type { Vrf } from "./vrf.ts";

/** Route targets whose routes the VRF takes. Empty only for a VRF that was not admitted and declares none. */
export function importRouteTargets(vrf: Vrf, asn: Asn): RouteTarget[] {
  return vrf.spec.routeTargets?.import ?? automatic(vrf, asn);
}

/** Route targets that the VRF's routes carry. Empty only for a VRF that was not admitted and declares none. */
export function exportRouteTargets(vrf: Vrf, asn: Asn): RouteTarget[] {
  return vrf.spec.routeTargets?.export ?? automatic(vrf, asn);
}

function automatic(vrf: Vrf, asn: Asn): RouteTarget[] {
  return vrf.spec.l3vni === undefined ? [] : [autoRouteTarget(asn, vrf.spec.l3vni)];
}
