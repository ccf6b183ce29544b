/**
 * How often neighbours have failed that are gone: one out of a range that comes, fails and comes again is kept waiting
 * as long as one that is configured (idle-hold.ts), though each time it is a new neighbour. Pure but for the clock.
 *
 * Bounded, since whoever can connect from many addresses can fail from all of them: the oldest are forgotten.
 */

import type { IpAddress } from "@selvedge/net";
import { IDLE_HOLD_CEILING_MS } from "./idle-hold.ts";
import type { Clock } from "./timers.ts";

/** A neighbour that has stayed away for so long begins anew, in milliseconds. */
export const FAILURE_MEMORY_MS: number = 5 * IDLE_HOLD_CEILING_MS;
/** How many neighbours are remembered. */
export const FAILURE_MEMORY_SIZE = 4096;

interface Failures {
  readonly count: number;
  readonly at: number;
}

/** The failures of neighbours that are gone. */
export class FailureMemory {
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #failures = new Map<IpAddress, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A neighbour has gone after `count` failures in a row. */
  note(address: IpAddress, count: number): void {
    this.#failures.delete(address);
    if (count === 0) return;
    this.#failures.set(address, { count, at: this.#clock.now() });
    if (this.#failures.size <= FAILURE_MEMORY_SIZE) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }

  /** The failures of a neighbour that is back, which are then forgotten; 0 when it has none. */
  take(address: IpAddress): number {
    const failures = this.#failures.get(address);
    this.#failures.delete(address);
    if (failures === undefined || this.#clock.now() - failures.at >= FAILURE_MEMORY_MS) return 0;
    return failures.count;
  }
}
