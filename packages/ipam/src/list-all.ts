/** All entries below a prefix, as of one revision. */

import type { Entry, Store } from "@selvedge/datastore";

/** Entries, and the revision that they show. */
export interface Listing {
  readonly entries: readonly Entry[];
  readonly revision: number;
}

/** Reads page after page, from the start again when a compaction overtakes it. May throw StoreError. */
export async function listAll(store: Store, prefix: string): Promise<Listing> {
  let entries: Entry[] = [];
  let position: { revision: number; after: string } | undefined;
  while (true) {
    const page = await store.list(prefix, { ...position });
    if (page.kind === "compacted") {
      entries = [];
      position = undefined;
      continue;
    }
    entries.push(...page.entries);
    const { revision, next } = page;
    if (next === undefined) return { entries, revision };
    position = { revision, after: next };
  }
}
