/** What a session needs from its surroundings, and whom it reports to. */

import type { SessionReset } from "../wire/session-reset.ts";
import type { Transport } from "./connection.ts";
import type { FsmState } from "./fsm.ts";
import type { MessageCounter } from "./message-counter.ts";
import type { Agreement, FormerSessions, LocalSpeaker } from "./negotiation.ts";
import type { NeighborSettings } from "./neighbor-options.ts";
import type { Session } from "./session.ts";
import type { SessionEnd } from "./session-end.ts";
import type { Clock } from "./timers.ts";

/** What a session is given. */
export interface SessionContext {
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly transport: Transport;
  readonly local: LocalSpeaker;
  readonly settings: NeighborSettings;
  readonly received: MessageCounter;
  readonly sent: MessageCounter;
}

/** A whole message where it was received; the bytes are valid only during the call that hands it over. */
export interface ReceivedMessage {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/** Who owns a session. */
export interface SessionHost extends FormerSessions {
  /** The peer's OPEN is acceptable. False when another connection is preferred and this one has been dumped. */
  admit(session: Session, agreement: Agreement): boolean;
  established(session: Session, agreement: Agreement): void;
  /** The connection is over, or the attempt at one; `agreement` is there when the session was Established. */
  ended(session: Session, end: SessionEnd, agreement: Agreement | undefined): void;
  /** A message of an Established session; a reset that it returns ends the session. */
  update(session: Session, message: ReceivedMessage): SessionReset | undefined;
  routeRefresh(session: Session, message: ReceivedMessage): SessionReset | undefined;
  keepalive(session: Session): void;
  /** After "blocked", the connection can take UPDATEs again. */
  drained(session: Session): void;
  /** What the peer has sent is the reason for ending the session; for the log. */
  malformed(session: Session, fault: SessionReset, bytes: Uint8Array): void;
  countConnectRetry(change: "reset" | "increment"): void;
  /** Stay Idle for a while (DampPeerOscillations). */
  dampen(session: Session): void;
  /** A transition to another state is complete. */
  moved(session: Session, from: FsmState): void;
}
