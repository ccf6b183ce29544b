/**
 * The BGP finite state machine of RFC 4271, section 8, as a table: state x event -> next state and actions.
 *
 * The table is pure data. It owns no timer and no socket: `session.ts` performs the actions, in the order in
 * which they are written here. Read it beside RFC 4271, section 8.2.2: one block a state, one line an event (or a
 * group of events that the RFC also groups), with the RFC's event numbers in `EVENT_NUMBERS`.
 *
 *            1,3,6            16,17             19                26
 *   Idle ----------> Connect -------> OpenSent ----> OpenConfirm ----> Established
 *     |                ^ | 18           | 18              |                 |
 *     | 4,5,7        9 | v              |                 |                 |
 *     +-------------> Active <----------+                 |                 |
 *   Idle <----- errors and stops of every state ----------+-----------------+
 *
 * Not implemented: DelayOpen (events 12 and 20 and their rows). Event 13 (IdleHoldTimer_Expires) is turned by the
 * neighbour into event 6 or 7, so it is no column here. A second connection of the same neighbour is not an event
 * of this machine: it gets a machine of its own, and section 6.8 (collision.ts) decides which of the two stays.
 *
 * Deviations from the text of RFC 4271, each for a reason:
 *  - Connect + 18 goes to Active, as if DelayOpen were running, and not to Idle: an Idle speaker refuses incoming
 *    connections, so two peers that start together would refuse each other in turn.
 *  - OpenSent + 25 closes silently, as OpenConfirm does: a NOTIFICATION in answer to a NOTIFICATION (here the
 *    ordinary "bad peer AS") would go to a closed connection.
 *  - Established + 21 and 22 send their own error code, not a Finite State Machine Error: section 6.1 asks for it, and
 *    the operator of the other end learns what was wrong.
 *  - A second OPEN on one connection (OpenConfirm, Established + 19) is a Finite State Machine Error: the collision
 *    that the RFC describes there is between two connections, see above.
 *
 * RFC 4271 section 8, RFC 6608 (FSM error subcodes), RFC 9687 (event 29), RFC 2918 (ROUTE-REFRESH, an event without
 * a number, accepted where UPDATE is).
 */

import { ERROR, FSM_ERROR } from "../wire/error-code.ts";

/** The six states of RFC 4271, section 8.2.2, by their names there, in the order in which a session takes them. */
export const FSM_STATES = [
  "Idle",
  "Connect",
  "Active",
  "OpenSent",
  "OpenConfirm",
  "Established",
] as const;

/** One state of the machine. */
export type FsmState = (typeof FSM_STATES)[number];

/** RFC 4271, section 8.1: the events and their numbers; 29 is RFC 9687's; ROUTE-REFRESH has none. */
export const EVENT_NUMBERS = {
  manualStart: 1,
  manualStop: 2,
  automaticStart: 3,
  manualStartPassive: 4,
  automaticStartPassive: 5,
  automaticStartDamped: 6,
  automaticStartDampedPassive: 7,
  automaticStop: 8,
  connectRetryTimerExpires: 9,
  holdTimerExpires: 10,
  keepaliveTimerExpires: 11,
  tcpConnectionValid: 14,
  tcpConnectionInvalid: 15,
  tcpConnectionAcked: 16,
  tcpConnectionConfirmed: 17,
  tcpConnectionFails: 18,
  openMessage: 19,
  headerError: 21,
  openMessageError: 22,
  openCollisionDump: 23,
  notificationVersionError: 24,
  notificationMessage: 25,
  keepaliveMessage: 26,
  updateMessage: 27,
  updateMessageError: 28,
  sendHoldTimerExpires: 29,
  routeRefreshMessage: undefined,
} as const;

/** One event of the machine, named after the RFC's event. */
export type FsmEvent = keyof typeof EVENT_NUMBERS;

/**
 * What `session.ts` does on a transition. "releaseResources" stops the hold, keepalive and send hold timers,
 * "dropConnection" also tells the owner of the session, "dampen" starts the neighbour's IdleHoldTimer. The
 * SendHoldTimer of RFC 9687 needs no action: it runs while anything waits to be sent.
 */
export type FsmAction =
  | "resetConnectRetryCounter"
  | "incrementConnectRetryCounter"
  | "startConnectRetryTimer"
  | "stopConnectRetryTimer"
  | "initiateConnection"
  | "dropConnection"
  | "releaseResources"
  | "sendOpen"
  | "sendKeepalive"
  | "startOpenHoldTimer"
  | "startHoldTimer"
  | "startKeepaliveTimer"
  | "announceEstablished"
  | "processUpdate"
  | "processRouteRefresh"
  | "dampen";

/** The NOTIFICATION of a transition: fixed by the machine, or the one that the event brought along. */
export type FsmNotification = "carried" | { readonly code: number; readonly subcode: number };

/** One cell of the table. `notification`, when there is one, is sent before the actions are performed. */
export interface FsmTransition {
  readonly next: FsmState;
  readonly notification?: FsmNotification;
  readonly actions: readonly FsmAction[];
}

type Row = Readonly<Record<FsmEvent, FsmTransition>>;

const HOLD_TIMER_EXPIRED = { code: ERROR.HOLD_TIMER_EXPIRED, subcode: 0 } as const;
/** RFC 6608: the subcode says in which state the unexpected message came. */
const FSM_ERROR_IN_OPEN_SENT = {
  code: ERROR.FINITE_STATE_MACHINE,
  subcode: FSM_ERROR.UNEXPECTED_IN_OPEN_SENT,
} as const;
const FSM_ERROR_IN_OPEN_CONFIRM = {
  code: ERROR.FINITE_STATE_MACHINE,
  subcode: FSM_ERROR.UNEXPECTED_IN_OPEN_CONFIRM,
} as const;
const FSM_ERROR_IN_ESTABLISHED = {
  code: ERROR.FINITE_STATE_MACHINE,
  subcode: FSM_ERROR.UNEXPECTED_IN_ESTABLISHED,
} as const;

function to(next: FsmState, ...actions: readonly FsmAction[]): FsmTransition {
  return { next, actions };
}

function notifying(notification: FsmNotification, transition: FsmTransition): FsmTransition {
  return { ...transition, notification };
}

/** Events 1 and 3 to 7: "the start events are ignored" outside Idle. */
function ignoredStarts(
  state: FsmState,
): Record<
  | "manualStart"
  | "automaticStart"
  | "manualStartPassive"
  | "automaticStartPassive"
  | "automaticStartDamped"
  | "automaticStartDampedPassive",
  FsmTransition
> {
  const ignored = to(state);
  return {
    manualStart: ignored,
    automaticStart: ignored,
    manualStartPassive: ignored,
    automaticStartPassive: ignored,
    automaticStartDamped: ignored,
    automaticStartDampedPassive: ignored,
  };
}

/** Events 14 to 17 while a connection is in use: a further one is tracked by its own machine. */
function trackedElsewhere(
  state: FsmState,
): Record<
  "tcpConnectionValid" | "tcpConnectionInvalid" | "tcpConnectionAcked" | "tcpConnectionConfirmed",
  FsmTransition
> {
  const ignored = to(state);
  return {
    tcpConnectionValid: ignored,
    tcpConnectionInvalid: ignored,
    tcpConnectionAcked: ignored,
    tcpConnectionConfirmed: ignored,
  };
}

/** The way to Idle after an operator's stop: the counter is cleared and nothing restarts by itself. */
const STOPPED = to(
  "Idle",
  "stopConnectRetryTimer",
  "releaseResources",
  "dropConnection",
  "resetConnectRetryCounter",
);

/** The way to Idle after an error: the counter grows and peer oscillation is damped. */
const FAILED = to(
  "Idle",
  "stopConnectRetryTimer",
  "releaseResources",
  "dropConnection",
  "incrementConnectRetryCounter",
  "dampen",
);

/** Event 24, an unsupported version: not counted as a failure, but damped, or it would loop at full speed. */
const VERSION_REFUSED = to(
  "Idle",
  "stopConnectRetryTimer",
  "releaseResources",
  "dropConnection",
  "dampen",
);

const OPENED = to("OpenSent", "stopConnectRetryTimer", "sendOpen", "startOpenHoldTimer");

const IDLE: Row = {
  manualStart: to(
    "Connect",
    "resetConnectRetryCounter",
    "startConnectRetryTimer",
    "initiateConnection",
  ),
  automaticStart: to(
    "Connect",
    "resetConnectRetryCounter",
    "startConnectRetryTimer",
    "initiateConnection",
  ),
  manualStartPassive: to("Active", "resetConnectRetryCounter", "startConnectRetryTimer"),
  automaticStartPassive: to("Active", "resetConnectRetryCounter", "startConnectRetryTimer"),
  automaticStartDamped: to("Connect", "startConnectRetryTimer", "initiateConnection"),
  automaticStartDampedPassive: to("Active", "startConnectRetryTimer"),
  manualStop: to("Idle"),
  automaticStop: to("Idle"),
  connectRetryTimerExpires: to("Idle"),
  holdTimerExpires: to("Idle"),
  keepaliveTimerExpires: to("Idle"),
  ...trackedElsewhere("Idle"),
  tcpConnectionFails: to("Idle"),
  openMessage: to("Idle"),
  headerError: to("Idle"),
  openMessageError: to("Idle"),
  openCollisionDump: to("Idle"),
  notificationVersionError: to("Idle"),
  notificationMessage: to("Idle"),
  keepaliveMessage: to("Idle"),
  updateMessage: to("Idle"),
  updateMessageError: to("Idle"),
  sendHoldTimerExpires: to("Idle"),
  routeRefreshMessage: to("Idle"),
};

/** Connect and Active, "any other event": there is no connection on which a NOTIFICATION could go. */
const UNEXPECTED_BEFORE_OPEN = {
  automaticStop: FAILED,
  holdTimerExpires: FAILED,
  keepaliveTimerExpires: FAILED,
  openMessage: FAILED,
  headerError: FAILED,
  openMessageError: FAILED,
  openCollisionDump: FAILED,
  notificationVersionError: FAILED,
  notificationMessage: FAILED,
  keepaliveMessage: FAILED,
  updateMessage: FAILED,
  updateMessageError: FAILED,
  sendHoldTimerExpires: FAILED,
  routeRefreshMessage: FAILED,
} as const;

const CONNECT: Row = {
  ...ignoredStarts("Connect"),
  ...UNEXPECTED_BEFORE_OPEN,
  manualStop: STOPPED,
  connectRetryTimerExpires: to(
    "Connect",
    "dropConnection",
    "startConnectRetryTimer",
    "initiateConnection",
  ),
  tcpConnectionValid: to("Connect"),
  tcpConnectionInvalid: to("Connect"),
  tcpConnectionAcked: OPENED,
  tcpConnectionConfirmed: OPENED,
  tcpConnectionFails: to("Active", "dropConnection", "startConnectRetryTimer"),
};

const ACTIVE: Row = {
  ...ignoredStarts("Active"),
  ...UNEXPECTED_BEFORE_OPEN,
  manualStop: STOPPED,
  connectRetryTimerExpires: to("Connect", "startConnectRetryTimer", "initiateConnection"),
  tcpConnectionValid: to("Active"),
  tcpConnectionInvalid: to("Active"),
  tcpConnectionAcked: OPENED,
  tcpConnectionConfirmed: OPENED,
  tcpConnectionFails: to(
    "Idle",
    "startConnectRetryTimer",
    "releaseResources",
    "dropConnection",
    "incrementConnectRetryCounter",
    "dampen",
  ),
};

const OPEN_SENT: Row = {
  ...ignoredStarts("OpenSent"),
  ...trackedElsewhere("OpenSent"),
  manualStop: notifying("carried", STOPPED),
  automaticStop: notifying("carried", FAILED),
  connectRetryTimerExpires: notifying(FSM_ERROR_IN_OPEN_SENT, FAILED),
  holdTimerExpires: notifying(HOLD_TIMER_EXPIRED, FAILED),
  keepaliveTimerExpires: notifying(FSM_ERROR_IN_OPEN_SENT, FAILED),
  tcpConnectionFails: to("Active", "releaseResources", "dropConnection", "startConnectRetryTimer"),
  openMessage: to(
    "OpenConfirm",
    "stopConnectRetryTimer",
    "sendKeepalive",
    "startKeepaliveTimer",
    "startHoldTimer",
  ),
  headerError: notifying("carried", FAILED),
  openMessageError: notifying("carried", FAILED),
  openCollisionDump: notifying("carried", FAILED),
  notificationVersionError: VERSION_REFUSED,
  notificationMessage: FAILED,
  keepaliveMessage: notifying(FSM_ERROR_IN_OPEN_SENT, FAILED),
  updateMessage: notifying(FSM_ERROR_IN_OPEN_SENT, FAILED),
  updateMessageError: notifying(FSM_ERROR_IN_OPEN_SENT, FAILED),
  sendHoldTimerExpires: FAILED,
  routeRefreshMessage: notifying(FSM_ERROR_IN_OPEN_SENT, FAILED),
};

const OPEN_CONFIRM: Row = {
  ...ignoredStarts("OpenConfirm"),
  ...trackedElsewhere("OpenConfirm"),
  manualStop: notifying("carried", STOPPED),
  automaticStop: notifying("carried", FAILED),
  connectRetryTimerExpires: notifying(FSM_ERROR_IN_OPEN_CONFIRM, FAILED),
  holdTimerExpires: notifying(HOLD_TIMER_EXPIRED, FAILED),
  keepaliveTimerExpires: to("OpenConfirm", "sendKeepalive", "startKeepaliveTimer"),
  tcpConnectionFails: FAILED,
  openMessage: notifying(FSM_ERROR_IN_OPEN_CONFIRM, FAILED),
  headerError: notifying("carried", FAILED),
  openMessageError: notifying("carried", FAILED),
  openCollisionDump: notifying("carried", FAILED),
  notificationVersionError: VERSION_REFUSED,
  notificationMessage: FAILED,
  keepaliveMessage: to("Established", "startHoldTimer", "announceEstablished"),
  updateMessage: notifying(FSM_ERROR_IN_OPEN_CONFIRM, FAILED),
  updateMessageError: notifying(FSM_ERROR_IN_OPEN_CONFIRM, FAILED),
  sendHoldTimerExpires: FAILED,
  routeRefreshMessage: notifying(FSM_ERROR_IN_OPEN_CONFIRM, FAILED),
};

const ESTABLISHED: Row = {
  ...ignoredStarts("Established"),
  ...trackedElsewhere("Established"),
  manualStop: notifying("carried", STOPPED),
  automaticStop: notifying("carried", FAILED),
  connectRetryTimerExpires: notifying(FSM_ERROR_IN_ESTABLISHED, FAILED),
  holdTimerExpires: notifying(HOLD_TIMER_EXPIRED, FAILED),
  keepaliveTimerExpires: to("Established", "sendKeepalive", "startKeepaliveTimer"),
  tcpConnectionFails: FAILED,
  openMessage: notifying(FSM_ERROR_IN_ESTABLISHED, FAILED),
  headerError: notifying("carried", FAILED),
  openMessageError: notifying("carried", FAILED),
  openCollisionDump: notifying("carried", FAILED),
  notificationVersionError: FAILED,
  notificationMessage: FAILED,
  keepaliveMessage: to("Established", "startHoldTimer"),
  updateMessage: to("Established", "startHoldTimer", "processUpdate"),
  updateMessageError: notifying("carried", FAILED),
  sendHoldTimerExpires: FAILED,
  routeRefreshMessage: to("Established", "startHoldTimer", "processRouteRefresh"),
};

/** The whole machine: `FSM_TABLE[state][event]`. Every cell is defined. */
export const FSM_TABLE: Readonly<Record<FsmState, Row>> = {
  Idle: IDLE,
  Connect: CONNECT,
  Active: ACTIVE,
  OpenSent: OPEN_SENT,
  OpenConfirm: OPEN_CONFIRM,
  Established: ESTABLISHED,
};
