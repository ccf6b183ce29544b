/** What a VRF with endpoints on this host asks of the dataplane and of BGP. */
import {
  autoRouteDistinguisher,
  macFromVtep,
  type RouteDistinguisher,
  type RouteTarget,
  type Vni,
} from "@selvedge/net";
import {
  exportRouteTargets,
  type Host,
  importRouteTargets,
  importVnis,
  routerAddresses,
  type Subnet,
  type Vrf,
} from "@selvedge/resources";
import type { VrfIntent as DataplaneVrf } from "@selvedge/vxlan-dataplane";
import { type BridgeDomainIntent, bridgeDomainIntent } from "./bridge-domain-intent.ts";

/** What the dataplane is told, but for the MTU that the kernel knows, and what BGP is told. */
export interface VrfIntent extends Omit<DataplaneVrf, "mtu"> {
  /** Bridged subnets with endpoints on this host. */
  readonly bridgeDomains: readonly BridgeDomainIntent[];
  readonly rd: RouteDistinguisher;
  readonly importRouteTargets: readonly RouteTarget[];
  /** Of wildcards `*:VNI`. */
  readonly importVnis: readonly Vni[];
  readonly exportRouteTargets: readonly RouteTarget[];
}

/** The resources that a VRF on a host follows from. */
export interface VrfIntentInput {
  readonly self: Host;
  readonly vrf: Vrf;
  readonly subnets: readonly Subnet[];
  /** Those of the subnets that have endpoints on the host. */
  readonly subnetsInUse: readonly Subnet[];
  readonly namespacePrefix: string;
}

/** `undefined` while the host is no VTEP or the VRF has not been admitted with its identifiers. */
export function vrfIntent(input: VrfIntentInput): VrfIntent | undefined {
  const { self, vrf, subnets, subnetsInUse } = input;
  const { vtep, asn, routerId } = self.spec;
  const { l3vni } = vrf.spec;
  const id = vrf.status?.id;
  if (vtep === undefined || l3vni === undefined || id === undefined) return undefined;
  const { namespace: tenant, name } = vrf.metadata;
  return {
    name: `${tenant}/${name}`,
    // Names of resources hold no dot, so the parts cannot run into each other.
    namespace: `${input.namespacePrefix}.${tenant}.${name}`,
    l3vni,
    vtep,
    routerMac: macFromVtep(vtep),
    routerAddresses: routerAddresses(self),
    gateways: subnets
      .filter(({ spec }) => spec.mode === "routed")
      .flatMap(({ spec }) => spec.gateway ?? [])
      .sort(),
    aggregates: subnets.flatMap((subnet) => subnet.spec.cidrs).sort(),
    bridgeDomains: subnetsInUse
      .flatMap((subnet) => bridgeDomainIntent(self, subnet) ?? [])
      .sort((a, b) => a.l2vni - b.l2vni),
    rd: autoRouteDistinguisher(routerId, id),
    importRouteTargets: importRouteTargets(vrf, asn),
    importVnis: importVnis(vrf),
    exportRouteTargets: exportRouteTargets(vrf, asn),
  };
}
