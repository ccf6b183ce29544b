/**
 * Runs the RIB's queued work in slices of at most a few milliseconds, so that no KEEPALIVE, no timer and no other work
 * of the process waits long for it.
 */

import type { Clock } from "./session/timers.ts";

/** The longest slice, in milliseconds. */
export const SLICE_MS = 5;

/** What is done in slices. */
export interface Work {
  /** Does a piece that takes much less than a slice; says whether there is more. */
  step(): boolean;
  /** There is no more for now. */
  onIdle(): void;
}

/** Work that comes in pieces, done between turns of the event loop. */
export class SlicedWork {
  readonly #clock: Clock;
  readonly #work: Work;
  #handle: NodeJS.Immediate | undefined;
  #held: boolean;

  /** With `held`, nothing is done before `release`. */
  constructor(clock: Clock, work: Work, held: boolean) {
    this.#clock = clock;
    this.#work = work;
    this.#held = held;
  }

  /** There is work. */
  wake(): void {
    if (!this.#held) this.#handle ??= setImmediate(() => this.#slice());
  }

  /** Nothing is done before `release`. */
  hold(): void {
    this.#held = true;
    clearImmediate(this.#handle);
    this.#handle = undefined;
  }

  release(): void {
    this.#held = false;
    this.wake();
  }

  /** Does one piece now: there is so much work that nothing should be added to it. */
  relieve(): void {
    if (!this.#held && this.#work.step()) this.wake();
  }

  #slice(): void {
    this.#handle = undefined;
    const end = this.#clock.now() + SLICE_MS;
    let more = true;
    while (more && !this.#held && this.#clock.now() < end) more = this.#work.step();
    // The work itself may have stopped it.
    if (this.#held) return;
    if (more) this.wake();
    else this.#work.onIdle();
  }
}
