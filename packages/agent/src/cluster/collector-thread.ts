/**
 * The thread of one garbage collection: it reads all that is declared and given, which takes seconds where that is much,
 * and memory that is given back with the thread. Old history of a SQLite file is garbage as well. See collect-in-thread.ts.
 */
import { parentPort, workerData } from "node:worker_threads";
import { openStore, StoreError, trimHistory } from "@selvedge/datastore";
import { Collector } from "@selvedge/ipam";
import type { CollectionReply, CollectionRequest } from "./collect-in-thread.ts";

/** What its maker has passed, which is of this same program. */
const { location, grace, keepRevisions, goneSince, turn }: CollectionRequest = workerData;

async function collectOnce(): Promise<CollectionReply> {
  try {
    await using store = openStore(location);
    const collector = new Collector(store, { grace, goneSince, compare: [turn] });
    const collected = await collector.collect();
    if (location.kind === "sqlite") await trimHistory(store, keepRevisions);
    return { kind: "done", collected, goneSince: collector.goneSince };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, location: where, message } = error;
    return { kind: "failed", code, location: where, message };
  }
}

parentPort?.postMessage(await collectOnce());
