/**
 * The declared resources: schemas and types, manifests, keys, and admission. What is refused comes as issues that say
 * what, where, and what would be right.
 */

export { admit } from "./admission/admit.ts";
export type { Admission, Change, Write } from "./admission/change.ts";
export { ResourceIndex } from "./admission/resource-index.ts";
export { didYouMean } from "./did-you-mean.ts";
export type { Endpoint } from "./endpoint.ts";
export { type FieldPath, formatFieldPath, parseFieldPath } from "./field-path.ts";
export type { Host } from "./host.ts";
export { formatIssue, type Issue, type Position, withoutConflict } from "./issue.ts";
export { type Manifest, type ParsedManifests, parseManifests } from "./manifest.ts";
export { API_VERSION } from "./metadata.ts";
export {
  advanceObjectMetadata,
  isHeld,
  keepObjectMetadata,
  type NewMetadata,
  type ObjectMetadata,
  withMetadata,
} from "./object-metadata.ts";
export { type ParsedResource, parseResource } from "./parse-resource.ts";
export {
  findKind,
  type KeyParts,
  KIND_NAMES,
  KINDS,
  type KindRow,
  parseResourceKey,
  type Resource,
  type ResourceKey,
  type ResourceKind,
  type ResourceOf,
  resourceKey,
} from "./resource-kind.ts";
export { routerAddresses } from "./router-addresses.ts";
export type { Fault } from "./schema-fault.ts";
export type { Subnet } from "./subnet.ts";
export { subnetRouteTarget } from "./subnet-route-target.ts";
export type { Tenant } from "./tenant.ts";
export type { Vrf } from "./vrf.ts";
export { exportRouteTargets, importRouteTargets, importVnis } from "./vrf-route-targets.ts";
export type { ManifestSource } from "./yaml-source.ts";
