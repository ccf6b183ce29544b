/** A fresh datastore for one measurement: a SQLite file, or an etcd server of its own. Both go when it is over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdServer } from "../../packages/datastore/test/etcd/etcd-server.ts";

/** The engines that can be measured. */
export const ENGINES = ["sqlite", "etcd"] as const;
export type Engine = (typeof ENGINES)[number];

/** Below it are all keys of a benchmark on etcd. */
export const ETCD_PREFIX = "/bench/";

/** Where the datastore is, and how to restart it where that can be. */
export interface Datastore {
  /** As `openDatastore` and `parseDatastoreLocation` take it. */
  readonly location: string;
  /** The same as the configuration of an agent says it. */
  readonly declared:
    | { readonly sqlite: string }
    | { readonly etcd: { readonly endpoints: readonly string[]; readonly prefix: string } };
  readonly restart?: () => Promise<void>;
}

/** Runs `work` on a fresh datastore. */
export async function withDatastore<T>(
  engine: Engine,
  work: (datastore: Datastore) => Promise<T>,
): Promise<T> {
  return engine === "etcd" ? withEtcd(work) : withSqlite(work);
}

async function withEtcd<T>(work: (datastore: Datastore) => Promise<T>): Promise<T> {
  const server = await EtcdServer.start();
  const { endpoint } = server;
  const restart = async (): Promise<void> => {
    await server.kill();
    await server.start();
  };
  try {
    return await work({
      location: `etcd://${endpoint}${ETCD_PREFIX}`,
      declared: { etcd: { endpoints: [endpoint], prefix: ETCD_PREFIX } },
      restart,
    });
  } finally {
    await server.remove();
  }
}

async function withSqlite<T>(work: (datastore: Datastore) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-bench-datastore-"));
  const location = join(directory, "store.db");
  try {
    return await work({ location, declared: { sqlite: location } });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
