/** Addresses of subnets: blocks with host affinity, taken by compare-and-swap. */

export { type AddressRange, parseAddressRange } from "./address-range.ts";
export type { Allocation, Block } from "./block.ts";
export { type CheckInput, check, type HostAddress, type OwnerExists } from "./check.ts";
export {
  type Collected,
  Collector,
  type CollectorOptions,
  DEFAULT_GRACE,
  type GoneSince,
} from "./collector.ts";
export { endpointCompanion } from "./endpoint-companion.ts";
export { type Finding, findingMessage } from "./finding.ts";
export {
  type AddressUse,
  DEFAULT_COOL_DOWN,
  Ipam,
  type IpamOptions,
  type Unwanted,
  type Wanted,
} from "./ipam.ts";
export { IpamError, type Refusal } from "./ipam-error.ts";
export { LIVENESS, livenessKey } from "./liveness.ts";
export {
  encodeObservation,
  type Observation,
  type Observations,
  observationKey,
  readObservations,
  type VrfAddresses,
} from "./observation.ts";
export { DEFAULT_BLOCK_LENGTH, type Pool, poolFamilies, poolName } from "./pool.ts";
export { poolOfSubnet } from "./pool-of-subnet.ts";
export { type Repair, type RepairOptions, repair } from "./repair.ts";
export { type BlockReport, type PoolReport, type UsageReport, usageReport } from "./report.ts";
export type { PoolId } from "./store-key.ts";
export {
  allocationsOf,
  type PlacedAllocation,
  readStoredPools,
  type StoredPool,
  type StoredPools,
  type UnreadableEntry,
} from "./stored-pools.ts";
export {
  type BlockCandidate,
  type FreeAddress,
  LEAST_RECENTLY_RELEASED,
  LOWEST_FREE,
  randomFree,
  type Strategy,
} from "./strategy.ts";
export type { BlockUsage, FamilyUsage } from "./usage.ts";
