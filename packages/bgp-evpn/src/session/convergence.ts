/**
 * When a speaker that has just started knows what its neighbours know: each of them has sent End-of-RIB, or will not
 * (RFC 4724, section 4.1, "Selection_Deferral_Timer"). Pure but for the clock.
 *
 * Two things wait for it. A speaker that restarts must not select routes, and send its own End-of-RIB, before, or its
 * peers drop what it has not yet heard again. And an agent that found routes of its former life in the kernel must not
 * remove any before.
 *
 *   selecting   nobody is awaited but neighbours that have restarted too, and have said nothing for a second: they wait
 *               for this speaker. One that passes no routes of others on does not wait (see Speaker), so that this
 *               speaker would announce less than before if it were quicker.
 *   complete    these have told their routes as well
 */

import { type Clock, Timer } from "./timers.ts";

/** How long a neighbour that has restarted too is given to speak first, in milliseconds. */
export const YIELD_MS = 1000;

/** What the wait leads to; each is told once, `onSelecting` first. */
export interface ConvergenceEvents {
  onSelecting(): void;
  onComplete(): void;
}

/** The wait for all neighbours' End-of-RIB: who is still awaited, and the deferral timer. Ends once. */
export class Convergence<Key> {
  readonly #awaited = new Set<Key>();
  /** Neighbours that send End-of-RIB when they have heard this speaker's. */
  readonly #afterOurs = new Set<Key>();
  readonly #timer: Timer;
  /** Runs while only those are waited for who may be waiting for this speaker. */
  readonly #yield: Timer;
  readonly #events: ConvergenceEvents;
  #running = false;
  #phase: "waiting" | "selecting" | "complete" = "waiting";

  constructor(clock: Clock, events: ConvergenceEvents) {
    this.#events = events;
    this.#timer = new Timer(clock, () => {
      this.#awaited.clear();
      this.#afterOurs.clear();
      this.#check();
    });
    this.#yield = new Timer(clock, () => this.#select());
  }

  /** Routes may be selected. */
  get isSelecting(): boolean {
    return this.#phase !== "waiting";
  }

  /** What nobody has told of is known to be gone. */
  get isComplete(): boolean {
    return this.#phase === "complete";
  }

  /** Starts the deferral timer; before that nothing ends, however few are awaited. */
  start(deferralMs: number): void {
    this.#running = true;
    this.#timer.start(deferralMs);
    this.#check();
  }

  /** A neighbour has been configured; one that comes when routes are being selected is not waited for. */
  expect(neighbor: Key): void {
    if (this.#phase !== "waiting") return;
    this.#awaited.add(neighbor);
    this.#check();
  }

  /** An expected neighbour has restarted too: it waits for this speaker's End-of-RIB before it sends its own. */
  yieldTo(neighbor: Key): void {
    if (this.#awaited.delete(neighbor)) this.#afterOurs.add(neighbor);
    this.#check();
  }

  /** The neighbour has sent End-of-RIB, will not send it, or is gone. */
  settle(neighbor: Key): void {
    this.#awaited.delete(neighbor);
    this.#afterOurs.delete(neighbor);
    this.#check();
  }

  /** Stops the timer without an end. */
  stop(): void {
    this.#running = false;
    this.#timer.stop();
    this.#yield.stop();
  }

  #select(): void {
    this.#yield.stop();
    this.#phase = "selecting";
    this.#events.onSelecting();
    this.#check();
  }

  #check(): void {
    if (!this.#running) return;
    if (this.#phase === "waiting") {
      if (this.#awaited.size > 0) this.#yield.stop();
      else if (this.#afterOurs.size === 0) this.#select();
      else if (!this.#yield.running) this.#yield.start(YIELD_MS);
      return;
    }
    if (this.#phase === "selecting" && this.#afterOurs.size === 0) {
      this.#phase = "complete";
      this.stop();
      this.#events.onComplete();
    }
  }
}
