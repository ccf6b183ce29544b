/**
 * When a speaker that has just started knows what its neighbours know: each of them has sent End-of-RIB, or will not
 * (RFC 4724, section 4.1, "Selection_Deferral_Timer"). Pure but for the clock.
 *
 * Two things wait for it: an agent that found routes of its former life in the kernel must not remove any before, and a
 * speaker that restarts must not send its own End-of-RIB before, or its peers drop what it has not yet heard again.
 */

import { type Clock, Timer } from "./timers.ts";

/** The wait for all neighbours' End-of-RIB: names still awaited, and the deferral timer. Ends once. */
export class Convergence<Key> {
  readonly #awaited = new Set<Key>();
  readonly #timer: Timer;
  readonly #onEnd: () => void;
  #running = false;
  #ended = false;

  constructor(clock: Clock, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#timer = new Timer(clock, () => this.#end());
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Starts the deferral timer; before that nothing ends, however few are awaited. */
  start(deferralMs: number): void {
    this.#running = true;
    this.#timer.start(deferralMs);
    this.#check();
  }

  /** A neighbour has been configured; one that comes after the end is not waited for. */
  expect(neighbor: Key): void {
    if (!this.#ended) this.#awaited.add(neighbor);
  }

  /** The neighbour has sent End-of-RIB, will not send it, or is gone. */
  settle(neighbor: Key): void {
    this.#awaited.delete(neighbor);
    this.#check();
  }

  /** Stops the timer without an end. */
  stop(): void {
    this.#running = false;
    this.#timer.stop();
  }

  #check(): void {
    if (this.#running && this.#awaited.size === 0) this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.stop();
    this.#awaited.clear();
    this.#onEnd();
  }
}
