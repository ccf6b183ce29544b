export type { EtcdLocation, EtcdTls } from "./etcd/etcd-location.ts";
export { openEtcdStore } from "./etcd/etcd-store.ts";
export {
  type DatastoreLocation,
  type DeclaredEtcd,
  datastoreLocationSchema,
  formatDatastoreLocation,
  openStore,
  type ParsedLocation,
  parseDatastoreLocation,
} from "./location.ts";
export {
  type ApplyOutcome,
  type InvalidResource,
  type ResourceChanges,
  type ResourceSnapshot,
  ResourceStore,
  type StoredChange,
} from "./resource-store.ts";
export { openSqliteStore } from "./sqlite/sqlite-store.ts";
export type {
  Change,
  CommitOutcome,
  Comparison,
  Entry,
  ListOptions,
  Page,
  Store,
  Transaction,
  WatchEvent,
  Write,
} from "./store.ts";
export { StoreError, type StoreErrorCode } from "./store-error.ts";
