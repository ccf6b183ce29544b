export { ApiClient, type ApiClientOptions } from "./client.ts";
export { type AgentStatus, agentStatusSchema, type PartHealth } from "./documents/agent-status.ts";
export {
  type AttachRequest,
  type AttachResponse,
  attachRequestSchema,
  attachResponseSchema,
} from "./documents/attachment.ts";
export {
  type BgpPeerSummary,
  type BgpSummaryDocument,
  bgpSummarySchema,
} from "./documents/bgp-summary.ts";
export {
  type EndpointListDocument,
  type EndpointStatusDocument,
  endpointListSchema,
} from "./documents/endpoint-status.ts";
export {
  type EvpnPathDocument,
  type EvpnRouteDocument,
  type EvpnRoutesDocument,
  evpnRoutesSchema,
} from "./documents/evpn-routes.ts";
export type { FailureDocument, FailureReason } from "./documents/failure.ts";
export {
  type VrfListDocument,
  type VrfStatusDocument,
  vrfListSchema,
} from "./documents/vrf-status.ts";
export { RefusedError, type UnreachableCode, UnreachableError } from "./errors.ts";
export type { AgentOperations, EvpnRouteQuery } from "./operations.ts";
export { type ApiServer, type ApiServerOptions, isSocketAlive, serveApi } from "./server.ts";
