/**
 * The four timers of one session with their durations: RFC 4271 section 10, RFC 9687. The state machine says when they
 * start; here is for how long, and what a timer that comes too late means.
 */

import { type Clock, jittered, Timer } from "./timers.ts";

/** The hold time while an OPEN is awaited: "a large value", for which RFC 4271 section 8.2.2 suggests 4 minutes. */
const OPEN_HOLD_MS = 240_000;

/** RFC 9687 section 4: 8 minutes, or twice the hold time when that is longer. */
const SEND_HOLD_MS = 480_000;

/**
 * A hold timer that comes this much too late says that this process stood still, not that the peer was silent: what the
 * peer has sent meanwhile waits in the socket, and gets as long again to be read.
 */
const STALL_MS = 500;

/** What happens when a timer of a session expires. */
export interface SessionTimerEvents {
  onConnectRetry(): void;
  onHold(): void;
  onKeepalive(): void;
  onSendHold(): void;
}

/** Durations that are known from the configuration, in seconds. */
export interface SessionTimes {
  readonly connectRetry: number;
  readonly sendHoldTime: number | undefined;
}

/** ConnectRetryTimer, HoldTimer, KeepaliveTimer and SendHoldTimer of one session. */
export class SessionTimers {
  readonly #random: () => number;
  readonly #times: SessionTimes;
  readonly #connectRetry: Timer;
  readonly #hold: Timer;
  readonly #keepalive: Timer;
  readonly #sendHold: Timer;
  /** Negotiated, in milliseconds; 0: neither hold timer nor KEEPALIVE. */
  #holdMs = 0;

  constructor(clock: Clock, random: () => number, times: SessionTimes, events: SessionTimerEvents) {
    this.#random = random;
    this.#times = times;
    this.#connectRetry = new Timer(clock, () => events.onConnectRetry());
    this.#hold = new Timer(clock, (lateMs) => {
      if (lateMs > STALL_MS) this.#hold.start(STALL_MS);
      else events.onHold();
    });
    this.#keepalive = new Timer(clock, () => events.onKeepalive());
    this.#sendHold = new Timer(clock, () => events.onSendHold());
  }

  /** What the OPENs agreed on, in seconds. */
  set holdTime(seconds: number) {
    this.#holdMs = seconds * 1000;
  }

  startConnectRetry(): void {
    this.#connectRetry.start(jittered(this.#times.connectRetry * 1000, this.#random));
  }

  stopConnectRetry(): void {
    this.#connectRetry.stop();
  }

  startOpenHold(): void {
    this.#hold.start(OPEN_HOLD_MS);
  }

  startHold(): void {
    if (this.#holdMs > 0) this.#hold.start(this.#holdMs);
    else this.#hold.stop();
  }

  /** A third of the hold time (RFC 4271 section 10). */
  startKeepalive(): void {
    if (this.#holdMs > 0) this.#keepalive.start(jittered(this.#holdMs / 3, this.#random));
  }

  /** RFC 4271 section 4.4: another message serves as KEEPALIVE. */
  postponeKeepalive(): void {
    if (this.#keepalive.running) this.startKeepalive();
  }

  /** Something waits to be sent: the timer runs from now, unless it runs already. */
  awaitSending(): void {
    if (!this.#sendHold.running) this.restartSendHold();
  }

  /** The peer has taken something, more waits. Without a hold time there is no such timer (RFC 9687 section 4.3). */
  restartSendHold(): void {
    if (this.#holdMs === 0) return;
    const configured = this.#times.sendHoldTime;
    this.#sendHold.start(
      configured === undefined ? Math.max(SEND_HOLD_MS, 2 * this.#holdMs) : configured * 1000,
    );
  }

  /** Nothing waits to be sent. */
  stopSendHold(): void {
    this.#sendHold.stop();
  }

  /** Stops all but the ConnectRetryTimer, which the state machine stops by itself. */
  release(): void {
    this.#hold.stop();
    this.#keepalive.stop();
    this.#sendHold.stop();
  }
}
