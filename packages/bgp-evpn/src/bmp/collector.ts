/**
 * One BMP collector: connects, tells it everything there is, then what happens.
 *
 *   connecting --connected--> synchronising --table told--> live
 *       ^                          |                          |
 *       +---- back-off <-----------+------ closed, stuck -----+
 *
 * What waits for a collector is bounded: the table goes out only as fast as it is taken, and a connection for which too
 * much waits, or that takes nothing for a while, is closed. The collector learns all of it again when it is back; no
 * session with a peer waits for it meanwhile.
 *
 * RFC 7854 sections 3.2 and 3.3.
 */

import type { Connection, Transport } from "../session/connection.ts";
import type { Logger } from "../session/logger.ts";
import { PLAIN_SOCKET } from "../session/peer-socket.ts";
import { type Clock, jittered, Timer } from "../session/timers.ts";
import { encodeTermination, TERMINATION_REASON } from "./bmp-message.ts";
import type { CollectorSettings } from "./collector-options.ts";

/** The table is told only while less than this waits. */
const SYNCHRONISE_BELOW_BYTES = 256 * 1024;

/** A collector that takes nothing of what waits for it is given up after this time. */
const STUCK_MS = 90_000;

/** What a collector is told when it connects. */
export interface CollectorSource {
  /** Initiation, and a Peer Up for each peer. */
  greeting(): readonly Uint8Array[];
  /** The tables of the peers that were in the greeting. */
  tables(send: (message: Uint8Array) => void): TableReplay;
  /** The figures of each peer. */
  statistics(): readonly Uint8Array[];
}

/** Tables on their way to a collector. */
export interface TableReplay {
  /** Sends the next part; says whether there is more. */
  step(): boolean;
}

/** What a collector needs from its surroundings. */
export interface CollectorContext {
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly transport: Transport;
  readonly log: Logger;
}

/** A client of one collector. */
export class Collector {
  readonly #settings: CollectorSettings;
  readonly #context: CollectorContext;
  readonly #source: CollectorSource;
  readonly #retryTimer: Timer;
  readonly #replayTimer: Timer;
  readonly #statisticsTimer: Timer;
  readonly #stuckTimer: Timer;
  #connection: Connection | undefined;
  /** Defined while there is a BMP session. */
  #connectedAt: number | undefined;
  #replay: TableReplay | undefined;
  /** Wait after the next failure, in milliseconds. */
  #wait: number;

  constructor(settings: CollectorSettings, context: CollectorContext, source: CollectorSource) {
    const { clock } = context;
    this.#settings = settings;
    this.#context = context;
    this.#source = source;
    this.#wait = settings.initialRetry * 1000;
    this.#retryTimer = new Timer(clock, () => this.#connect());
    this.#replayTimer = new Timer(clock, () => this.#replayTables());
    this.#statisticsTimer = new Timer(clock, () => this.#reportStatistics());
    this.#stuckTimer = new Timer(clock, () => this.#giveUp("it takes nothing of what is sent"));
  }

  get isConnected(): boolean {
    return this.#connectedAt !== undefined;
  }

  start(): void {
    this.#connect();
  }

  /** Tells the collector that this is the end, and closes. */
  stop(): void {
    this.#retryTimer.stop();
    if (this.isConnected) {
      const reason = TERMINATION_REASON.ADMINISTRATIVELY_CLOSED;
      this.#connection?.write(encodeTermination(reason, "the speaker is stopped"), 1);
      this.#connection?.end();
    } else {
      this.#connection?.destroy();
    }
    this.#forgetConnection();
  }

  /** Queues a whole BMP message. Without a BMP session it is not needed: the next one begins with everything. */
  send(message: Uint8Array): void {
    const connection = this.#connection;
    if (connection === undefined || !this.isConnected) return;
    connection.write(message, 1);
    if (!this.#stuckTimer.running) this.#stuckTimer.start(STUCK_MS);
    if (connection.queuedBytes > this.#settings.queueLimit) {
      this.#giveUp(`more than ${this.#settings.queueLimit} octets wait for it`);
    }
  }

  #connect(): void {
    const { address, port } = this.#settings;
    const target = { address, port, localAddress: undefined, socket: PLAIN_SOCKET };
    const connection = this.#context.transport.connect(target);
    this.#connection = connection;
    connection.attach({
      onConnected: () => this.#onConnected(),
      // "No message is ever sent from the monitoring station" (RFC 7854 section 3.2).
      onData: () => undefined,
      onProgress: () => this.#onProgress(connection),
      onDrain: () => undefined,
      onClosed: (reason) => this.#onClosed(reason),
    });
  }

  #onConnected(): void {
    const { address, port, statisticsInterval } = this.#settings;
    this.#connectedAt = this.#context.clock.now();
    this.#context.log.info({ collector: address, port }, "BMP collector is connected");
    for (const message of this.#source.greeting()) this.send(message);
    // The greeting may have been too much for the queue.
    if (!this.isConnected) return;
    this.#replay = this.#source.tables((message) => this.send(message));
    this.#replayTimer.start(0);
    if (statisticsInterval > 0) this.#statisticsTimer.start(statisticsInterval * 1000);
  }

  #onProgress(connection: Connection): void {
    if (!this.isConnected) return;
    if (connection.queuedBytes > 0) this.#stuckTimer.start(STUCK_MS);
    else this.#stuckTimer.stop();
    if (this.#replay !== undefined && !this.#replayTimer.running) this.#replayTimer.start(0);
  }

  #replayTables(): void {
    if (this.#replay === undefined) return;
    // What is taken meanwhile wakes this up again.
    if ((this.#connection?.queuedBytes ?? 0) > SYNCHRONISE_BELOW_BYTES) return;
    if (this.#replay.step()) this.#replayTimer.start(0);
    else this.#replay = undefined;
  }

  #reportStatistics(): void {
    for (const message of this.#source.statistics()) this.send(message);
    // What was sent may have been too much.
    if (this.isConnected) this.#statisticsTimer.start(this.#settings.statisticsInterval * 1000);
  }

  #giveUp(reason: string): void {
    this.#connection?.destroy();
    this.#onClosed(reason);
  }

  #onClosed(reason: string): void {
    const { address, initialRetry, maxRetry, port } = this.#settings;
    const fields = { collector: address, port, reason };
    if (this.#connectedAt === undefined) {
      this.#context.log.debug(fields, "BMP collector cannot be reached");
    } else {
      this.#context.log.warn(fields, "BMP collector is lost");
      // One that breaks down soon after each connection must wait longer and longer as well.
      const lasted = this.#context.clock.now() - this.#connectedAt;
      if (lasted > this.#wait) this.#wait = initialRetry * 1000;
    }
    this.#forgetConnection();
    this.#retryTimer.start(jittered(this.#wait, this.#context.random));
    this.#wait = Math.min(2 * this.#wait, maxRetry * 1000);
  }

  #forgetConnection(): void {
    this.#connection = undefined;
    this.#connectedAt = undefined;
    this.#replay = undefined;
    this.#replayTimer.stop();
    this.#statisticsTimer.stop();
    this.#stuckTimer.stop();
  }
}
