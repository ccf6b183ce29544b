/**
 * One neighbour: one session, or two while connections collide; start, stop, damping and what is known for the summary.
 *
 * The primary session connects (unless the neighbour is passive) and takes a connection of the peer while it is Active.
 * A connection of the peer that comes at another time gets a rival session. When both get as far as OPEN, section 6.8
 * of RFC 4271 decides (collision.ts), and whichever is left becomes the primary.
 */

import { type Asn, type IpAddress, ipBytes } from "@selvedge/net";
import { MAX_MESSAGE_LENGTH } from "../wire/codec-context.ts";
import { ERROR } from "../wire/error-code.ts";
import { MESSAGE } from "../wire/header.ts";
import { hex } from "../wire/hex.ts";
import { readU32 } from "../wire/octets.ts";
import type { SessionReset } from "../wire/session-reset.ts";
import { resolveCollision, type SpeakerIdentity } from "./collision.ts";
import type { Connection } from "./connection.ts";
import { FSM_STATES, type FsmState } from "./fsm.ts";
import { idleHoldMs, SHORT_IDLE_HOLD_MS, STABLE_SESSION_MS } from "./idle-hold.ts";
import { LogLimiter } from "./log-limiter.ts";
import type { LogFields } from "./logger.ts";
import { LastMalformedMessage } from "./malformed-message.ts";
import { MessageCounter } from "./message-counter.ts";
import type { Agreement } from "./negotiation.ts";
import { NeighborHistory } from "./neighbor-history.ts";
import type { NeighborContext, NeighborHost, NeighborStatus } from "./neighbor-host.ts";
import type { NeighborSettings } from "./neighbor-options.ts";
import { Session } from "./session.ts";
import { describeEnd, type SessionEnd } from "./session-end.ts";
import type { ReceivedMessage, SessionHost } from "./session-host.ts";
import { jittered, Timer } from "./timers.ts";

/** A configured neighbour. */
export class Neighbor implements SessionHost {
  /** Changes only in what needs no new session. */
  settings: NeighborSettings;
  readonly #context: NeighborContext;
  readonly #host: NeighborHost;
  readonly #idleHoldTimer: Timer;
  readonly #received = new MessageCounter();
  readonly #sent = new MessageCounter();
  readonly #history = new NeighborHistory();
  readonly #lastMalformed = new LastMalformedMessage();
  readonly #malformedLog: LogLimiter;
  #primary: Session;
  #rival: Session | undefined;
  #rivalBegunAt = 0;
  #established: Session | undefined;
  #running = false;
  #held = false;
  #connectRetryCounter = 0;

  constructor(settings: NeighborSettings, context: NeighborContext, host: NeighborHost) {
    this.settings = settings;
    this.#context = context;
    this.#host = host;
    this.#malformedLog = context.malformedLog ?? new LogLimiter(context.clock);
    this.#idleHoldTimer = new Timer(context.clock, () => this.#endIdleHold());
    this.#primary = this.#newSession(!settings.passive);
  }

  /** After `failures` in a row of one that had its address before. */
  start(failures = 0): void {
    this.#running = true;
    this.#primary.start();
    if (failures > 0) this.#connectRetryCounter = failures;
  }

  /** Ends everything and tells the peer why. It can be started again. */
  stop(notification: SessionReset): void {
    this.#running = false;
    this.#held = false;
    this.#idleHoldTimer.stop();
    this.#rival?.stop(notification);
    this.#primary.stop(notification);
  }

  /**
   * Ends the session (event 8) and keeps the neighbour Idle, refusing its connections: for `holdMs`, or until
   * `release`. Does nothing while it is kept so already.
   */
  hold(notification: SessionReset, holdMs: number | undefined): void {
    if (!this.#running || this.#held) return;
    this.#held = true;
    this.#idleHoldTimer.stop();
    this.#rival?.stopAutomatically(notification);
    this.#primary.stopAutomatically(notification);
    if (holdMs !== undefined) this.#idleHoldTimer.start(holdMs);
  }

  /** Ends what `hold` has begun. */
  release(): void {
    if (!this.#held) return;
    this.#idleHoldTimer.stop();
    this.#endIdleHold();
  }

  /** Ends the session, and begins a new one at once unless the neighbour was stopped. */
  reset(notification: SessionReset): void {
    const wasRunning = this.#running;
    this.stop(notification);
    if (wasRunning) this.start();
  }

  /** Ends everything and says nothing, as the end of the process would. It cannot be started again. */
  abandon(): void {
    this.#running = false;
    this.#idleHoldTimer.stop();
    this.#rival?.abandon();
    this.#primary.abandon();
  }

  /** Takes a connection that the peer has opened, or closes it. */
  accept(connection: Connection): "accepted" | "refused" {
    if (!this.#running || this.#held) return refuse(connection);
    if (this.#primary.state === "Idle") {
      if (idleHoldMs(this.#connectRetryCounter) > SHORT_IDLE_HOLD_MS) return refuse(connection);
      this.#idleHoldTimer.stop();
      this.#primary.restartPassively();
    }
    if (this.#primary.state === "Active") this.#primary.accept(connection);
    else this.#acceptRival(connection);
    return "accepted";
  }

  /** Sends whole UPDATEs on the Established session. */
  send(bytes: Uint8Array, messages: number): "continue" | "blocked" {
    return this.#established?.send(bytes, MESSAGE.UPDATE, messages) ?? "continue";
  }

  /** Sends a ROUTE-REFRESH on the Established session. */
  sendRouteRefresh(bytes: Uint8Array): void {
    this.#established?.send(bytes, MESSAGE.ROUTE_REFRESH, 1);
  }

  /** What carries the traffic is the kernel, which does not notice the end of a session, or of a process. */
  get forwardingPreserved(): boolean {
    return this.#context.local.continues || this.#history.timesEstablished > 0;
  }

  /** In a row, since the last session that lasted. */
  get failures(): number {
    return this.#connectRetryCounter;
  }

  /** There is no connection, none on its way, and no penalty to be served. */
  get isWaiting(): boolean {
    return this.#rival === undefined && this.#primary.state === "Active";
  }

  status(): NeighborStatus {
    const session = this.#furthest();
    const { changedAt, timesEstablished, lastEnd, lastError } = this.#history;
    return {
      state: session.state,
      isHeld: this.#held,
      sinceMs: changedAt === undefined ? undefined : this.#context.clock.now() - changedAt,
      received: this.#received.snapshot(),
      sent: this.#sent.snapshot(),
      queuedMessages: session.connection?.queuedMessages ?? 0,
      queuedBytes: session.connection?.queuedBytes ?? 0,
      timesEstablished,
      lastError,
      lastEnd,
      lastMalformed: this.#lastMalformed.record,
      opens: session.opens,
      agreement: session.agreement,
      local: session.connection?.local,
      remote: session.connection?.remote,
    };
  }

  admit(session: Session, agreement: Agreement): boolean {
    const existing = session === this.#primary ? this.#rival : this.#primary;
    const existingConnection = existing?.connection;
    const established = existing?.state === "Established";
    if (existing === undefined || existingConnection === undefined) return true;
    // Before its OPEN the other connection may not even be this peer's; its own OPEN will bring it here.
    if (!established && existing.state !== "OpenConfirm") return true;
    const verdict = resolveCollision({
      local: identityOf(this.#context.local),
      remote: identityOf(agreement),
      existing: { initiator: existingConnection.initiator, established },
      opened: { initiator: session.connection?.initiator ?? "remote", established: false },
      begunAfterEstablished:
        session === this.#rival && this.#rivalBegunAt >= (existing.establishedAt ?? Infinity),
      peerRestartsGracefully: existing.agreement?.restart?.preserved !== undefined,
    });
    this.#debug({ close: verdict.close, reason: verdict.reason }, "connection collision");
    if (verdict.close === "opened") session.dump();
    else if (verdict.reason === "peer-restarted") existing.supersede();
    else existing.dump();
    return verdict.close === "existing";
  }

  established(session: Session, agreement: Agreement): void {
    this.#established = session;
    this.#history.established(this.#context.clock.now());
    const { address } = this.settings;
    this.#context.log.info(
      { neighbor: address, asn: agreement.asn, routerId: agreement.routerId },
      "neighbour is Established",
    );
    this.#host.established(agreement);
  }

  ended(session: Session, end: SessionEnd, agreement: Agreement | undefined): void {
    const fields = { neighbor: this.settings.address, reason: describeEnd(end) };
    if (session !== this.#established || agreement === undefined) {
      this.#history.failed(end, this.#context.clock.now());
      this.#context.log.debug(fields, "no session");
      return;
    }
    this.#established = undefined;
    const lasted = this.#history.lost(end, this.#context.clock.now());
    if (lasted >= STABLE_SESSION_MS) this.#connectRetryCounter = 0;
    if (isOwnCease(end)) this.#context.log.info(fields, "neighbour is down");
    else this.#context.log.warn(fields, "neighbour is down");
    this.#host.lost(end, agreement);
  }

  update(_session: Session, message: ReceivedMessage): SessionReset | undefined {
    return this.#host.update(message);
  }

  routeRefresh(_session: Session, message: ReceivedMessage): SessionReset | undefined {
    return this.#host.routeRefresh(message);
  }

  keepalive(): void {
    this.#host.keepalive();
  }

  drained(session: Session): void {
    if (session === this.#established) this.#host.drained();
  }

  /** Keeps a message of the peer, of which `reason` says what is wrong, to be shown. */
  noteMalformed(reason: string, bytes: Uint8Array): void {
    this.#lastMalformed.note(this.#context.clock.now(), reason, bytes);
  }

  malformed(session: Session, fault: SessionReset, bytes: Uint8Array): void {
    const octets = bytes.subarray(0, MAX_MESSAGE_LENGTH);
    const { reason } = fault;
    this.noteMalformed(`${reason} (session-reset)`, octets);
    this.warnOfMessage("malformed message ends the session", reason, octets, session.state);
  }

  /** Logs what is wrong with a message of the peer, but for so many lines only. */
  warnOfMessage(line: string, reason: string, octets?: Uint8Array, state?: FsmState): void {
    const suppressed = this.#malformedLog.admit();
    if (suppressed === undefined) return;
    const fields = {
      neighbor: this.settings.address,
      ...(state === undefined ? {} : { state }),
      reason,
      ...(octets === undefined ? {} : { hex: hex(octets) }),
      suppressed,
    };
    this.#context.log.warn(fields, line);
  }

  countConnectRetry(change: "reset" | "increment"): void {
    this.#connectRetryCounter = change === "reset" ? 0 : this.#connectRetryCounter + 1;
  }

  dampen(session: Session): void {
    // While another session is alive there is nothing to restart.
    if (session !== this.#primary || this.#rival !== undefined) return;
    if (!this.#running || this.#held) return;
    const wait = idleHoldMs(this.#connectRetryCounter);
    this.#idleHoldTimer.start(jittered(wait, this.#context.random));
  }

  moved(session: Session, from: FsmState): void {
    this.#debug({ from, to: session.state }, "state");
    this.#settle();
    if (this.isWaiting) this.#host.waiting();
  }

  #endIdleHold(): void {
    this.#held = false;
    this.#primary.restart();
  }

  #acceptRival(connection: Connection): void {
    // A third connection: the peer has given up its second one, or somebody pretends to be the peer.
    this.#rival?.dump();
    const rival = this.#newSession(false);
    rival.start();
    rival.accept(connection);
    this.#rival = rival;
    this.#rivalBegunAt = this.#context.clock.now();
  }

  /** Keeps two sessions only as long as both have a future. */
  #settle(): void {
    const rival = this.#rival;
    if (rival === undefined) return;
    if (isWaiting(rival.state)) {
      this.#rival = undefined;
      rival.abandon();
    } else if (
      isWaiting(this.#primary.state) ||
      (rival.state === "Established" && this.#primary.state === "Connect")
    ) {
      const former = this.#primary;
      this.#primary = rival;
      this.#rival = undefined;
      rival.connects = !this.settings.passive;
      former.abandon();
    }
  }

  /** The session that is nearest to Established. */
  #furthest(): Session {
    const rival = this.#rival;
    if (rival === undefined) return this.#primary;
    const rank = (session: Session): number => FSM_STATES.indexOf(session.state);
    return rank(rival) > rank(this.#primary) ? rival : this.#primary;
  }

  #newSession(connects: boolean): Session {
    const { clock, random, transport, local } = this.#context;
    const context = {
      clock,
      random,
      transport,
      local,
      settings: this.settings,
      received: this.#received,
      sent: this.#sent,
    };
    return new Session(context, this, connects);
  }

  #debug(fields: LogFields, message: string): void {
    this.#context.log.debug({ neighbor: this.settings.address, ...fields }, message);
  }
}

function refuse(connection: Connection): "refused" {
  connection.destroy();
  return "refused";
}

/** No connection, and none on its way. */
function isWaiting(state: FsmState): boolean {
  return state === "Idle" || state === "Active";
}

function identityOf(speaker: { readonly asn: Asn; readonly routerId: IpAddress }): SpeakerIdentity {
  return { asn: speaker.asn, identifier: readU32(ipBytes(speaker.routerId), 0) };
}

function isOwnCease(end: SessionEnd): boolean {
  return end.kind === "stopped" || (end.kind === "notification-sent" && end.code === ERROR.CEASE);
}
