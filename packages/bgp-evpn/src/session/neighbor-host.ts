/** What a neighbour needs from its surroundings, and what it tells them. */
import type { SessionReset } from "../wire/session-reset.ts";
import type { Endpoint, Transport } from "./connection.ts";
import type { FsmState } from "./fsm.ts";
import type { LogLimiter } from "./log-limiter.ts";
import type { Logger } from "./logger.ts";
import type { MalformedMessageRecord } from "./malformed-message.ts";
import type { MessageCounts } from "./message-counter.ts";
import type { Agreement, LocalSpeaker } from "./negotiation.ts";
import type { PastEnd } from "./neighbor-history.ts";
import type { ExchangedOpens } from "./session.ts";
import type { SessionEnd } from "./session-end.ts";
import type { ReceivedMessage } from "./session-host.ts";
import type { Clock } from "./timers.ts";

/** What all neighbours of a speaker share. */
export interface NeighborContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly transport: Transport;
  readonly local: LocalSpeaker;
  readonly log: Logger;
  /** The lines that may be written about what is wrong with messages; absent: a budget of the neighbour's own. */
  readonly malformedLog?: LogLimiter;
}

/** What a neighbour's Established session tells; there is at most one at a time. */
export interface NeighborHost {
  established(agreement: Agreement): void;
  /** The session that was Established is over. */
  lost(end: SessionEnd, agreement: Agreement): void;
  update(message: ReceivedMessage): SessionReset | undefined;
  routeRefresh(message: ReceivedMessage): SessionReset | undefined;
  keepalive(): void;
  /** After `send` said "blocked": there is room again. */
  drained(): void;
  /** It waits for the neighbour to connect, and does nothing else; `isWaiting`. */
  waiting(): void;
}

/** What the summary shows of a neighbour's sessions. */
export interface NeighborStatus {
  readonly state: FsmState;
  /** It is kept Idle until `release`, or until the time that `hold` was given is over. */
  readonly isHeld: boolean;
  /** Milliseconds since the session came up, or went down; undefined when it never was up. */
  readonly sinceMs: number | undefined;
  readonly received: MessageCounts;
  readonly sent: MessageCounts;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly timesEstablished: number;
  readonly lastError: string | undefined;
  /** What `lastError` says, as a value. */
  readonly lastEnd: PastEnd | undefined;
  readonly lastMalformed: MalformedMessageRecord | undefined;
  readonly opens: ExchangedOpens;
  readonly agreement: Agreement | undefined;
  readonly local: Endpoint | undefined;
  readonly remote: Endpoint | undefined;
}
