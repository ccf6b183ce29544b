/** Structured logs: one JSON object a line on standard error, which a service manager collects. */
import { type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger } from "pino";

/** Levels of the log, the most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** A level of the log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Lines carry `time` in ISO 8601 and the level by name, so that they can be read as they are. */
export function createLogger(host: string, level: LogLevel): Logger {
  return pino(
    {
      level,
      base: { host },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous, so that the last words before an abort are not lost.
    pino.destination({ dest: 2, sync: true }),
  );
}
