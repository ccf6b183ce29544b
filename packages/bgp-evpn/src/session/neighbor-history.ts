/** What is remembered of a neighbour's sessions: how often it was up, since when it is what it is, and why it failed. */

import { CEASE, ERROR } from "../wire/error-code.ts";
import { describeEnd, type SessionEnd } from "./session-end.ts";

/** The past of one neighbour. Times are those of the clock, in milliseconds. */
export class NeighborHistory {
  #timesEstablished = 0;
  #changedAt: number | undefined;
  #lastError: string | undefined;
  #lastErrorIsAttempt = false;

  get timesEstablished(): number {
    return this.#timesEstablished;
  }

  /** Why the last session ended, or the last attempt failed; undefined when nothing has failed yet. */
  get lastError(): string | undefined {
    return this.#lastError;
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
    this.#note(end, false);
    return lasted;
  }

  /** A connection ended before it was Established. */
  failed(end: SessionEnd): void {
    if (end.kind === "stopped" || isCollision(end)) return;
    this.#note(end, end.kind === "connection-lost");
  }

  /** Keeps why a session ended, or was refused, from being covered by attempts to connect that fail afterwards. */
  #note(end: SessionEnd, isAttempt: boolean): void {
    if (isAttempt && this.#lastError !== undefined && !this.#lastErrorIsAttempt) return;
    this.#lastError = describeEnd(end);
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
