/** One garbage collection in a thread of its own, so that it delays no keepalive of the agent. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import {
  type Comparison,
  type DatastoreLocation,
  StoreError,
  type StoreErrorCode,
} from "@selvedge/datastore";
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

/** What the thread answers. */
export type CollectionReply =
  | ({ readonly kind: "done" } & Collection)
  | {
      readonly kind: "failed";
      readonly code: StoreErrorCode;
      readonly location: string;
      readonly message: string;
    };

/** In the sources, or in what is built of them. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";

/**
 * Breaks the collection off when `signal` aborts, between two of its transactions.
 * @throws StoreError as the thread did, or (closed) when it was broken off.
 */
export async function collectInThread(
  request: CollectionRequest,
  signal: AbortSignal,
): Promise<Collection> {
  const url = new URL(`./collector-thread.${EXTENSION}`, import.meta.url);
  const worker = new Worker(url, { workerData: request });
  // Node ends a thread without a word where it must.
  const ended = once(worker, "exit").then((): CollectionReply[] => []);
  // A failure is that of the first of the two.
  ended.catch(() => undefined);
  const answered: Promise<CollectionReply[]> = once(worker, "message", { signal });
  try {
    const [reply] = await Promise.race([answered, ended]);
    if (reply?.kind === "done") return reply;
    if (reply === undefined) throw new Error("the thread has ended without an answer");
    throw new StoreError(reply.code, reply.location, reply.message);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new StoreError("closed", "", "the collection was broken off", { cause });
  } finally {
    await worker.terminate();
  }
}
