/** The route target of a bridged subnet on a host: the automatic one (RFC 8365, section 5.1.2.1). */

import { type Asn, autoRouteTarget, type RouteTarget } from "@selvedge/net";
import type { Subnet } from "./subnet.ts";

/** `undefined` for a routed subnet, and for one that was not admitted. */
export function subnetRouteTarget({ spec }: Subnet, asn: Asn): RouteTarget | undefined {
  return spec.mode === "bridged" && spec.vni !== undefined
    ? autoRouteTarget(asn, spec.vni)
    : undefined;
}
