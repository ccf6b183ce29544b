/** Addresses of subnets: blocks with host affinity, taken by compare-and-swap. */

export { DEFAULT_BLOCK_LENGTH } from "./block-length.ts";
