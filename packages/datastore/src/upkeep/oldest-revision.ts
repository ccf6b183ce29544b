/** Where the history of a store begins. */
import type { Store } from "../store.ts";

/** The first revision that history is told from; 0 where nothing has been compacted. @throws StoreError */
export async function oldestRevision(store: Store): Promise<number> {
  const page = await store.list("", { limit: 1, revision: Math.min(1, await store.revision()) });
  return page.kind === "compacted" ? page.compactRevision : 0;
}
