/**
 * The SQLite file of a datastore: how it is opened, and its schema. `log` holds every write as a row, so
 * that a watch can resume and a page can be read at an earlier revision; `entry` holds present values.
 */
import { DatabaseSync } from "node:sqlite";
import { isBusy, makeStoreError, storeErrorOf } from "./sqlite-error.ts";

const SCHEMA_VERSION = 2;
/** Milliseconds that an opener or a writer waits for another process to finish its transaction. */
export const BUSY_TIMEOUT_MS = 5000;
/** Milliseconds between two attempts to enter WAL mode. */
const WAL_RETRY_MS = 5;

const SCHEMA = `
  CREATE TABLE entry (
    key TEXT PRIMARY KEY COLLATE BINARY, value TEXT NOT NULL, mod_revision INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE log (
    revision INTEGER NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL COLLATE BINARY, value TEXT,
    PRIMARY KEY (revision, position)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX log_by_key ON log (key, revision, position);
  CREATE TABLE meta (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  INSERT INTO meta VALUES ('revision', 0), ('compact_revision', 0);
`;

/** Since version 2: `leased` has the keys that are under a lease. */
const LEASES_SCHEMA = `
  CREATE TABLE lease (id TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE leased (
    key TEXT PRIMARY KEY COLLATE BINARY, lease TEXT NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX leased_by_lease ON leased (lease);
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens the file and creates the schema where there is none; safe when several processes do so at once.
 * @throws StoreError
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    enterWalMode(database);
    database.exec("PRAGMA synchronous = FULL");
    ensureSchema(database, path);
    // From here on nobody waits inside SQLite, which would stop the event loop: see SqliteStore.
    database.exec("PRAGMA busy_timeout = 0");
    return database;
  } catch (error) {
    database?.close();
    throw storeErrorOf(error, path);
  }
}

/**
 * Two processes that create the file together may each hold what the other needs to change its mode; SQLite then
 * answers busy at once, whatever the busy timeout, so that one of them can let go.
 */
function enterWalMode(database: DatabaseSync): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; ; waited += WAL_RETRY_MS) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || waited >= BUSY_TIMEOUT_MS) throw error;
      Atomics.wait(pause, 0, 0, WAL_RETRY_MS);
    }
  }
}

function ensureSchema(database: DatabaseSync, path: string): void {
  if (schemaVersion(database) === SCHEMA_VERSION) {
    requireTables(database, path);
    return;
  }
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = schemaVersion(database);
    if (version > SCHEMA_VERSION) throw makeStoreError("newer-schema", path);
    if (version === 0) {
      // A database of somebody else has tables and no version of ours.
      const foreign = database.prepare("SELECT name FROM sqlite_schema LIMIT 1").get();
      if (foreign !== undefined) throw makeStoreError("corrupt", path);
      database.exec(SCHEMA);
    } else {
      requireTables(database, path);
    }
    if (version < SCHEMA_VERSION) database.exec(LEASES_SCHEMA);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** The version number alone may be that of any program. */
function requireTables(database: DatabaseSync, path: string): void {
  const tables = database
    .prepare(
      "SELECT count(*) AS number FROM sqlite_schema WHERE type = 'table' AND name IN ('entry', 'log', 'meta')",
    )
    .get();
  if (numberOf(tables, "number") !== 3) throw makeStoreError("corrupt", path);
}

function schemaVersion(database: DatabaseSync): number {
  return numberOf(database.prepare("PRAGMA user_version").get(), "user_version");
}

/** The number in a column of a row of ours. */
export function numberOf(row: Record<string, unknown> | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== "number") throw new TypeError(`column ${column} holds no number`);
  return value;
}

/** The text in a column of a row of ours. */
export function textOf(row: Record<string, unknown>, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`column ${column} holds no text`);
  return value;
}
