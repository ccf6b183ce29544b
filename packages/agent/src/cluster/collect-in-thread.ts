/** One garbage collection in a thread of its own, so that it delays no keepalive of the agent. */
import { askThread, type Comparison, type DatastoreLocation } from "@selvedge/datastore";
import type { GoneSince } from "@selvedge/ipam";
import type { Collection } from "./garbage-collection.ts";

export interface CollectionRequest {
  readonly location: DatastoreLocation;
  /** Milliseconds that something must have been gone. */
  readonly grace: number;
  /** Revisions of history that a SQLite datastore keeps; etcd compacts by itself. */
  readonly keepRevisions: number;
  readonly goneSince: GoneSince;
  /** Without it nothing is taken back. */
  readonly turn: Comparison;
}

/** In the sources, or in what is built of them. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";

/**
 * Breaks the collection off when `signal` aborts, between two of its transactions.
 * @throws StoreError as the thread did, or (closed) when it was broken off.
 */
export function collectInThread(
  request: CollectionRequest,
  signal: AbortSignal,
): Promise<Collection> {
  const module = new URL(`./collector-thread.${EXTENSION}`, import.meta.url);
  return askThread<Collection>(module, request, signal);
}
