/**
 * Where this package reports what it does of its own accord. A pino logger fits.
 *
 * Failures are not logged: `apply` returns them.
 */

/** A structured log. */
export interface DataplaneLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
}
