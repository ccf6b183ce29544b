/** Route targets of a VRF on a host: those declared, or the automatic one. */

import { type Asn, autoRouteTarget, parseVni, type RouteTarget, type Vni } from "@selvedge/net";
import type { ImportTarget } from "./value-schema.ts";
import type { Vrf } from "./vrf.ts";

/**
 * Route targets whose routes the VRF takes, but for wildcards. Empty for a VRF that declares wildcards only, or that was
 * not admitted and declares none.
 */
export function importRouteTargets(vrf: Vrf, asn: Asn): RouteTarget[] {
  const declared: readonly ImportTarget[] | undefined = vrf.spec.routeTargets?.import;
  if (declared === undefined) return automatic(vrf, asn);
  return declared.flatMap((target) => (isWildcard(target) ? [] : [target]));
}

/** The VNIs of wildcards `*:VNI`: the VRF takes routes of any AS with them. */
export function importVnis(vrf: Vrf): Vni[] {
  const declared: readonly ImportTarget[] = vrf.spec.routeTargets?.import ?? [];
  return declared.filter(isWildcard).map((target) => parseVni(Number(target.slice(2))));
}

/** Route targets that the VRF's routes carry. Empty only for a VRF that was not admitted and declares none. */
export function exportRouteTargets(vrf: Vrf, asn: Asn): RouteTarget[] {
  return vrf.spec.routeTargets?.export ?? automatic(vrf, asn);
}

function automatic(vrf: Vrf, asn: Asn): RouteTarget[] {
  return vrf.spec.l3vni === undefined ? [] : [autoRouteTarget(asn, vrf.spec.l3vni)];
}

function isWildcard(target: ImportTarget): target is `*:${number}` {
  return target.startsWith("*:");
}
