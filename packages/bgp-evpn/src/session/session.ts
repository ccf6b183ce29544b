/**
 * One BGP connection and its state machine: performs the actions of fsm.ts.
 *
 * A neighbour has one session, or two while two connections collide. The session decides nothing that concerns both of
 * them, and knows nothing of routes: it asks its `SessionHost`.
 */

import { CEASE, ERROR, OPEN_ERROR } from "../wire/error-code.ts";
import { MESSAGE, messageType } from "../wire/header.ts";
import { encodeKeepalive } from "../wire/keepalive.ts";
import { decodeNotification, encodeNotification } from "../wire/notification.ts";
import { decodeOpen, encodeOpen } from "../wire/open.ts";
import { type NotificationFields, type SessionReset, sessionReset } from "../wire/session-reset.ts";
import type { Connection } from "./connection.ts";
import { MessageStream } from "./framing.ts";
import { FSM_TABLE, type FsmAction, type FsmEvent, type FsmState } from "./fsm.ts";
import { hardReset, isHard } from "./hard-reset.ts";
import { type Agreement, localOpen, negotiate } from "./negotiation.ts";
import type { SessionEnd } from "./session-end.ts";
import type { ReceivedMessage, SessionContext, SessionHost } from "./session-host.ts";
import { SessionTimers } from "./session-timers.ts";

const NO_BYTES = new Uint8Array(0);

/** The OPENs of a connection, whole messages as they were sent and received; each is absent before it was. */
export interface ExchangedOpens {
  readonly sent?: Uint8Array;
  readonly received?: Uint8Array;
}

/** One state machine with at most one connection. */
export class Session {
  /** False for a session that only takes a connection which the peer has opened. */
  connects: boolean;
  readonly #context: SessionContext;
  readonly #host: SessionHost;
  readonly #timers: SessionTimers;
  readonly #perform: Readonly<Record<FsmAction, () => void>> = {
    resetConnectRetryCounter: () => this.#host.countConnectRetry("reset"),
    incrementConnectRetryCounter: () => this.#host.countConnectRetry("increment"),
    startConnectRetryTimer: () => this.#startConnectRetry(),
    stopConnectRetryTimer: () => this.#timers.stopConnectRetry(),
    initiateConnection: () => this.#connect(),
    dropConnection: () => this.#dropConnection(),
    releaseResources: () => this.#timers.release(),
    sendOpen: () => this.#sendOpen(),
    sendKeepalive: () => this.send(encodeKeepalive(), MESSAGE.KEEPALIVE, 1),
    startOpenHoldTimer: () => this.#timers.startOpenHold(),
    startHoldTimer: () => this.#timers.startHold(),
    startKeepaliveTimer: () => this.#timers.startKeepalive(),
    announceEstablished: () => this.#announceEstablished(),
    processUpdate: () => this.#refuse(this.#host.update(this, this.#message)),
    processRouteRefresh: () => this.#refuse(this.#host.routeRefresh(this, this.#message)),
    dampen: () => this.#host.dampen(this),
  };
  #state: FsmState = "Idle";
  #connection: Connection | undefined;
  #agreement: Agreement | undefined;
  #opens: ExchangedOpens = {};
  #establishedAt: number | undefined;
  #end: SessionEnd = { kind: "stopped" };
  /** A connection exists, or has existed since `dropConnection` was performed last. */
  #attempted = false;
  /** A NOTIFICATION has been sent on the connection. */
  #notified = false;
  #stream = new MessageStream();
  #message: ReceivedMessage = { bytes: NO_BYTES, offset: 0, length: 0 };

  constructor(context: SessionContext, host: SessionHost, connects: boolean) {
    this.#context = context;
    this.#host = host;
    this.connects = connects;
    this.#timers = new SessionTimers(context.clock, context.random, context.settings, {
      onConnectRetry: () => this.#onConnectRetry(),
      onHold: () => this.#dispatch("holdTimerExpires"),
      onKeepalive: () => this.#dispatch("keepaliveTimerExpires"),
      onSendHold: () => this.#fail("sendHoldTimerExpires", { kind: "send-hold-expired" }),
    });
  }

  get state(): FsmState {
    return this.#state;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** What the OPENs agreed on, from OpenConfirm on. */
  get agreement(): Agreement | undefined {
    return this.#agreement;
  }

  /** Of the connection that there is, or was last. */
  get opens(): ExchangedOpens {
    return this.#opens;
  }

  /** When it became Established, by the clock; undefined before. */
  get establishedAt(): number | undefined {
    return this.#establishedAt;
  }

  /** Events 1 and 4. */
  start(): void {
    this.#dispatch(this.connects ? "manualStart" : "manualStartPassive");
  }

  /** Events 6 and 7, when the IdleHoldTimer has expired (13). */
  restart(): void {
    this.#dispatch(this.connects ? "automaticStartDamped" : "automaticStartDampedPassive");
  }

  /** Event 7, also when it connects: the peer has come before the IdleHoldTimer has expired. */
  restartPassively(): void {
    this.#dispatch("automaticStartDampedPassive");
  }

  /** Event 17: takes a connection that the peer has opened. The session must be Active. */
  accept(connection: Connection): void {
    this.#adopt(connection);
    this.#dispatch("tcpConnectionConfirmed");
  }

  /** Event 2: the operator's stop; `notification` is what the peer is told. */
  stop(notification: SessionReset): void {
    this.#end = { kind: "stopped" };
    this.#dispatch("manualStop", notification);
  }

  /** Event 8: stopped by this speaker itself; `notification` is what the peer is told. */
  stopAutomatically(notification: SessionReset): void {
    this.#end = { kind: "stopped" };
    this.#dispatch("automaticStop", notification);
  }

  /** Event 23: lost a collision. */
  dump(): void {
    const reason = "another connection of this neighbour is preferred";
    const subcode = CEASE.CONNECTION_COLLISION_RESOLUTION;
    this.#dispatch("openCollisionDump", sessionReset(ERROR.CEASE, subcode, reason));
  }

  /** Event 18 by decision: the peer has opened a new connection and cannot know this one any more (RFC 4724). */
  supersede(): void {
    const reason = "the peer has opened a new connection";
    this.#fail("tcpConnectionFails", { kind: "connection-lost", reason });
  }

  /**
   * What the end of the process does to a session: the connection closes and nothing is said. To the peer it is the
   * beginning of a graceful restart. The session is of no use afterwards.
   */
  abandon(): void {
    this.#end = { kind: "stopped" };
    this.#state = "Idle";
    this.#timers.stopConnectRetry();
    this.#timers.release();
    this.#dropConnection();
  }

  /** Queues whole messages of one type. After "blocked" nothing should come until `SessionHost.drained`. */
  send(bytes: Uint8Array, type: number, messages: number): "continue" | "blocked" {
    const connection = this.#connection;
    if (connection === undefined) return "continue";
    connection.write(bytes, messages);
    this.#context.sent.add(type, messages);
    this.#timers.awaitSending();
    this.#timers.postponeKeepalive();
    return connection.isFull ? "blocked" : "continue";
  }

  #dispatch(event: FsmEvent, carried?: SessionReset): void {
    const from = this.#state;
    const { next, notification, actions } = FSM_TABLE[from][event];
    if (notification !== undefined) {
      const fields = notification === "carried" ? carried : { ...notification, data: NO_BYTES };
      if (fields !== undefined) this.#notify(fields, carried?.reason ?? "");
    }
    this.#state = next;
    for (const action of actions) this.#perform[action]();
    if (from !== next) this.#host.moved(this, from);
  }

  /** Dispatches an event that ends the session without a NOTIFICATION of ours. */
  #fail(event: FsmEvent, end: SessionEnd): void {
    this.#end = end;
    this.#dispatch(event);
  }

  #startConnectRetry(): void {
    // RFC 4271 lets even a passive neighbour connect when this timer expires; here passive means passive.
    if (this.connects) this.#timers.startConnectRetry();
  }

  #connect(): void {
    const { settings, transport } = this.#context;
    this.#adopt(transport.connect(settings));
  }

  #adopt(connection: Connection): void {
    this.#connection = connection;
    this.#attempted = true;
    this.#notified = false;
    this.#opens = {};
    this.#stream = new MessageStream();
    connection.attach({
      onConnected: () => this.#dispatch("tcpConnectionAcked"),
      onData: (chunk) => this.#receive(chunk),
      onProgress: () => this.#onProgress(connection),
      onDrain: () => this.#host.drained(this),
      onClosed: (reason) => {
        this.#connection = undefined;
        this.#fail("tcpConnectionFails", { kind: "connection-lost", reason });
      },
    });
  }

  #onProgress(connection: Connection): void {
    if (connection.queuedBytes > 0) this.#timers.restartSendHold();
    else this.#timers.stopSendHold();
  }

  #receive(chunk: Uint8Array): void {
    const fault = this.#stream.push(chunk, (bytes, offset, length) => {
      this.#message = { bytes, offset, length };
      this.#handle(messageType(bytes, offset));
      return this.#connection !== undefined;
    });
    if (fault === undefined) return;
    this.#host.malformed(this, fault, chunk);
    this.#dispatch("headerError", fault);
  }

  #handle(type: number): void {
    this.#context.received.add(type);
    if (type === MESSAGE.UPDATE) this.#dispatch("updateMessage");
    else if (type === MESSAGE.KEEPALIVE) this.#handleKeepalive();
    else if (type === MESSAGE.OPEN) this.#handleOpen();
    else if (type === MESSAGE.NOTIFICATION) this.#handleNotification();
    else this.#dispatch("routeRefreshMessage");
  }

  #handleOpen(): void {
    if (this.#state === "OpenSent") this.#readOpen();
    // The machine refuses an OPEN in any other state, whatever is in it.
    else this.#dispatch("openMessage");
  }

  #readOpen(): void {
    const { local, settings } = this.#context;
    const { bytes, offset, length } = this.#message;
    this.#opens = { ...this.#opens, received: bytes.slice(offset, offset + length) };
    const open = decodeOpen(bytes, offset, length);
    const result = open.kind === "open" ? negotiate(open, local, settings) : open;
    if ("kind" in result) {
      this.#host.malformed(this, result, bytes.subarray(offset, offset + length));
      this.#dispatch("openMessageError", result);
    } else if (this.#host.admit(this, result)) {
      this.#agreement = result;
      this.#stream.context = result.context;
      this.#timers.holdTime = result.holdTime;
      this.#dispatch("openMessage");
    }
  }

  #handleNotification(): void {
    const { bytes, offset, length } = this.#message;
    const notification = decodeNotification(bytes, offset, length);
    const isVersionError =
      notification.code === ERROR.OPEN_MESSAGE &&
      notification.subcode === OPEN_ERROR.UNSUPPORTED_VERSION_NUMBER;
    this.#fail(isVersionError ? "notificationVersionError" : "notificationMessage", {
      kind: "notification-received",
      notification,
    });
  }

  #handleKeepalive(): void {
    const wasEstablished = this.#state === "Established";
    this.#dispatch("keepaliveMessage");
    if (wasEstablished) this.#host.keepalive(this);
  }

  /** Ends the session when its host found that an UPDATE or ROUTE-REFRESH demands it. */
  #refuse(fault: SessionReset | undefined): void {
    if (fault === undefined) return;
    const { bytes, offset, length } = this.#message;
    this.#host.malformed(this, fault, bytes.subarray(offset, offset + length));
    this.#dispatch("updateMessageError", fault);
  }

  #sendOpen(): void {
    const { local, settings } = this.#context;
    const sent = encodeOpen(localOpen(local, settings, this.#host));
    this.#opens = { ...this.#opens, sent };
    this.send(sent, MESSAGE.OPEN, 1);
  }

  #notify(fields: NotificationFields, reason: string): void {
    const { code, data, subcode } = fields;
    const isHardReset = this.#agreement?.restart?.notification === true && isHard(fields);
    this.#end = {
      kind: "notification-sent",
      code,
      subcode,
      reason,
      ...(data.length === 0 ? {} : { data }),
      ...(isHardReset ? { isHardReset } : {}),
    };
    this.#notified = true;
    const sent = isHardReset ? hardReset(fields) : fields;
    this.send(encodeNotification(sent), MESSAGE.NOTIFICATION, 1);
  }

  #onConnectRetry(): void {
    const reason = "no answer to the connection attempt";
    this.#fail("connectRetryTimerExpires", { kind: "connection-lost", reason });
  }

  #announceEstablished(): void {
    if (this.#agreement === undefined) return;
    this.#establishedAt = this.#context.clock.now();
    this.#host.established(this, this.#agreement);
  }

  #dropConnection(): void {
    const connection = this.#connection;
    const agreement = this.#establishedAt === undefined ? undefined : this.#agreement;
    this.#connection = undefined;
    this.#agreement = undefined;
    this.#establishedAt = undefined;
    if (this.#notified) connection?.end();
    else connection?.destroy();
    if (!this.#attempted) return;
    this.#attempted = false;
    this.#host.ended(this, this.#end, agreement);
  }
}
