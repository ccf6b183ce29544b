/** A pool: the addresses of one subnet. Pools of two VRFs may have the same CIDRs and never meet. */

import { type IpAddress, type IpFamily, type IpPrefix, prefixFamily } from "@selvedge/net";
import type { AddressRange } from "./address-range.ts";

/** Prefix lengths of the blocks that a pool is cut into, by IP family: 64 addresses a block. */
export const DEFAULT_BLOCK_LENGTH: { readonly [Family in IpFamily]: number } = { 4: 26, 6: 122 };

/** A block is one value in the datastore, so it holds at most so many addresses. */
export const MAX_BLOCK_SIZE = 1024;

/** What a subnet says about its addresses. */
export interface Pool {
  readonly tenant: string;
  readonly subnet: string;
  readonly cidrs: readonly IpPrefix[];
  /** Never given to anybody. */
  readonly gateway: readonly IpAddress[];
  /** Given only to who asks for exactly this address. */
  readonly reserved: readonly AddressRange[];
  /** Never given to anybody. */
  readonly excluded: readonly AddressRange[];
  /** Fixed for the life of the pool: blocks of two lengths would overlap. */
  readonly blockLength: { readonly [Family in IpFamily]: number };
}

/** "red/web": what messages call a pool. */
export function poolName(pool: Pick<Pool, "tenant" | "subnet">): string {
  return `${pool.tenant}/${pool.subnet}`;
}

/** Families that the pool has addresses of, IPv4 first. */
export function poolFamilies(pool: Pool): readonly IpFamily[] {
  const has = (family: IpFamily) => pool.cidrs.some((cidr) => prefixFamily(cidr) === family);
  return ([4, 6] as const).filter(has);
}
