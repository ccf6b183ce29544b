import type { Clock } from "../../src/session/timers.ts";

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until `advance`; callbacks run in the order of their times. */
export class FakeClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #scheduled = new Set<Scheduled>();

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const entry = { at: this.#now + delayMs, order: this.#order++, callback };
    this.#scheduled.add(entry);
    return () => this.#scheduled.delete(entry);
  }

  /** How many callbacks wait. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /** Lets time pass, running what becomes due, also what is scheduled on the way. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      this.#scheduled.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  /** A stalled process: time passes and nothing runs until the next `advance`. */
  stall(milliseconds: number): void {
    this.#now += milliseconds;
  }

  #next(): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const entry of this.#scheduled) {
      const sooner =
        first === undefined ||
        entry.at < first.at ||
        (entry.at === first.at && entry.order < first.order);
      if (sooner) first = entry;
    }
    return first;
  }
}
