/** The one error of the datastore. Callers switch on `code`; `message` says what to do. */

export type StoreErrorCode =
  /** No space left on the device: nothing was written, reads go on. */
  | "full"
  /** Another process held the write lock for longer than the engine waits. */
  | "busy"
  /** What is stored is no datastore, or is damaged. */
  | "corrupt"
  /** A newer version of the program wrote it. */
  | "newer-schema"
  /** It cannot be opened or read: missing directory, permissions, I/O error. */
  | "unavailable"
  /** Who we are to the store may not do this, or is not who it takes us for. */
  | "denied"
  /** More than the engine takes in one transaction; nothing was sent. */
  | "too-large"
  /** The connection was lost in the middle of a commit, and nobody answers who knows whether it happened. */
  | "unknown-outcome"
  /** A lease that the commit puts keys under has run out or was revoked; nothing was written. */
  | "lease-lost"
  /** The datastore is elsewhere now, and this one takes no more writes; nothing was written, reads go on. */
  | "moved"
  /** It is the target of a migration that is not complete: it can be neither read nor written yet. */
  | "filling"
  | "closed";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** Where the store is: for SQLite the path of its file, for etcd its endpoints and prefix. */
  readonly location: string;

  constructor(code: StoreErrorCode, location: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.location = location;
  }
}
