/** Why a migration cannot be begun, continued or taken back. Callers switch on `code`; `message` says what to do. */

export type MigrationErrorCode =
  /** The target holds something, or is a datastore of its own. */
  | "target-in-use"
  /** The source is itself the target of a migration that is not complete. */
  | "source-unfinished"
  /** The source has moved, and not to this target. */
  | "moved-elsewhere"
  /** Source and target are one and the same, or one lies inside the other. */
  | "same-datastore"
  /** Another run of the command has begun meanwhile. */
  | "taken-over"
  /** A program that knows nothing of migrations goes on writing to the source. */
  | "source-written"
  /** It is being taken back. */
  | "abandoned"
  /** There is nothing to take back, or it is too late for that. */
  | "not-abandonable";

export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly code: MigrationErrorCode;

  constructor(code: MigrationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
