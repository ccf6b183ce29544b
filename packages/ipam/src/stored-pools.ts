/** Everything that the datastore holds of addresses, as of one revision. */

import type { Store } from "@selvedge/datastore";
import type { IpAddress, IpPrefix } from "@selvedge/net";
import { type Allocation, type Block, decodeBlock } from "./block.ts";
import type { Known } from "./draft.ts";
import { listAll } from "./list-all.ts";
import { decodeOwner } from "./owner-record.ts";
import { poolName } from "./pool.ts";
import { addressAt } from "./pool-layout.ts";
import { IPAM, type PoolId, parseBlockKey, parseOwnerKey } from "./store-key.ts";

/** What is stored of one pool. */
export interface StoredPool {
  readonly id: PoolId;
  readonly blocks: Map<IpPrefix, Known<Block>>;
  readonly owners: Map<string, Known<readonly IpAddress[]>>;
}

/** What cannot be read, and why. */
export interface UnreadableEntry {
  readonly key: string;
  readonly reason: string;
}

/** See the file's head. */
export interface StoredPools {
  /** By poolName. */
  readonly pools: ReadonlyMap<string, StoredPool>;
  readonly unreadable: readonly UnreadableEntry[];
}

/** Reads all of it. May throw StoreError. */
export async function readStoredPools(store: Store): Promise<StoredPools> {
  const pools = new Map<string, StoredPool>();
  const unreadable: UnreadableEntry[] = [];
  const poolOf = (id: PoolId): StoredPool => {
    const name = poolName(id);
    const pool = pools.get(name) ?? { id, blocks: new Map(), owners: new Map() };
    pools.set(name, pool);
    return pool;
  };
  const { entries } = await listAll(store, IPAM);
  for (const { key, value, modRevision } of entries) {
    const ofBlock = parseBlockKey(key);
    const ofOwner = parseOwnerKey(key);
    if (ofBlock !== undefined) {
      const decoded = decodeBlock(value);
      if (decoded.kind === "unreadable") unreadable.push({ key, reason: decoded.reason });
      else poolOf(ofBlock.pool).blocks.set(ofBlock.block, { value: decoded.block, modRevision });
    } else if (ofOwner !== undefined) {
      const addresses = decodeOwner(value);
      if (addresses === undefined) unreadable.push({ key, reason: "it is no list of addresses" });
      else poolOf(ofOwner.pool).owners.set(ofOwner.owner, { value: addresses, modRevision });
    } else {
      unreadable.push({ key, reason: "it is the key of no block and of no owner" });
    }
  }
  return { pools, unreadable };
}

/** An allocation and where it is. */
export interface PlacedAllocation extends Allocation {
  readonly block: IpPrefix;
  readonly address: IpAddress;
}

/** All allocations of a pool. */
export function* allocationsOf(pool: StoredPool): Generator<PlacedAllocation> {
  for (const [block, { value }] of pool.blocks) {
    for (const [ordinal, allocation] of value.allocations) {
      yield { ...allocation, block, address: addressAt(block, ordinal) };
    }
  }
}
