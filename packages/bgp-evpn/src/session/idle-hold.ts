/**
 * How long a neighbour stays Idle after its session has failed: DampPeerOscillations of RFC 4271, section 8.1.
 *
 * The RFC leaves the function open. Here the first failure costs almost nothing, so that a restarted peer is back at
 * once; each further failure of a session that did not live long doubles the wait, up to a ceiling.
 */

/** The first wait. Not zero: a peer that refuses us at once must not make a busy loop. */
export const IDLE_HOLD_FIRST_MS = 100;

/**
 * A peer that connects during a wait of at most this long is let in at once: it has just come back. A peer that fails
 * over and over is waited for longer than that, and refused meanwhile.
 */
export const SHORT_IDLE_HOLD_MS = 1000;

/** The longest wait. */
export const IDLE_HOLD_CEILING_MS = 60_000;

/** A session that was Established at least this long ends the series of failures. */
export const STABLE_SESSION_MS = 30_000;

/** The time to stay Idle after `failures` (1 or more) failures in a row, in milliseconds, before jitter. */
export function idleHoldMs(failures: number): number {
  return Math.min(IDLE_HOLD_CEILING_MS, IDLE_HOLD_FIRST_MS * 2 ** Math.min(failures - 1, 20));
}
