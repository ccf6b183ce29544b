/** The thread of one garbage collection. Old history of a SQLite file is garbage as well. See collect-in-thread.ts. */
import { workerData } from "node:worker_threads";
import { answerFromThread, openStore, trimHistory } from "@selvedge/datastore";
import { Collector } from "@selvedge/ipam";
import type { CollectionRequest } from "./collect-in-thread.ts";
import type { Collection } from "./garbage-collection.ts";

/** What its maker has passed, which is of this same program. */
const { location, grace, keepRevisions, goneSince, turn }: CollectionRequest = workerData;

async function collectOnce(): Promise<Collection> {
  await using store = openStore(location);
  const collector = new Collector(store, { grace, goneSince, compare: [turn] });
  const collected = await collector.collect();
  if (location.kind === "sqlite") await trimHistory(store, keepRevisions);
  return { collected, goneSince: collector.goneSince };
}

await answerFromThread(collectOnce);
