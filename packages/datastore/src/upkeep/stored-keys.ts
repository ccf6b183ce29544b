/** How many keys a datastore has, and of what. */
import { allEntries, HistoryLost } from "../migration/copy.ts";
import type { Store } from "../store.ts";

export interface StoredKeys {
  readonly total: number;
  /** Of keys and values in UTF-8. */
  readonly octets: number;
  /** Those that go with a lease. */
  readonly leased: number;
  /** By the first two parts of the keys, such as `resources/endpoints` and `ipam/blocks`; in their order. */
  readonly areas: readonly { readonly area: string; readonly keys: number }[];
}

/** Counts everything as of one revision. @throws StoreError */
export async function countStoredKeys(store: Store): Promise<StoredKeys> {
  while (true) {
    try {
      return await countOnce(store);
    } catch (error) {
      if (!(error instanceof HistoryLost)) throw error;
    }
  }
}

async function countOnce(store: Store): Promise<StoredKeys> {
  const areas = new Map<string, number>();
  let [total, octets, leased] = [0, 0, 0];
  for await (const { key, value, isLeased } of allEntries(store)) {
    const area = areaOf(key);
    areas.set(area, (areas.get(area) ?? 0) + 1);
    total += 1;
    octets += Buffer.byteLength(key) + Buffer.byteLength(value);
    if (isLeased) leased += 1;
  }
  return { total, octets, leased, areas: [...areas].map(([area, keys]) => ({ area, keys })) };
}

/** "resources/endpoints/red/web-1" is of "resources/endpoints"; a key by itself is an area. */
function areaOf(key: string): string {
  return key.split("/").slice(0, -1).slice(0, 2).join("/") || key;
}
