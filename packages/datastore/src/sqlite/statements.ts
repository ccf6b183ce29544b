/** The SQL of entries, their log and their revisions. Leases have theirs in sqlite-leases.ts. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Each is prepared once for an open file; sqlite-store.ts says what becomes of them. */
export interface Statements {
  readonly get: StatementSync;
  readonly list: StatementSync;
  readonly listAt: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;
  readonly log: StatementSync;
  readonly changes: StatementSync;
  readonly batchEnd: StatementSync;
  readonly forgetLog: StatementSync;
  readonly meta: StatementSync;
  readonly setMeta: StatementSync;
  readonly dataVersion: StatementSync;
}

/** Needs the schema to be there. */
export function prepareStatements(database: DatabaseSync): Statements {
  const isLeased = "EXISTS (SELECT 1 FROM leased WHERE leased.key = present.key) AS is_leased";
  return {
    get: database.prepare(
      `SELECT key, value, mod_revision, ${isLeased} FROM entry AS present WHERE key = ?`,
    ),
    // One lower bound, so that a page is looked for where it begins and not from the prefix on.
    list: database.prepare(
      `SELECT key, value, mod_revision, ${isLeased} FROM entry AS present
       WHERE key >= max(?1, ?3) AND key < ?2 AND key <> ?3 ORDER BY key LIMIT ?4`,
    ),
    // Compaction leaves the last row of every present key, so the log alone shows any later state.
    listAt: database.prepare(`
      SELECT key, value, revision AS mod_revision, ${isLeased} FROM log AS present
      WHERE revision <= ?1 AND key >= max(?2, ?4) AND key < ?3 AND key <> ?4
        AND value IS NOT NULL
        AND NOT EXISTS (
          SELECT 1 FROM log AS later WHERE later.key = present.key AND later.revision <= ?1
            AND (later.revision, later.position) > (present.revision, present.position))
      ORDER BY key LIMIT ?5`),
    put: database.prepare(
      `INSERT INTO entry (key, value, mod_revision) VALUES (?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, mod_revision = excluded.mod_revision`,
    ),
    delete: database.prepare("DELETE FROM entry WHERE key = ?"),
    log: database.prepare("INSERT INTO log (revision, position, key, value) VALUES (?, ?, ?, ?)"),
    changes: database.prepare(
      `SELECT revision, key, value FROM log WHERE revision > ? AND revision <= ?
       ORDER BY revision, position`,
    ),
    batchEnd: database.prepare(
      "SELECT revision FROM log WHERE revision > ? ORDER BY revision, position LIMIT 1 OFFSET ?",
    ),
    forgetLog: database.prepare(`
      DELETE FROM log WHERE revision <= ?1 AND (value IS NULL OR EXISTS (
        SELECT 1 FROM log AS later WHERE later.key = log.key AND later.revision <= ?1
          AND (later.revision, later.position) > (log.revision, log.position)))`),
    meta: database.prepare("SELECT number FROM meta WHERE name = ?"),
    setMeta: database.prepare("UPDATE meta SET number = ? WHERE name = ?"),
    dataVersion: database.prepare("PRAGMA data_version"),
  };
}
