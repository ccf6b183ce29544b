/** The engines as programs open them: with each commit guarded against a datastore that has moved (migration/). */
import { describeEtcd, type EtcdLocation } from "./etcd/etcd-location.ts";
import { type EtcdStoreOptions, openEtcdEngine } from "./etcd/etcd-store.ts";
import { type GuardedStore, guardStore } from "./migration/guarded-store.ts";
import { openSqliteEngine, type SqliteStoreOptions } from "./sqlite/sqlite-store.ts";

/** Opens the datastore in the SQLite file `path`, which is created if missing. @throws StoreError */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): GuardedStore {
  return guardStore(openSqliteEngine(path, options), path);
}

/** Opens the datastore in an etcd. No member need answer yet: the first call says so. */
export function openEtcdStore(
  location: EtcdLocation,
  options: EtcdStoreOptions = {},
): GuardedStore {
  return guardStore(openEtcdEngine(location, options), describeEtcd(location));
}
