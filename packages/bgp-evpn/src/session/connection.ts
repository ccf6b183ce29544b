/**
 * TCP for BGP: what connections, listeners and the transport that makes them are, and a connection on a socket of Node.
 *
 * A connection is a queue of byte arrays towards the kernel and a stream of chunks from it. It knows nothing of
 * messages. Arrays are written as they are: peers of one update group share them. How much waits for a slow peer is
 * visible in `queuedBytes`; whoever writes must stop at `isFull` and go on at `onDrain`.
 *
 * Not here: how sockets are made; see tcp-transport.ts.
 */

import type { Socket } from "node:net";
import { type IpAddress, type IpPrefix, parseIpAddress } from "@selvedge/net";
import type { PeerSocketOptions } from "./peer-socket.ts";

/** A connection with more than this waiting is full: nothing but KEEPALIVE and NOTIFICATION should be added. */
export const QUEUE_FULL_BYTES: number = 1024 * 1024;

/** A full connection that has no more than this waiting can take UPDATEs again. */
export const QUEUE_DRAINED_BYTES: number = 256 * 1024;

/** What Node reads at once when so much is there. */
const WHOLE_READ_BYTES = 64 * 1024;

/** How long a connection that is being closed may take to send what is queued (a NOTIFICATION). */
export const LINGER_MS = 1000;

/** One end of a TCP connection, without its port: 179 on one side, anything on the other. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** What a connection tells. None of these is called from inside a call of the connection's own methods. */
export interface ConnectionHandlers {
  onConnected(): void;
  /** The bytes are the reader's until it returns. */
  onData(chunk: Uint8Array): void;
  /** The kernel has taken some of what was queued. */
  onProgress(): void;
  /** The queue was full and has room again. */
  onDrain(): void;
  /** Once, whoever closed; nothing is called afterwards. `reason` is a code such as ECONNREFUSED. */
  onClosed(reason: string): void;
}

/** A TCP connection, connected or on its way. */
export interface Connection {
  readonly initiator: "local" | "remote";
  readonly local: Endpoint | undefined;
  readonly remote: Endpoint;
  readonly queuedBytes: number;
  readonly queuedMessages: number;
  readonly isFull: boolean;
  /** Sets who is told; an accepted connection delivers nothing before. */
  attach(handlers: ConnectionHandlers): void;
  /** Queues `bytes`, so many whole messages, without copying; they must not change afterwards. */
  write(bytes: Uint8Array, messages: number): void;
  /** Closes after what is queued has left, or after LINGER_MS. The handlers hear nothing more. */
  end(): void;
  /** Closes now and forgets what is queued. The handlers hear nothing more. */
  destroy(): void;
}

/** Where to connect to, and from which address. */
export interface ConnectTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly localAddress: IpAddress | undefined;
  readonly socket: PeerSocketOptions;
}

/** A bound and listening socket. */
export interface Listener {
  readonly address: IpAddress;
  readonly port: number;
  /**
   * Sets what holds for connections that the peers in `prefix` open from now on; undefined: nothing in particular. The
   * longest prefix counts. Throws `SpeakerError`, and nothing has changed.
   */
  setPeer(prefix: IpPrefix, options: PeerSocketOptions | undefined): void;
  close(): Promise<void>;
}

/** What a listener tells. */
export interface ListenerEvents {
  onConnection(connection: Connection): void;
  /** A connection was closed unread, because it was not as the options of its peer want it. */
  onRefused(address: IpAddress, reason: string): void;
}

/** What sockets must do for each peer or range of peers. */
export type PeerSockets = Iterable<readonly [IpPrefix, PeerSocketOptions]>;

/** Makes connections; tests put their own in its place. */
export interface Transport {
  /** Throws `SpeakerError` when connections with such options cannot be had, before anything depends on them. */
  check(peers: IpPrefix, options: PeerSocketOptions): void;
  /** A connection that cannot even be tried with the options of `target` says so in `onClosed`. */
  connect(target: ConnectTarget): Connection;
  /** Rejects with `SpeakerError`. Port 0 takes a free one. */
  listen(at: Endpoint, peers: PeerSockets, events: ListenerEvents): Promise<Listener>;
}

/** A connection on a socket of Node, which it closes. */
export class TcpConnection implements Connection {
  readonly initiator: "local" | "remote";
  readonly remote: Endpoint;
  readonly #socket: Socket;
  #handlers: ConnectionHandlers | undefined;
  #full = false;
  #corked = false;
  #failure = "closed by the peer";
  #queuedMessages = 0;

  constructor(socket: Socket, initiator: "local" | "remote", { address, port }: Endpoint) {
    this.#socket = socket;
    this.initiator = initiator;
    // Nothing else of it: this is shown, and a `ConnectTarget` has a password.
    this.remote = { address, port };
    socket.setNoDelay(true);
    socket.on("connect", () => this.#handlers?.onConnected());
    socket.on("data", (chunk: Uint8Array) => {
      // A plain Uint8Array, not Buffer: its `slice` copies, and the codec sees one kind of array only.
      this.#handlers?.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      if (chunk.length >= WHOLE_READ_BYTES) this.#yieldTurn();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#failure = error.code ?? error.message;
    });
    socket.on("close", () => {
      const handlers = this.#handlers;
      this.#handlers = undefined;
      handlers?.onClosed(this.#failure);
    });
    // Reading starts when somebody listens; a half-closed connection is of no use to BGP.
    socket.pause();
    socket.on("end", () => socket.destroy());
  }

  get local(): Endpoint | undefined {
    const { localAddress, localPort } = this.#socket;
    return localAddress === undefined || localPort === undefined
      ? undefined
      : { address: plainAddress(localAddress), port: localPort };
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get queuedMessages(): number {
    return this.#queuedMessages;
  }

  get isFull(): boolean {
    return this.#full;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#socket.resume();
  }

  write(bytes: Uint8Array, messages: number): void {
    this.#queuedMessages += messages;
    if (!this.#corked) {
      // What one turn of the event loop writes leaves in one system call.
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes, () => this.#onWritten(messages));
    if (this.#socket.writableLength > QUEUE_FULL_BYTES) this.#full = true;
  }

  end(): void {
    this.#handlers = undefined;
    this.#socket.end();
    // The peer's last bytes must not hold the connection open, nor may a peer that reads nothing.
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  destroy(): void {
    this.#handlers = undefined;
    this.#socket.destroy();
  }

  /**
   * More is waiting than one read takes. libuv would go on for up to 32 reads, 2 MiB, before any other socket has its
   * turn; so this one waits for the next turn.
   */
  #yieldTurn(): void {
    this.#socket.pause();
    setImmediate(() => this.#socket.resume());
  }

  #onWritten(messages: number): void {
    this.#queuedMessages -= messages;
    this.#handlers?.onProgress();
    if (this.#full && this.#socket.writableLength <= QUEUE_DRAINED_BYTES) {
      this.#full = false;
      this.#handlers?.onDrain();
    }
  }
}

/** A link-local address comes with a zone, which is not part of the address. IPv4 in IPv6 is never listened for. */
export function plainAddress(text: string): IpAddress {
  return parseIpAddress(text.replace(/%.*$/, ""));
}
