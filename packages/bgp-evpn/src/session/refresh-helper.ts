/**
 * The receiving side of enhanced route refresh (RFC 7313, section 4) for one neighbour: between BoRR and EoRR it
 * announces all of its routes again, and what it has not announced by then is gone. Pure but for the clock; whoever
 * owns the paths marks and drops them, by the same generations as in a graceful restart.
 *
 *   idle --BoRR: mark all--> refreshing --EoRR, or time is over: sweep--> idle
 *
 * Another BoRR before the EoRR changes nothing. If it marked all paths again, a peer could by BoRRs alone keep for ever
 * what it announces no more, and exceed its maximum of prefixes, which does not count stale paths.
 */

import { type Clock, Timer } from "./timers.ts";

/** How long a refresh may take without its EoRR coming, in milliseconds. */
export const REFRESH_MS = 360_000;

/** What happens to the paths. */
export interface RefreshEvents {
  /** All paths are stale until they are announced again. */
  onMark(): void;
  /** The paths that are still stale go. */
  onSweep(): void;
}

/** Follows the refreshes of one neighbour. */
export class RefreshHelper {
  readonly #events: RefreshEvents;
  readonly #timer: Timer;

  constructor(clock: Clock, events: RefreshEvents) {
    this.#events = events;
    this.#timer = new Timer(clock, () => events.onSweep());
  }

  /** BoRR has come; false when a refresh is going on already. */
  begin(): boolean {
    if (this.#timer.running) return false;
    this.#timer.start(REFRESH_MS);
    this.#events.onMark();
    return true;
  }

  /** EoRR has come; false when no refresh was going on. */
  end(): boolean {
    if (!this.#timer.running) return false;
    this.#timer.stop();
    this.#events.onSweep();
    return true;
  }

  /** The session is over; no event follows. */
  stop(): void {
    this.#timer.stop();
  }
}
