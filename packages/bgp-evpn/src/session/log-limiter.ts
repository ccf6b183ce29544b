/** Keeps what a hostile peer can write into the log bounded: so many lines a period, the rest is counted. */

import type { Clock } from "./timers.ts";

/** Lines that may be written in one period. */
export const LINES_PER_PERIOD = 10;

/** Length of a period in milliseconds. */
export const PERIOD_MS = 10_000;

/** A budget of log lines. */
export class LogLimiter {
  readonly #clock: Clock;
  #periodStart = Number.NEGATIVE_INFINITY;
  #written = 0;
  #suppressed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined when the line must not be written; otherwise how many were left out since the last period. */
  admit(): number | undefined {
    const now = this.#clock.now();
    if (now - this.#periodStart >= PERIOD_MS) {
      const suppressed = this.#suppressed;
      this.#periodStart = now;
      this.#written = 1;
      this.#suppressed = 0;
      return suppressed;
    }
    if (this.#written < LINES_PER_PERIOD) {
      this.#written++;
      return 0;
    }
    this.#suppressed++;
    return undefined;
  }
}
