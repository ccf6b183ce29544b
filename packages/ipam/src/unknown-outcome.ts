/**
 * A commit whose outcome nobody told: the connection to the datastore was lost meanwhile, so it may have happened, or
 * happen later.
 */

import { type Store, StoreError, type Transaction } from "@selvedge/datastore";
import { EMPTY_BLOCK, encodeBlock } from "./block.ts";

/** Is it the error of such a commit? */
export function isUnknownOutcome(error: unknown): boolean {
  return error instanceof StoreError && error.code === "unknown-outcome";
}

/**
 * Resolves once the transaction has happened or can never happen any more; which, the keys tell. It compares its first
 * key, a block, at a revision, so it is over when that key has another one. When it has not, the block is written as it
 * is, which gives it one. Throws StoreError where the datastore does not answer: then it is still open.
 */
export async function settle(store: Store, { compare: [first] }: Transaction): Promise<void> {
  while (first !== undefined) {
    const entry = await store.get(first.key);
    if ((entry?.modRevision ?? 0) !== first.modRevision) return;
    const value = entry?.value ?? encodeBlock(EMPTY_BLOCK);
    try {
      await store.commit({ compare: [first], writes: [{ kind: "put", key: first.key, value }] });
      return;
    } catch (error) {
      if (!isUnknownOutcome(error)) throw error;
    }
  }
}
