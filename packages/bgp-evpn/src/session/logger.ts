/** The log that a speaker writes to: the part of pino's interface that it needs, so that pino itself fits. */

/** Structured fields of one log line; values are plain (strings, numbers, booleans). */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Receives log lines. The level `debug` says what happens on a session, `warn` and above what an operator should see.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const discard = (): void => undefined;

/** A log that keeps nothing. */
export const silentLogger: Logger = {
  debug: discard,
  info: discard,
  warn: discard,
  error: discard,
};
