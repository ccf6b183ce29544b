/** How a datastore is: where its revisions are, what it holds, how fast it answers, and how its engine is. */
import {
  type DatastoreLocation,
  formatDatastoreLocation,
  openEngine,
  openStore,
  readEtcdLocation,
} from "../location.ts";
import { type Mark, readMark, revisionsOf } from "../migration/mark.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { type EtcdMember, readEtcdMembers } from "./etcd-members.ts";
import { oldestRevision } from "./oldest-revision.ts";
import { checkSqliteFile, readSqliteFile, type SqliteFile } from "./sqlite-file.ts";
import { countStoredKeys, type StoredKeys } from "./stored-keys.ts";

const SAMPLES = 5;

export type EngineStatus =
  | ({ readonly kind: "sqlite"; readonly faults: readonly string[] } & SqliteFile)
  | { readonly kind: "etcd"; readonly members: readonly EtcdMember[] };

export interface DatastoreStatus {
  /** Holds no secret. */
  readonly location: string;
  readonly engine: EngineStatus;
  /** The latest, and the first one that history is told from, as programs see them. */
  readonly revision: number;
  readonly compactRevision: number;
  readonly keys: StoredKeys;
  /** Milliseconds, the median of a few. */
  readonly readLatency: number;
  /** Of a commit that changes nothing but the revision; where commits are refused, why. */
  readonly commitLatency: number | { readonly refused: string };
  /** What migrations have made of it; absent where there was none. */
  readonly migration?: MigrationState;
}

/** Of a source `to`, of a target `from`; `time` in ISO 8601. */
export interface MigrationState {
  readonly kind: Mark["kind"];
  readonly to?: string;
  readonly from?: string;
  readonly time?: string;
}

/** @throws StoreError, of which `unavailable` says that it cannot be reached */
export async function readDatastoreStatus(location: DatastoreLocation): Promise<DatastoreStatus> {
  await using engine = openEngine(location);
  const read = await readMark(engine, formatDatastoreLocation(location));
  const { offset, begin } = revisionsOf(read) ?? { offset: 0, begin: 0 };
  const revision = await engine.revision();
  const compacted = await oldestRevision(engine);
  await using store = openStore(location);
  return {
    location: formatDatastoreLocation(location),
    engine: await engineStatus(location),
    revision: revision + offset,
    compactRevision: compacted === 0 ? begin : Math.max(begin, compacted + offset),
    keys: await countStoredKeys(engine),
    readLatency: await medianOf(() => engine.get("generation")),
    commitLatency: await commitLatency(store),
    ...(read.mark === undefined ? {} : { migration: migrationState(read.mark) }),
  };
}

async function engineStatus(location: DatastoreLocation): Promise<EngineStatus> {
  if (location.kind === "sqlite") {
    const { path } = location;
    return { kind: "sqlite", ...readSqliteFile(path), faults: checkSqliteFile(path) };
  }
  return { kind: "etcd", members: await readEtcdMembers(readEtcdLocation(location)) };
}

async function commitLatency(store: Store): Promise<DatastoreStatus["commitLatency"]> {
  const writes = [{ kind: "delete", key: "status/probe" }] as const;
  try {
    return await medianOf(() => store.commit({ compare: [], writes }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { refused: error.message };
  }
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  while (samples.length < SAMPLES) {
    const start = performance.now();
    await work();
    samples.push(performance.now() - start);
  }
  return samples.sort((one, other) => one - other)[Math.floor(SAMPLES / 2)] ?? 0;
}

function migrationState(mark: Mark): MigrationState {
  const { kind } = mark;
  return {
    kind,
    ...("to" in mark ? { to: mark.to } : {}),
    ...("from" in mark ? { from: mark.from } : {}),
    ...("time" in mark ? { time: mark.time } : {}),
  };
}
