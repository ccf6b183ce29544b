/**
 * Detection of duplicate MAC addresses (RFC 7432 section 15.1): a MAC that moves N times within M seconds is attached
 * twice, and following it would be an endless exchange of routes.
 *
 *             move (fewer than N in M s)
 *               +------------+
 *               v            |
 *   unknown -> watched ------+-- N-th move --> duplicate -- hold time over --> unknown
 *               |                                |   ^
 *               +-- M s without reaching N       |   +-- move: held, not counted
 *                   -> a new period              +------ clear --> unknown
 *
 * A move is a change of the place of a MAC between here and a remote VTEP, or between two remote ones; who calls
 * decides what it counts. While a MAC is held, its local route is not announced again and its remote routes are not
 * followed, so that the last state before stays. Time is what the caller says it is.
 */

import type { MacAddress } from "@selvedge/net";
import { SpeakerError } from "../errors.ts";

/** Limits of the detection. Times are in seconds. */
export interface DuplicateMacOptions {
  /** N: that many moves make a duplicate; 5 when absent. */
  readonly moves?: number;
  /** M: within that time; 180 when absent. */
  readonly period?: number;
  /** After that time a duplicate is forgotten; absent: only by `clear`. */
  readonly recovery?: number;
}

/** What became of a move. */
export type MoveVerdict =
  /** Follow it. */
  | "moved"
  /** This move made the MAC a duplicate: tell the operator, and do not follow it. */
  | "duplicate"
  /** The MAC is a known duplicate: do not follow it. */
  | "held";

interface WatchedMac {
  /** When the period began; when the MAC was found to be a duplicate. Milliseconds. */
  since: number;
  moves: number;
  isDuplicate: boolean;
}

/** The MACs of one MAC-VRF that have moved lately, and the duplicates. */
export class DuplicateMacDetection {
  readonly #moves: number;
  readonly #period: number;
  readonly #recovery: number;
  readonly #now: () => number;
  readonly #macs = new Map<MacAddress, WatchedMac>();

  /** `now`: milliseconds of a clock that does not go back. Throws `SpeakerError` (`invalid-option`). */
  constructor(options: DuplicateMacOptions, now: () => number) {
    const { moves = 5, period = 180, recovery } = options;
    if (!Number.isInteger(moves) || moves < 2) {
      throw invalid(`moves is ${moves}; it must be a whole number of at least 2`);
    }
    if (!(period > 0)) throw invalid(`period is ${period}; it must be more than 0 seconds`);
    if (recovery !== undefined && !(recovery > 0)) {
      throw invalid(`recovery is ${recovery}; it must be more than 0 seconds, or left out`);
    }
    this.#moves = moves;
    this.#period = period * 1000;
    this.#recovery = (recovery ?? Number.POSITIVE_INFINITY) * 1000;
    this.#now = now;
  }

  /** Notes a move of a MAC. */
  move(mac: MacAddress): MoveVerdict {
    const now = this.#now();
    const watched = this.#current(mac, now);
    if (watched === undefined) {
      this.#macs.set(mac, { since: now, moves: 1, isDuplicate: false });
      return "moved";
    }
    if (watched.isDuplicate) return "held";
    watched.moves++;
    if (watched.moves < this.#moves) return "moved";
    watched.isDuplicate = true;
    watched.since = now;
    return "duplicate";
  }

  isDuplicate(mac: MacAddress): boolean {
    return this.#current(mac, this.#now())?.isDuplicate === true;
  }

  /** The duplicates, in the order in which they were first seen to move. */
  duplicates(): MacAddress[] {
    return [...this.#macs.keys()].filter((mac) => this.isDuplicate(mac));
  }

  /** An operator's word that the fault is mended: forgets a MAC, or all. */
  clear(mac?: MacAddress): void {
    if (mac === undefined) this.#macs.clear();
    else this.#macs.delete(mac);
  }

  /** Forgets what is over, and returns the MACs that are duplicates no longer, to be looked at again. */
  expire(): MacAddress[] {
    const now = this.#now();
    const recovered: MacAddress[] = [];
    for (const [mac, watched] of this.#macs) {
      if (!this.#isOver(watched, now)) continue;
      this.#macs.delete(mac);
      if (watched.isDuplicate) recovered.push(mac);
    }
    return recovered;
  }

  /** When `expire` will have something to do, in milliseconds of the clock; undefined for never. */
  nextExpiry(): number | undefined {
    const ends = [...this.#macs.values()].map((watched) => watched.since + this.#duration(watched));
    const next = Math.min(...ends);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  #current(mac: MacAddress, now: number): WatchedMac | undefined {
    const watched = this.#macs.get(mac);
    return watched === undefined || this.#isOver(watched, now) ? undefined : watched;
  }

  #isOver(watched: WatchedMac, now: number): boolean {
    return now - watched.since >= this.#duration(watched);
  }

  #duration(watched: WatchedMac): number {
    return watched.isDuplicate ? this.#recovery : this.#period;
  }
}

function invalid(message: string): SpeakerError {
  return new SpeakerError("invalid-option", message);
}
