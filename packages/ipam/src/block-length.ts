/** Why a pool cannot be cut into blocks of another length: those that it has would overlap with new ones. */

import type { Store } from "@selvedge/datastore";
import { prefixFamily, prefixLength } from "@selvedge/net";
import { listAll } from "./list-all.ts";
import { type Pool, poolName } from "./pool.ts";
import { blocksOf, parseBlockKey } from "./store-key.ts";

/** What stands against the pool's block lengths, or undefined. May throw StoreError. */
export async function blockLengthFault(store: Store, pool: Pool): Promise<string | undefined> {
  const { entries } = await listAll(store, blocksOf(pool));
  const others = entries.flatMap(({ key }) => {
    const block = parseBlockKey(key)?.block;
    if (block === undefined) return [];
    return prefixLength(block) === pool.blockLength[prefixFamily(block)] ? [] : [block];
  });
  const [first] = others;
  if (first === undefined) return undefined;
  const more = others.length === 1 ? "" : ` and ${others.length - 1} more`;
  return `subnet ${poolName(pool)} has blocks of another length: ${first}${more}; keep the length, or make another subnet`;
}
