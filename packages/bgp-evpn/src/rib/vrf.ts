/**
 * What the RIB is told of a VRF, the routes it originates for one, and what it tells about the
 * routes that a VRF imports.
 */
import type {
  IpAddress,
  IpPrefix,
  MacAddress,
  RouteDistinguisher,
  RouteTarget,
  Vni,
} from "@selvedge/net";
import type { ImportTargets } from "./import-targets.ts";

/** A VRF as the RIB sees it: a name, a distinguisher, and what is imported and exported. */
export interface RibVrf extends ImportTargets {
  readonly name: string;
  /** Unique among the VRFs of a RIB: two VRFs with one distinguisher would share NLRIs. */
  readonly rd: RouteDistinguisher;
  readonly exportRouteTargets: readonly RouteTarget[];
  /**
   * The VRF's own L3VNI, which stands for a received label of zero: FRR's `default-originate`
   * sends one. Without it such a route is not imported.
   */
  readonly vni?: Vni;
  /**
   * Router's MAC of this VRF here. Routes that carry it are not imported: they are our own, or would lead back here.
   */
  readonly routerMac?: MacAddress;
  /**
   * Names of the MAC-VRFs that this VRF routes for. In them the gateways and segments of received prefixes are looked
   * up (RFC 9136 sections 4.1 to 4.3); a gateway that is in none of them, among the host routes of the VRF.
   */
  readonly macVrfs?: readonly string[];
  /** How many next hops that are equal in cost an imported route has at most; 1 or more, all when absent. */
  readonly maximumPaths?: number;
}

/** A prefix that this speaker originates as EVPN route type 5, interface-less (RFC 9136 4.4.1). */
export interface Type5Route {
  readonly prefix: IpPrefix;
  /** L3VNI, carried in the label field. */
  readonly vni: Vni;
  /** Own VTEP address. */
  readonly nextHop: IpAddress;
  readonly routerMac: MacAddress;
}

/** Where traffic for an imported prefix goes: into VXLAN `vni` to `vtep`, inner MAC `routerMac`. */
export interface VrfNextHop {
  readonly vtep: IpAddress;
  /** Of a prefix with a gateway in a MAC-VRF: the MAC of the gateway, and `vni` is that of the MAC-VRF. */
  readonly routerMac: MacAddress;
  readonly vni: Vni;
}

/** One change of a VRF's imported routes. Next hops are ordered and equal in cost. */
export type VrfRouteChange =
  | {
      readonly kind: "reachable";
      readonly prefix: IpPrefix;
      readonly nextHops: readonly VrfNextHop[];
    }
  | { readonly kind: "unreachable"; readonly prefix: IpPrefix };

/** Receives the changes of one VRF in batches. */
export type VrfRoutesListener = (vrf: string, changes: readonly VrfRouteChange[]) => void;
