/** What a bridged subnet with endpoints on this host asks of the dataplane and of BGP. */
import { autoRouteDistinguisher, type RouteDistinguisher, type RouteTarget } from "@selvedge/net";
import { type Host, type Subnet, subnetRouteTarget } from "@selvedge/resources";
import type { BridgeDomainIntent as DataplaneBridgeDomain } from "@selvedge/vxlan-dataplane";

/** What the dataplane is told, and what BGP is told of it as a MAC-VRF (RFC 7432). */
export interface BridgeDomainIntent extends DataplaneBridgeDomain {
  readonly rd: RouteDistinguisher;
  /** That its routes carry and that it imports. */
  readonly routeTarget: RouteTarget;
}

/** `undefined` for a routed subnet, and while it has not been admitted with its identifiers. Pure. */
export function bridgeDomainIntent(self: Host, subnet: Subnet): BridgeDomainIntent | undefined {
  const { spec, status, metadata } = subnet;
  const routeTarget = subnetRouteTarget(subnet, self.spec.asn);
  if (routeTarget === undefined || spec.vni === undefined || status === undefined) {
    return undefined;
  }
  return {
    name: `${metadata.namespace}/${metadata.name}`,
    l2vni: spec.vni,
    prefixes: spec.cidrs.toSorted(),
    gateways: (spec.gateway ?? []).toSorted(),
    flooding: spec.flooding ?? "head-end-replication",
    rd: autoRouteDistinguisher(self.spec.routerId, status.id),
    routeTarget,
  };
}
