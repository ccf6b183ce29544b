/** What an agent answers through the API; the server turns requests into these calls. */
import type { AgentStatus } from "./documents/agent-status.ts";
import type { AttachRequest, AttachResponse } from "./documents/attachment.ts";
import type { BgpSummaryDocument } from "./documents/bgp-summary.ts";
import type { EndpointListDocument } from "./documents/endpoint-status.ts";
import type { EvpnRoutesDocument } from "./documents/evpn-routes.ts";
import type { VrfListDocument } from "./documents/vrf-status.ts";

/** Which routes `show evpn routes` asks for; absent means all. */
export interface EvpnRouteQuery {
  readonly rd?: string;
  readonly routeType?: number;
}

/** Refusals are thrown as `RefusedError`; anything else thrown is reported as an internal error. */
export interface AgentOperations {
  status(): AgentStatus;
  bgpSummary(): BgpSummaryDocument;
  evpnRoutes(query: EvpnRouteQuery): EvpnRoutesDocument;
  vrfs(): VrfListDocument;
  endpoints(): EndpointListDocument;
  attach(request: AttachRequest): Promise<AttachResponse>;
  detach(endpoint: string): Promise<void>;
}
