/** The file of a SQLite datastore: how large it is, whether it is whole, and giving back what it does not need. */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { BUSY_TIMEOUT_MS, numberOf, textOf } from "../sqlite/database.ts";
import { storeErrorOf } from "../sqlite/sqlite-error.ts";

export interface SqliteFile {
  /** Of SQLite itself. */
  readonly version: string;
  /** Octets of the file, those of them that are free, and those of its write-ahead log. */
  readonly size: number;
  readonly free: number;
  readonly log: number;
}

/** @throws StoreError */
export function readSqliteFile(path: string): SqliteFile {
  return withDatabase(path, true, (database) => {
    const pageSize = numberOf(database.prepare("PRAGMA page_size").get(), "page_size");
    const free = numberOf(database.prepare("PRAGMA freelist_count").get(), "freelist_count");
    const version = database.prepare("SELECT sqlite_version() AS version").get() ?? {};
    return {
      version: textOf(version, "version"),
      size: sizeOf(path),
      free: free * pageSize,
      log: sizeOf(`${path}-wal`),
    };
  });
}

/** What SQLite finds wrong with the file; nothing when it is whole. @throws StoreError */
export function checkSqliteFile(path: string): string[] {
  return withDatabase(path, true, (database) =>
    database
      .prepare("PRAGMA integrity_check")
      .all()
      .map((row) => textOf(row, "integrity_check"))
      .filter((line) => line !== "ok"),
  );
}

/** Writes the write-ahead log into the file; with `vacuum` the file anew, without what is free. @throws StoreError */
export function tidySqliteFile(path: string, options: { readonly vacuum: boolean }): void {
  withDatabase(path, false, (database) => {
    if (options.vacuum) database.exec("VACUUM");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  });
}

function withDatabase<T>(path: string, readOnly: boolean, work: (database: DatabaseSync) => T): T {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly });
    return work(database);
  } catch (error) {
    throw storeErrorOf(error, path);
  } finally {
    database?.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
