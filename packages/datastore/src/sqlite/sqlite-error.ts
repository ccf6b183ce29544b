/** From SQLite's result codes (sqlite3.h) to StoreError. */
import { StoreError, type StoreErrorCode } from "../store-error.ts";

/** What can go wrong with a file. */
type FileErrorCode = Exclude<
  StoreErrorCode,
  "denied" | "too-large" | "unknown-outcome" | "moved" | "filling"
>;

const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
/** Extended code: the file system refused to let a file grow or be flushed. */
const SQLITE_IOERR_WRITE = 778;
const SQLITE_IOERR_SHMSIZE = 4874;

const CODES: ReadonlyMap<number, FileErrorCode> = new Map([
  [SQLITE_PERM, "unavailable"],
  [SQLITE_BUSY, "busy"],
  [SQLITE_LOCKED, "busy"],
  [SQLITE_READONLY, "unavailable"],
  [SQLITE_IOERR, "unavailable"],
  [SQLITE_CORRUPT, "corrupt"],
  [SQLITE_FULL, "full"],
  [SQLITE_CANTOPEN, "unavailable"],
  [SQLITE_NOTADB, "corrupt"],
]);

const ADVICE: Readonly<Record<FileErrorCode, string>> = {
  full: "no space left on its file system; free some, then try again (nothing was written)",
  busy: "another process holds its write lock; try again",
  corrupt: "it is damaged or no datastore of Selvedge; restore it from a backup",
  "newer-schema": "a newer version of Selvedge wrote it; use that version",
  unavailable:
    "it cannot be opened or was removed; check that its directory exists and may be written",
  "lease-lost": "the lease has run out or was revoked; ask for a new one (nothing was written)",
  closed: "it has been closed",
};

/** The extended result code that node:sqlite puts on its errors. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

/** Does another process hold the lock, so that the same may succeed later? */
export function isBusy(error: unknown): boolean {
  const result = resultCode(error);
  return result !== undefined && CODES.get(result & 0xff) === "busy";
}

/** A StoreError for an error of SQLite; any other error as it is. */
export function storeErrorOf(error: unknown, location: string): unknown {
  const result = resultCode(error);
  if (result === undefined || !(error instanceof Error)) return error;
  const isFull = result === SQLITE_IOERR_WRITE || result === SQLITE_IOERR_SHMSIZE;
  const code = isFull ? "full" : CODES.get(result & 0xff);
  return code === undefined ? error : makeStoreError(code, location, error);
}

export function makeStoreError(code: FileErrorCode, location: string, cause?: Error): StoreError {
  const detail = cause === undefined ? "" : ` (SQLite: ${cause.message})`;
  const message = `datastore ${location}: ${ADVICE[code]}${detail}`;
  return new StoreError(code, location, message, cause === undefined ? {} : { cause });
}
