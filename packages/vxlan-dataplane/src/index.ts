/**
 * Makes the kernel of one host equal to the desired state of its VRFs: network namespaces, VXLAN
 * devices, endpoints, remote routes over next-hop objects.
 */
export type { ApplyBudget } from "./budget.ts";
export { Dataplane } from "./dataplane.ts";
export type { ApplyReport, DataplaneOptions, GuardOptions } from "./dataplane-options.ts";
export type { VxlanDevice } from "./device-plan.ts";
export type { EndpointState } from "./endpoint-wiring.ts";
export { DataplaneError, type DataplaneErrorCode, type DataplaneSubject } from "./errors.ts";
export type { UnderlayDrops } from "./guard/underlay-guard.ts";
export {
  type BridgeDomainIntent,
  type EndpointIntent,
  overlayMtu,
  type RemoteNextHop,
  type RemoteRoute,
  type VrfIntent,
} from "./intent.ts";
export type {
  FilteringNamespace,
  Kernel,
  KernelNamespace,
  PacketFilter,
  RouteWriter,
  VethPair,
} from "./kernel.ts";
export type { DataplaneLog } from "./log.ts";
export {
  endpointMac,
  hostInterfaceName,
  nextHopGateway,
  nextHopId,
  ROUTE_METRIC,
  ROUTE_PROTOCOL,
} from "./ownership.ts";
export type { RouteCounts } from "./route-table.ts";
export type {
  EndpointStatus,
  FailureStatus,
  RemoteMacStatus,
  UnderlayGuardStatus,
  VrfStatus,
} from "./status.ts";
