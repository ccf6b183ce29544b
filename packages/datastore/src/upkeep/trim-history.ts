/**
 * Forgets old history a little at a time, so that no writer waits for long: for programs that are there anyway, where
 * nobody else compacts. What is free in a SQLite file is used again; it does not shrink by this.
 */
import type { Store } from "../store.ts";
import { oldestRevision } from "./oldest-revision.ts";

/** Revisions of one transaction: some milliseconds, whatever was written. */
const STEP = 1000;

/** Keeps so many revisions before the latest; says how many it forgot. @throws StoreError */
export async function trimHistory(store: Store, keep: number): Promise<number> {
  const target = (await store.revision()) - keep;
  if (target <= 0) return 0;
  const begin = await oldestRevision(store);
  for (let next = begin + STEP; next < target; next += STEP) await store.compact(next);
  if (target > begin) await store.compact(target);
  return Math.max(0, target - begin);
}
