/** Keys of the datastore below "ipam/": one for each block, and one for each owner with addresses in a pool. */

import { type IpPrefix, isIpPrefix, prefixFamily } from "@selvedge/net";

/** What names a pool in keys; a Pool is one. */
export interface PoolId {
  readonly tenant: string;
  readonly subnet: string;
}

/** Where all of it is. */
export const IPAM = "ipam/";
const BLOCKS = "ipam/blocks/";
const OWNERS = "ipam/owners/";

/** Where the blocks of one pool are. */
export function blocksOf({ tenant, subnet }: PoolId): string {
  return `${BLOCKS}${tenant}/${subnet}/`;
}

/** "ipam/blocks/red/web/ipv4/10.1.0.0-26". */
export function blockKey(pool: PoolId, block: IpPrefix): string {
  return `${blocksOf(pool)}ipv${prefixFamily(block)}/${block.replace("/", "-")}`;
}

/** Where the owners of one pool are. */
export function ownersOf({ tenant, subnet }: PoolId): string {
  return `${OWNERS}${tenant}/${subnet}/`;
}

/** "ipam/owners/red/web/router-1". */
export function ownerKey(pool: PoolId, owner: string): string {
  return ownersOf(pool) + owner;
}

/** What a block's key says, or undefined when it is none. */
export function parseBlockKey(
  key: string,
): { readonly pool: PoolId; readonly block: IpPrefix } | undefined {
  if (!key.startsWith(BLOCKS)) return undefined;
  const [tenant = "", subnet = "", , name = ""] = key.slice(BLOCKS.length).split("/");
  const block = name.replace("-", "/");
  const pool = { tenant, subnet };
  return isIpPrefix(block) && blockKey(pool, block) === key ? { pool, block } : undefined;
}

/** What an owner's key says, or undefined when it is none. */
export function parseOwnerKey(
  key: string,
): { readonly pool: PoolId; readonly owner: string } | undefined {
  if (!key.startsWith(OWNERS)) return undefined;
  const [tenant = "", subnet = "", ...rest] = key.slice(OWNERS.length).split("/");
  const owner = rest.join("/");
  return owner === "" ? undefined : { pool: { tenant, subnet }, owner };
}
