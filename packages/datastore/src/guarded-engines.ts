/** The engines as programs open them: with each commit guarded against a datastore that has moved (migration/). */
import { describeEtcd, type EtcdLocation } from "./etcd/etcd-location.ts";
import { type EtcdStoreOptions, openEtcdEngine } from "./etcd/etcd-store.ts";
import { guardStore } from "./migration/guarded-store.ts";
import { openSqliteEngine, type SqliteStoreOptions } from "./sqlite/sqlite-store.ts";
import type { Store } from "./store.ts";

/** Opens the datastore in the SQLite file `path`, which is created if missing. @throws StoreError */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  return guardStore(openSqliteEngine(path, options), path);
}

/** Opens the datastore in an etcd. No member need answer yet: the first call says so. */
export function openEtcdStore(location: EtcdLocation, options: EtcdStoreOptions = {}): Store {
  return guardStore(openEtcdEngine(location, options), describeEtcd(location));
}
