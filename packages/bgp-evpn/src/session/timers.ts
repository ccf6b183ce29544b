/**
 * Time for the session layer: an injected clock, restartable timers and the jitter of RFC 4271, section 10.
 *
 * Nothing else in this package reads the time or asks for a timer, so a test that owns the clock owns the session.
 */

/** A source of time and of callbacks. `now` is monotonic, in milliseconds; its zero is arbitrary. */
export interface Clock {
  now(): number;
  /** Calls `callback` once, not before `delayMs` have passed; returns the cancellation. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** The machine's monotonic clock. Its timers keep the process alive until the speaker is stopped. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (delayMs, callback) => {
    const handle = setTimeout(callback, Math.ceil(delayMs));
    return () => clearTimeout(handle);
  },
};

/** The longest delay of `setTimeout`, 24.8 days; one that is longer would end at once. */
export const MAX_DELAY_MS = 0x7fffffff;

/**
 * A timer that is restarted often and expires seldom (hold timer: restarted by every message). Starting it again
 * with a later deadline costs one clock read: the scheduled callback looks at the deadline when it comes.
 */
export class Timer {
  readonly #clock: Clock;
  readonly #onExpiry: (lateMs: number) => void;
  #deadline: number | undefined;
  #cancel: (() => void) | undefined;
  #scheduledFor = 0;

  /** `onExpiry` gets by how many milliseconds the callback came later than the deadline. */
  constructor(clock: Clock, onExpiry: (lateMs: number) => void) {
    this.#clock = clock;
    this.#onExpiry = onExpiry;
  }

  get running(): boolean {
    return this.#deadline !== undefined;
  }

  /** Milliseconds to the expiry, 0 when it is due, undefined when the timer is stopped. */
  get remainingMs(): number | undefined {
    return this.#deadline === undefined
      ? undefined
      : Math.max(0, this.#deadline - this.#clock.now());
  }

  /** Starts the timer, or moves its deadline when it is running. */
  start(delayMs: number): void {
    const deadline = this.#clock.now() + delayMs;
    this.#deadline = deadline;
    if (this.#cancel === undefined || this.#scheduledFor > deadline) {
      this.#cancel?.();
      this.#schedule(deadline, delayMs);
    }
  }

  stop(): void {
    this.#deadline = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(at: number, delayMs: number): void {
    this.#scheduledFor = at;
    // A callback that comes before the deadline is scheduled again.
    this.#cancel = this.#clock.schedule(Math.min(delayMs, MAX_DELAY_MS), () => this.#wake());
  }

  #wake(): void {
    this.#cancel = undefined;
    if (this.#deadline === undefined) return;
    const lateMs = this.#clock.now() - this.#deadline;
    // Started again since, or the runtime fired a fraction of a millisecond early.
    if (lateMs < 0) {
      this.#schedule(this.#deadline, -lateMs);
      return;
    }
    this.#deadline = undefined;
    this.#onExpiry(lateMs);
  }
}

/** RFC 4271, section 10: a timer value times a random factor of 0.75 to 1.0. `random` gives a number in [0, 1). */
export function jittered(milliseconds: number, random: () => number): number {
  return milliseconds * (0.75 + 0.25 * random());
}
