/** What an agent answers through the API; the server turns requests into these calls. */
import type { IpAddress } from "@selvedge/net";
import type { AgentStatus } from "./documents/agent-status.ts";
import type { AttachRequest, AttachResponse } from "./documents/attachment.ts";
import type { BgpClearRequest, BgpClearResponse } from "./documents/bgp-clear.ts";
import type { BgpMembershipsDocument } from "./documents/bgp-memberships.ts";
import type { BgpNeighborsDocument } from "./documents/bgp-neighbors.ts";
import type { BgpSummaryDocument } from "./documents/bgp-summary.ts";
import type { EndpointListDocument } from "./documents/endpoint-status.ts";
import type { EvpnPageRange, EvpnRouteQuery } from "./documents/evpn-route-query.ts";
import type { EvpnRoutePage } from "./documents/evpn-routes.ts";
import type { MacListDocument } from "./documents/mac-list.ts";
import type { VrfListDocument } from "./documents/vrf-status.ts";
import type { VtepListDocument } from "./documents/vtep-status.ts";

/** Routes held from a neighbour, or those that it has been told. */
export type RouteDirection = "received" | "advertised";

/** Refusals are thrown as `RefusedError`; anything else thrown is reported as an internal error. */
export interface AgentOperations {
  status(): AgentStatus;
  bgpSummary(): BgpSummaryDocument;
  /** All neighbours, or one. */
  bgpNeighbors(address?: IpAddress): BgpNeighborsDocument;
  /** Route target memberships, those of this host among them. */
  bgpMemberships(): BgpMembershipsDocument;
  clearBgp(request: BgpClearRequest): BgpClearResponse;
  evpnRoutes(query: EvpnRouteQuery, range: EvpnPageRange): EvpnRoutePage;
  neighborRoutes(
    address: IpAddress,
    direction: RouteDirection,
    query: EvpnRouteQuery,
    range: EvpnPageRange,
  ): EvpnRoutePage;
  vrfs(): VrfListDocument;
  vteps(): VtepListDocument;
  macs(): MacListDocument;
  endpoints(): EndpointListDocument;
  attach(request: AttachRequest): Promise<AttachResponse>;
  /** The endpoint may be declared for another host still: it is wired as soon as it is declared for this one. */
  attachAhead(request: AttachRequest): Promise<void>;
  detach(endpoint: string): Promise<void>;
}
