/**
 * What the RIB is told of a MAC-VRF and of Ethernet segments, and the MACs that it originates for one.
 *
 * One MAC-VRF is one broadcast domain (VLAN-based service, Ethernet tag 0, RFC 7432 section 6.1), carried by VXLAN with
 * a VNI in all 24 bits of the label fields (RFC 8365 section 5.1.3).
 */
import type { IpAddress, MacAddress, RouteDistinguisher, RouteTarget, Vni } from "@selvedge/net";
import type { ArpNdFlags, DfElection } from "../wire/attribute/extended-community.ts";
import type { EthernetSegmentId } from "../wire/evpn/esi.ts";
import type { ImportTargets } from "./import-targets.ts";

/** A MAC-VRF as the RIB sees it. */
export interface RibMacVrf extends ImportTargets {
  readonly name: string;
  /** Unique among the MAC-VRFs of a RIB: two with one distinguisher would share NLRIs. */
  readonly rd: RouteDistinguisher;
  readonly exportRouteTargets: readonly RouteTarget[];
  /** Unique among the MAC-VRFs of a RIB. */
  readonly vni: Vni;
  /** Own VTEP address: the next hop of the routes and the end of the ingress replication tunnel. */
  readonly vtep: IpAddress;
  /**
   * "ingress-replication" when absent: route type 3 asks the others for copies of what they flood. "none": nobody sends
   * any.
   */
  readonly flooding?: "ingress-replication" | "none";
  /** The VRF that routes for this broadcast domain (symmetric IRB, RFC 9135); absent: MACs without routing. */
  readonly l3vni?: L3Vni;
}

/** The VRF of a MAC-VRF, as its MAC/IP routes say. */
export interface L3Vni {
  /** The second label. */
  readonly vni: Vni;
  /** Under which the MAC/IP routes are imported as host routes. */
  readonly exportRouteTargets: readonly RouteTarget[];
  readonly routerMac: MacAddress;
}

/** A MAC, alone or with one IP address, that this speaker originates as route type 2. */
export interface MacIpEntry {
  readonly mac: MacAddress;
  readonly ip?: IpAddress;
  /** The segment behind which the MAC is; absent: a single-homed site. */
  readonly esi?: EthernetSegmentId;
  /** MAC mobility sequence number, see `localMac`; 0 when absent. */
  readonly sequence?: number;
  /** The MAC must not move (RFC 7432 section 15.2). */
  readonly sticky?: boolean;
  /** The MAC of a gateway of this broadcast domain (RFC 7432 section 10.1). */
  readonly defaultGateway?: boolean;
  /** What kind of host the IP address is (RFC 9047). */
  readonly arpNd?: ArpNdFlags;
}

/** A local Ethernet segment, originated as route types 4 and 1. */
export interface RibEthernetSegment {
  readonly esi: EthernetSegmentId;
  /** Of the routes for the segment as a whole: a distinguisher of this router that no MAC-VRF has. */
  readonly rd: RouteDistinguisher;
  /** Own VTEP address. */
  readonly vtep: IpAddress;
  /** Names of the MAC-VRFs that have a port on the segment; those that are not set are left out. */
  readonly macVrfs: readonly string[];
  /** Only the DF forwards unicast, too (RFC 7432 section 14.1.1); otherwise all routers do. */
  readonly singleActive?: boolean;
  /** What is asked for in the election of the DF; absent: the default algorithm. */
  readonly dfElection?: DfElection;
}
