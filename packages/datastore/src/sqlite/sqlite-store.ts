/**
 * The engine for one machine: a SQLite file that several processes may share. A commit is one
 * `BEGIN IMMEDIATE` transaction with WAL and synchronous=FULL, so what was acknowledged survives
 * kill -9 and, as far as the disk honours fsync, a power cut.
 */
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { keepLease } from "../lease-keeper.ts";
import type {
  Change,
  CommitOutcome,
  Entry,
  Lease,
  ListOptions,
  Page,
  Store,
  Transaction,
  WatchEvent,
} from "../store.ts";
import { StoreError } from "../store-error.ts";
import { BUSY_TIMEOUT_MS, numberOf, openDatabase, textOf } from "./database.ts";
import { isBusy, makeStoreError, storeErrorOf } from "./sqlite-error.ts";
import { SqliteLeases } from "./sqlite-leases.ts";
import { prepareStatements, type Statements } from "./statements.ts";
import { WakeUp } from "./wake-up.ts";

const DEFAULT_PAGE = 1000;
/** Rows that a watch reads at once; a commit with more is still delivered whole. */
const WATCH_BATCH = 4096;
/** Milliseconds between two attempts to get the lock that another process holds. */
const BUSY_RETRY_MS = 5;
/** After every UTF-8 text that starts with the prefix. */
const HIGHEST = "\u{10ffff}";

/** Opens the SQLite file `path`, which is created if missing. @throws StoreError */
export function openSqliteEngine(path: string, options: SqliteStoreOptions = {}): Store {
  return new SqliteStore(path, options.now ?? Date.now);
}

export interface SqliteStoreOptions {
  /** Milliseconds since 1970, by which leases run out. Default: the clock of this machine. */
  readonly now?: () => number;
}

class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #leases: SqliteLeases;
  readonly #wakeUp: WakeUp;
  readonly #closed = new AbortController();
  readonly #inode: number;
  #dataVersion: number;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#database = openDatabase(path);
    this.#inode = statSync(path).ino;
    this.#statements = prepareStatements(this.#database);
    this.#leases = new SqliteLeases(this.#database, now);
    this.#dataVersion = this.#readDataVersion();
    this.#wakeUp = new WakeUp(() => this.#hasForeignCommit() || this.#endExpired());
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#patiently(() => {
      this.#endExpired();
      const row = this.#statements.get.get(key);
      return row === undefined ? undefined : entryOf(row);
    });
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Page> {
    return this.#patiently(() => {
      this.#endExpired();
      return this.#inRead(() => this.#page(prefix, options));
    });
  }

  async commit(transaction: Transaction): Promise<CommitOutcome> {
    const outcome = await this.#patiently(() => this.#inWrite(() => this.#write(transaction)));
    if (outcome.kind === "committed") this.#wakeUp.now();
    return outcome;
  }

  async *watch(
    prefix: string,
    fromRevision: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    let seen = fromRevision;
    while (!stop.aborted) {
      const { count } = this.#wakeUp;
      const event = await this.#patiently(() =>
        this.#inRead(() => this.#changesAfter(prefix, seen)),
      );
      if (event.kind === "compacted") {
        yield event;
        return;
      }
      const isNews = event.revision > seen;
      seen = event.revision;
      if (event.changes.length > 0) yield event;
      // The commit that came while the consumer was busy must not wait for the next one.
      if (!isNews) await this.#wakeUp.wait(count, stop);
    }
  }

  async revision(): Promise<number> {
    return this.#patiently(() => {
      this.#endExpired();
      return this.#meta("revision");
    });
  }

  async grantLease(ttlSeconds: number): Promise<Lease> {
    const id = randomUUID();
    const timeToLive = ttlSeconds * 1000;
    const askedAt = performance.now();
    const write = <T>(work: () => T): Promise<T> => this.#patiently(() => this.#inWrite(work));
    await write(() => this.#leases.grant(id, timeToLive));
    const calls = {
      renew: () => write(() => (this.#leases.renew(id, timeToLive) ? "kept" : "gone")),
      revoke: async () => {
        await write(() => this.#endLeases([id]));
        this.#wakeUp.now();
      },
    } as const;
    return keepLease({ id, timeToLive, askedAt, closed: this.#closed.signal, calls });
  }

  async compact(revision: number): Promise<void> {
    await this.#patiently(() =>
      this.#inWrite(() => {
        const target = Math.min(revision, this.#meta("revision"));
        if (target <= this.#meta("compact_revision")) return;
        this.#statements.forgetLog.run(target);
        this.#statements.setMeta.run(target, "compact_revision");
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#database.close();
  }

  #write({ compare, writes }: Transaction): CommitOutcome {
    this.#endLeases(this.#leases.expired());
    for (const { key, modRevision } of compare) {
      const row = this.#statements.get.get(key);
      if ((row === undefined ? 0 : numberOf(row, "mod_revision")) !== modRevision) {
        return { kind: "conflict", key };
      }
    }
    if (writes.length === 0) return { kind: "committed", revision: this.#meta("revision") };
    return { kind: "committed", revision: this.#record(writes) };
  }

  /** Writes a commit. Returns its revision. */
  #record(writes: Transaction["writes"]): number {
    const revision = this.#meta("revision") + 1;
    let position = 0;
    for (const write of writes) {
      if (write.kind === "put") {
        const lease = write.lease?.id;
        if (lease !== undefined && !this.#leases.has(lease)) {
          throw makeStoreError("lease-lost", this.#path);
        }
        this.#leases.attach(write.key, lease);
        this.#statements.put.run(write.key, write.value, revision);
        this.#statements.log.run(revision, position++, write.key, write.value);
      } else if (this.#statements.delete.run(write.key).changes > 0) {
        this.#leases.attach(write.key, undefined);
        this.#statements.log.run(revision, position++, write.key, null);
      }
    }
    this.#statements.setMeta.run(revision, "revision");
    return revision;
  }

  /** Deletes the keys of these leases, in a commit for each that has any. */
  #endLeases(leases: readonly string[]): void {
    for (const lease of leases) {
      const keys = this.#leases.end(lease);
      if (keys.length > 0) this.#record(keys.map((key) => ({ kind: "delete", key })));
    }
  }

  /**
   * Deletes what is under leases that have run out. Returns whether there was any. Readers do so too, and go on where
   * they cannot: the lock is another's, or the disk full.
   */
  #endExpired(): boolean {
    if (this.#leases.expired().length === 0) return false;
    try {
      this.#inWrite(() => this.#endLeases(this.#leases.expired()));
      this.#wakeUp.now();
      return true;
    } catch (error) {
      if (storeErrorOf(error, this.#path) instanceof StoreError) return false;
      throw error;
    }
  }

  #page(prefix: string, options: ListOptions): Page {
    const latest = this.#meta("revision");
    const revision = options.revision ?? latest;
    const compactRevision = this.#meta("compact_revision");
    if (revision < compactRevision) return { kind: "compacted", compactRevision };
    if (revision > latest) {
      throw new RangeError(`the datastore is at revision ${latest}, ${revision} is yet to come`);
    }
    const limit = options.limit ?? DEFAULT_PAGE;
    const after = options.after ?? "";
    const bounds = [prefix, prefix + HIGHEST, after] as const;
    const rows =
      revision === latest
        ? this.#statements.list.all(...bounds, limit + 1)
        : this.#statements.listAt.all(revision, ...bounds, limit + 1);
    const entries = rows.slice(0, limit).map(entryOf);
    const last = entries.at(-1);
    return {
      kind: "page",
      entries,
      revision,
      ...(rows.length > limit && last !== undefined ? { next: last.key } : {}),
    };
  }

  #changesAfter(prefix: string, seen: number): WatchEvent {
    const compactRevision = this.#meta("compact_revision");
    if (seen < compactRevision) return { kind: "compacted", compactRevision };
    let until = this.#meta("revision");
    const row = this.#statements.batchEnd.get(seen, WATCH_BATCH);
    if (row !== undefined) until = Math.max(numberOf(row, "revision"), seen + 1);
    const changes: Change[] = [];
    for (const change of this.#statements.changes.iterate(seen, until)) {
      const key = textOf(change, "key");
      if (!key.startsWith(prefix)) continue;
      const modRevision = numberOf(change, "revision");
      changes.push(
        change["value"] === null
          ? { kind: "delete", key, modRevision }
          : { kind: "put", entry: { key, value: textOf(change, "value"), modRevision } },
      );
    }
    return { kind: "changes", revision: until, changes };
  }

  #meta(name: "revision" | "compact_revision"): number {
    return numberOf(this.#statements.meta.get(name), "number");
  }

  #readDataVersion(): number {
    return numberOf(this.#statements.dataVersion.get(), "data_version");
  }

  #hasForeignCommit(): boolean {
    const version = this.#readDataVersion();
    const changed = version !== this.#dataVersion;
    this.#dataVersion = version;
    return changed;
  }

  /** One snapshot for several statements. */
  #inRead<T>(work: () => T): T {
    return this.#transact("BEGIN", work);
  }

  #inWrite<T>(work: () => T): T {
    this.#requireFile();
    return this.#transact("BEGIN IMMEDIATE", work);
  }

  /** What is written to a file that was removed or replaced would be lost, and no other process would see it. */
  #requireFile(): void {
    if (statSync(this.#path, { throwIfNoEntry: false })?.ino === this.#inode) return;
    throw makeStoreError("unavailable", this.#path);
  }

  #transact<T>(begin: string, work: () => T): T {
    this.#database.exec(begin);
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Does the work once it gets the lock. It waits for another process here, where the event loop goes on. */
  async #patiently<T>(work: () => T): Promise<T> {
    for (let waited = 0; ; waited += BUSY_RETRY_MS) {
      if (this.#closed.signal.aborted) throw makeStoreError("closed", this.#path);
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || waited >= BUSY_TIMEOUT_MS) throw storeErrorOf(error, this.#path);
      }
      await pause(BUSY_RETRY_MS);
    }
  }
}

function entryOf(row: Record<string, unknown>): Entry {
  return {
    key: textOf(row, "key"),
    value: textOf(row, "value"),
    modRevision: numberOf(row, "mod_revision"),
    ...(numberOf(row, "is_leased") === 0 ? {} : { isLeased: true }),
  };
}
