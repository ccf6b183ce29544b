export {
  type AccessConfig,
  AUDIT_FILE,
  type AuditConfig,
  accessConfigSchema,
  openAuditLog,
} from "./access/access-config.ts";
export { AuditError, type AuditLog } from "./access/audit-log.ts";
export { formatGrants, type Grant, grantOfGroup } from "./access/identity.ts";
export type { GuardOptions, TlsConfig, TlsServerOptions } from "./access/server-guard.ts";
export { TlsListenerError } from "./access/tls-listener.ts";
export { hashToken, makeToken, type TokenRecord } from "./access/token.ts";
export { changeTokenFile, readTokenFile, TokenFileError } from "./access/token-file.ts";
export { ApiClient, type ApiClientOptions } from "./client.ts";
export { type AgentStatus, agentStatusSchema, type PartHealth } from "./documents/agent-status.ts";
export type { AppliedResult } from "./documents/apply-result.ts";
export {
  type AttachRequest,
  type AttachResponse,
  attachRequestSchema,
  attachResponseSchema,
} from "./documents/attachment.ts";
export type {
  BgpClearRequest,
  BgpClearResponse,
} from "./documents/bgp-clear.ts";
export {
  type BgpMembershipsDocument,
  bgpMembershipsSchema,
} from "./documents/bgp-memberships.ts";
export {
  type BgpNeighborDocument,
  type BgpNeighborsDocument,
  bgpNeighborsSchema,
} from "./documents/bgp-neighbors.ts";
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
export type { EvpnPageRange, EvpnRouteQuery } from "./documents/evpn-route-query.ts";
export {
  type EvpnPathDocument,
  type EvpnRouteDocument,
  type EvpnRoutePage,
  type EvpnRoutesDocument,
  evpnRoutePageSchema,
} from "./documents/evpn-routes.ts";
export type { FailureDocument, FailureReason } from "./documents/failure.ts";
export type {
  AddressDocument,
  AddressListDocument,
  BlockDocument,
  BlockListDocument,
  FindingDocument,
  FindingListDocument,
  IpamSelection,
  PoolDocument,
  PoolListDocument,
} from "./documents/ipam.ts";
export { type MacDocument, type MacListDocument, macListSchema } from "./documents/mac-list.ts";
export type { StatusCause, StatusDetails, StatusDocument } from "./documents/status.ts";
export type { ListMetadata, TableColumn, TableDocument, TableRow } from "./documents/table.ts";
export {
  type VrfListDocument,
  type VrfStatusDocument,
  vrfListSchema,
} from "./documents/vrf-status.ts";
export {
  type VtepListDocument,
  type VtepStatusDocument,
  vtepListSchema,
} from "./documents/vtep-status.ts";
export { RefusedError, type UnreachableCode, UnreachableError } from "./errors.ts";
export { IpamClient } from "./ipam-api/ipam-client.ts";
export type { IpamAnswer, IpamQuestion, IpamService } from "./ipam-api/ipam-question.ts";
export { IpamThread } from "./ipam-api/ipam-thread.ts";
export type { AgentOperations, RouteDirection } from "./operations.ts";
export { ageText } from "./resource-api/age.ts";
export { ResourceAccess } from "./resource-api/resource-access.ts";
export { registerResourceApi } from "./resource-api/resource-api.ts";
export type {
  AppliedChange,
  Identity,
  ResourceApiOptions,
  ResourceView,
  WriteVerb,
} from "./resource-api/resource-options.ts";
export {
  socketTransport,
  type TlsOptions,
  urlTransport,
} from "./resource-client/http-transport.ts";
export { injectTransport } from "./resource-client/inject-transport.ts";
export { LocalApi } from "./resource-client/local-api.ts";
export { ResourceRefusedError } from "./resource-client/refused-error.ts";
export type {
  AppliedResource,
  DeleteOptions,
  ListOptions,
  PatchType,
  ResourceList,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./resource-client/request-options.ts";
export type { ClientOptions } from "./resource-client/requester.ts";
export { ResourceClient } from "./resource-client/resource-client.ts";
export type { ResourceName, ResourceSelection } from "./resource-client/resource-path.ts";
export {
  type Transport,
  TransportError,
  type TransportErrorCode,
  type TransportRequest,
  type TransportResponse,
} from "./resource-client/transport.ts";
export { type ResourceServerOptions, serveResources } from "./resource-server.ts";
export { type ApiServerOptions, serveApi } from "./server.ts";
export { type ApiServer, isSocketAlive } from "./socket-server.ts";
