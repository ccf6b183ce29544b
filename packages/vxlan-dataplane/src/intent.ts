/**
 * What the kernel of one host shall look like, in the words of the field: VRFs, the endpoints of this
 * host, the routes to other hosts. Plain values without identity; they are compared, never changed.
 *
 * Does not: say which kernel objects follow from it (see ownership.ts and the plan files).
 */
import { type IpAddress, type IpPrefix, ipFamily, type MacAddress, type Vni } from "@selvedge/net";

/** A VRF that exists on this host: a network namespace with one VXLAN device (symmetric IRB). */
export interface VrfIntent {
  /** Unique name, for example `red/main`. */
  readonly name: string;
  /** Name of its network namespace, for example `vrf.red.main`. */
  readonly namespace: string;
  /** The VNI that carries the VRF between hosts. */
  readonly l3vni: Vni;
  /** Address of this host's VTEP. */
  readonly vtep: IpAddress;
  /** MAC address of the VXLAN device; what this host advertises as its Router's MAC (RFC 9135). */
  readonly routerMac: MacAddress;
  /**
   * Addresses of this host alone within the VRF. ICMP errors are sent from them: from an address that
   * other hosts have as well, they would be dropped there as martians.
   */
  readonly routerAddresses: readonly IpAddress[];
  /** Gateway addresses of the subnets, the same on every host. */
  readonly gateways: readonly IpAddress[];
  /** Prefixes of the tenant; what is in them and has no route is answered with ICMP unreachable. */
  readonly aggregates: readonly IpPrefix[];
  /** MTU of the overlay in octets, see {@link overlayMtu}. */
  readonly mtu: number;
  /** Bridged subnets of the VRF. Default: none. */
  readonly bridgeDomains?: readonly BridgeDomainIntent[];
}

/** Whether some subnets are bridged. */
export function hasBridgeDomains({ bridgeDomains = [] }: VrfIntent): boolean {
  return bridgeDomains.length > 0;
}

/** The same for two intents of a VRF that have the same namespace and devices of the same names. */
export function placeOf({ namespace, l3vni, bridgeDomains = [] }: VrfIntent): string {
  const domains = bridgeDomains.map(({ name, l2vni }) => [name, l2vni]);
  return JSON.stringify([namespace, l3vni, domains.sort()]);
}

/**
 * A subnet whose endpoints share one broadcast domain over all hosts: a bridge with a VXLAN device as one
 * of its ports. What is on the other hosts comes from the control plane alone (MAC-VRF, RFC 7432).
 */
export interface BridgeDomainIntent {
  /** Unique name over all VRFs, for example `red/lan`. */
  readonly name: string;
  /** The VNI that carries its frames between hosts. */
  readonly l2vni: Vni;
  /** Prefixes of the subnet; each address of an endpoint is in one of them. */
  readonly prefixes: readonly IpPrefix[];
  /** Addresses of the bridge, the same on every host, each in one of the prefixes (anycast gateway, RFC 9135). */
  readonly gateways: readonly IpAddress[];
  /** Whether frames to everybody and to unknown MACs are sent to the other hosts. */
  readonly flooding: "head-end-replication" | "disabled";
}

/** A workload of this host: the far end of a veth pair in the workload's own network namespace. */
export interface EndpointIntent {
  /** Unique name over all VRFs, for example `red/web-1`. */
  readonly name: string;
  /** Name of its VRF. */
  readonly vrf: string;
  /** Name of the bridge domain of that VRF of which it is a port. Default: routed, on no common link. */
  readonly bridgeDomain?: string;
  readonly addresses: readonly IpAddress[];
  /** Default: derived from the name, see `endpointMac`. */
  readonly mac?: MacAddress;
  readonly workload: {
    /** Name in /run/netns, or a path such as `/proc/4711/ns/net`. */
    readonly namespace: string;
    /** Name of the interface in there, for example `eth0`. */
    readonly interface: string;
  };
}

/** A VTEP that leads to a prefix. */
export interface RemoteNextHop {
  /** Address of another host's VTEP, of the family of this host's. */
  readonly vtep: IpAddress;
  /** MAC address of the VRF's router there. */
  readonly routerMac: MacAddress;
}

/** A route to other hosts; several next hops share the load. */
export interface RemoteRoute {
  readonly prefix: IpPrefix;
  readonly nextHops: readonly RemoteNextHop[];
}

/** Octets that VXLAN adds: Ethernet 14, IPv4 20 or IPv6 40, UDP 8, VXLAN 8 (RFC 7348). */
const VXLAN_OVERHEAD = { 4: 50, 6: 70 } as const;

/**
 * The MTU of the overlay, in octets, over an underlay of the given MTU in which VTEPs have addresses of
 * the family of `vtep`. With a larger one the kernel would fragment the outer packets instead of telling
 * the workload.
 */
export function overlayMtu(underlayMtu: number, vtep: IpAddress): number {
  return underlayMtu - VXLAN_OVERHEAD[ipFamily(vtep)];
}
