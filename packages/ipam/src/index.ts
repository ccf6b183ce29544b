/** Addresses of subnets: blocks with host affinity, taken by compare-and-swap. */

export { type AddressRange, parseAddressRange } from "./address-range.ts";
export { DEFAULT_BLOCK_LENGTH, type Pool, poolName } from "./pool.ts";
