export type { EtcdLocation, EtcdTls } from "./etcd/etcd-location.ts";
export { openEtcdStore, openSqliteStore } from "./guarded-engines.ts";
export {
  type DatastoreLocation,
  type DeclaredEtcd,
  datastoreLocationSchema,
  formatDatastoreLocation,
  openStore,
  type ParsedLocation,
  parseDatastoreLocation,
} from "./location.ts";
export type { Abandoned } from "./migration/abandon.ts";
export {
  abandonDatastoreMigration,
  type DatastoreMove,
  migrateDatastore,
  planDatastoreMigration,
} from "./migration/datastore-migration.ts";
export type { GuardedStore } from "./migration/guarded-store.ts";
export type { Contents } from "./migration/mark.ts";
export type { MigrationOutcome, MigrationPlan, MigrationStep } from "./migration/migrate.ts";
export { MigrationError, type MigrationErrorCode } from "./migration/migration-error.ts";
export {
  type ResourceChanges,
  type ResourceSnapshot,
  ResourceStore,
  type StoredChange,
} from "./resource-store.ts";
export type {
  ApplyOptions,
  ApplyOutcome,
  Companion,
  Companionship,
  Precondition,
  Review,
} from "./resources/apply-changes.ts";
export type { LoggedChanges, LoggedEvent } from "./resources/event-log.ts";
export {
  type CachedState,
  ResourceCache,
  type ResourceCacheOptions,
} from "./resources/resource-cache.ts";
export type { Concern, InvalidResource } from "./resources/stored-resource.ts";
export type {
  Change,
  CommitOutcome,
  Comparison,
  Entry,
  Lease,
  ListOptions,
  Page,
  Store,
  Transaction,
  WatchEvent,
  Write,
} from "./store.ts";
export { StoreError, type StoreErrorCode } from "./store-error.ts";
export { answerFromThread, askThread } from "./store-thread.ts";
export {
  type Compaction,
  type CompactionOptions,
  compactDatastore,
  type Freed,
} from "./upkeep/compact-datastore.ts";
export {
  type DatastoreStatus,
  type EngineStatus,
  type MigrationState,
  readDatastoreStatus,
} from "./upkeep/datastore-status.ts";
export type { EtcdMember } from "./upkeep/etcd-members.ts";
export type { SqliteFile } from "./upkeep/sqlite-file.ts";
export type { StoredKeys } from "./upkeep/stored-keys.ts";
export { trimHistory } from "./upkeep/trim-history.ts";
