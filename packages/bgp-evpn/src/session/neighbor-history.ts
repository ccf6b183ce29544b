/**
 * What is remembered of a neighbour's sessions: how often it was up, since when it is what it is, and why it failed.
 */

import { CEASE, ERROR } from "../wire/error-code.ts";
import { describeEnd, type SessionEnd } from "./session-end.ts";

/** Why a session, or the attempt at one, ended, and when by the clock, in milliseconds. */
export interface PastEnd {
  readonly end: SessionEnd;
  readonly at: number;
}

/** The past of one neighbour. Times are those of the clock, in milliseconds. */
export class NeighborHistory {
  #timesEstablished = 0;
  #changedAt: number | undefined;
  #lastEnd: PastEnd | undefined;
  #lastErrorIsAttempt = false;

  get timesEstablished(): number {
    return this.#timesEstablished;
  }

  /** Why the last session ended, or the last attempt failed; undefined when nothing has failed yet. */
  get lastError(): string | undefined {
    return this.#lastEnd === undefined ? undefined : describeEnd(this.#lastEnd.end);
  }

  /** The same as a value. */
  get lastEnd(): PastEnd | undefined {
    return this.#lastEnd;
  }

  /** Since when the session is up, or down after having been up; undefined when it never was up. */
  get changedAt(): number | undefined {
    return this.#changedAt;
  }

  established(now: number): void {
    this.#timesEstablished++;
    this.#changedAt = now;
  }

  /** The Established session is over; returns for how long it was up. */
  lost(end: SessionEnd, now: number): number {
    const lasted = now - (this.#changedAt ?? now);
    this.#changedAt = now;
    this.#note(end, now, false);
    return lasted;
  }

  /** A connection ended before it was Established. */
  failed(end: SessionEnd, now: number): void {
    if (end.kind === "stopped" || isCollision(end)) return;
    this.#note(end, now, end.kind === "connection-lost");
  }

  /** Keeps why a session ended, or was refused, from being covered by attempts to connect that fail afterwards. */
  #note(end: SessionEnd, at: number, isAttempt: boolean): void {
    if (isAttempt && this.#lastEnd !== undefined && !this.#lastErrorIsAttempt) return;
    this.#lastEnd = { end, at };
    this.#lastErrorIsAttempt = isAttempt;
  }
}

/** Two connections were one too many: no error. */
function isCollision(end: SessionEnd): boolean {
  const error = end.kind === "notification-received" ? end.notification : end;
  return (
    "code" in error &&
    error.code === ERROR.CEASE &&
    error.subcode === CEASE.CONNECTION_COLLISION_RESOLUTION
  );
}
