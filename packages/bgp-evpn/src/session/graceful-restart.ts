/**
 * The helper side of graceful restart (RFC 4724, section 4.2) and of the long-lived one (RFC 9494, section 4.2) for one
 * neighbour: how long the paths of a session that is over are kept. Pure but for the clock; whoever owns the paths
 * marks and drops them.
 *
 *   none --lost, gracefully--> retaining --back, state preserved--> resynchronising --End-of-RIB--> none
 *                                |  restart time is over       ^       |  stale time is over
 *                                |                             |       v
 *             without LLGR       |   with LLGR                 |     none (paths that are still stale go)
 *        none (all paths go) <---+----------> long-lived ------+
 *                 ^                               |  long-lived stale time is over
 *                 +-------------------------------+
 *
 * With a restart time of 0 the long-lived phase begins at once. A peer that is back while the long-lived stale time
 * runs has as long to resynchronise as any other, where RFC 9494 leaves it the rest of that time. When it is lost again
 * before its End-of-RIB, paths that were long-lived already stay, and that time goes on from where it was; what the peer
 * had announced meanwhile shares it, and nothing goes before the new restart time is over.
 *
 * Which end of a session begins a restart, and for which paths, says retention.ts.
 */

import type { Agreement } from "./negotiation.ts";
import { type Clock, Timer } from "./timers.ts";

/** How long stale paths may live after the peer is back without having sent End-of-RIB, in milliseconds. */
export const STALE_PATH_MS = 360_000;

/** Where a neighbour is in a graceful restart. */
export type RestartPhase = "none" | "retaining" | "long-lived" | "resynchronising";

/** How long the peer asked its paths to be kept, in milliseconds; 0: not at all. */
export interface RestartTimes {
  readonly restartMs: number;
  /** After the restart time. */
  readonly longLivedMs: number;
}

/** Nothing is kept. */
export const NO_RESTART: RestartTimes = { restartMs: 0, longLivedMs: 0 };

/** What the two OPENs of a session make of them. */
export function restartTimes({
  longLived,
  restart,
}: Pick<Agreement, "longLived" | "restart">): RestartTimes {
  // RFC 9494 section 4.2: for a family that only the long-lived capability lists, the restart time is zero.
  const restartTime = restart?.preserved === undefined ? 0 : restart.restartTime;
  return { restartMs: restartTime * 1000, longLivedMs: (longLived?.staleTime ?? 0) * 1000 };
}

/** What happens to the paths. */
export interface RestartEvents {
  /** The peer is back and has announced what it still has: the paths that are still stale go. */
  onSweep(): void;
  /** The peer did not come back within its restart time: its paths become long-lived stale. */
  onLongLived(): void;
  /** The peer did not come back in time: all of its paths go. */
  onGiveUp(): void;
}

/** Times the graceful restart of one neighbour. */
export class RestartHelper {
  readonly #events: RestartEvents;
  readonly #timer: Timer;
  readonly #clock: Clock;
  #phase: RestartPhase = "none";
  #longLivedMs = 0;
  /** When the long-lived stale time ends, by the clock; defined as long as there may be long-lived stale paths. */
  #longLivedEnd: number | undefined;

  constructor(clock: Clock, events: RestartEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#timer = new Timer(clock, () => this.#onTimer());
  }

  get phase(): RestartPhase {
    return this.#phase;
  }

  /** Milliseconds to the end of the phase: of the restart time, or of the stale time. Undefined outside a restart. */
  get remainingMs(): number | undefined {
    return this.#timer.remainingMs;
  }

  /** Some of the paths may be long-lived stale. */
  get hasLongLived(): boolean {
    return this.#longLivedEnd !== undefined;
  }

  /**
   * The session is over; when it ended in a way that allows no graceful restart, both times are 0. True when the paths
   * are to be kept, as stale ones.
   */
  lost({ restartMs, longLivedMs }: RestartTimes): boolean {
    // "A route previously marked as stale MUST be deleted" (RFC 4724): a second restart does not prolong the first. But
    // long-lived ones "MUST NOT be deleted before the timer for the Long-Lived Stale Time expires" (RFC 9494).
    if (longLivedMs === 0 || this.#longLivedLeft(0) <= 0) this.finish();
    if (restartMs === 0 && longLivedMs === 0) return false;
    this.#phase = "retaining";
    this.#longLivedMs = longLivedMs;
    this.#timer.start(restartMs);
    return true;
  }

  /** The neighbour has a session again; `preserved`: its OPEN says that it kept its forwarding state (F bit). */
  back(preserved: boolean): void {
    if (this.#phase !== "retaining" && this.#phase !== "long-lived") return;
    this.#phase = "resynchronising";
    if (preserved) this.#timer.start(STALE_PATH_MS);
    else this.finish();
  }

  /** End-of-RIB, or no reason to wait for it any longer. */
  finish(): void {
    if (this.#phase !== "resynchronising") return;
    this.stop();
    this.#events.onSweep();
  }

  /** Forgets the restart; no event follows. */
  stop(): void {
    this.#timer.stop();
    this.#phase = "none";
    this.#longLivedEnd = undefined;
  }

  /** What is left of a long-lived stale time that has begun, in milliseconds; `otherwise` when none has. */
  #longLivedLeft(otherwise: number): number {
    return this.#longLivedEnd === undefined ? otherwise : this.#longLivedEnd - this.#clock.now();
  }

  #onTimer(): void {
    const left = this.#longLivedLeft(this.#longLivedMs);
    if (this.#phase === "resynchronising") {
      this.finish();
    } else if (this.#phase === "retaining" && left > 0) {
      this.#phase = "long-lived";
      this.#longLivedEnd = this.#clock.now() + left;
      this.#timer.start(left);
      this.#events.onLongLived();
    } else {
      this.stop();
      this.#events.onGiveUp();
    }
  }
}
