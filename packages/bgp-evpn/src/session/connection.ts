/**
 * TCP for BGP: the only file of this package that does I/O.
 *
 * A connection is a queue of byte arrays towards the kernel and a stream of chunks from it. It knows nothing of
 * messages. Arrays are written as they are: peers of one update group share them. How much waits for a slow peer is
 * visible in `queuedBytes`; whoever writes must stop at `isFull` and go on at `onDrain`.
 *
 * Not here: TCP-MD5 and TCP-AO (RFC 2385, 5925), GTSM (RFC 5082) and DSCP marking need socket options that Node does
 * not offer.
 */

import { createConnection, createServer, type Server, type Socket } from "node:net";
import type { IpAddress } from "@selvedge/net";
import { ipFamily, parseIpAddress } from "@selvedge/net";
import { SpeakerError, type SpeakerErrorCode } from "../errors.ts";

/** A connection with more than this waiting is full: nothing but KEEPALIVE and NOTIFICATION should be added. */
export const QUEUE_FULL_BYTES: number = 1024 * 1024;

/** A full connection that has no more than this waiting can take UPDATEs again. */
export const QUEUE_DRAINED_BYTES: number = 256 * 1024;

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
}

/** A bound and listening socket. */
export interface Listener {
  readonly address: IpAddress;
  readonly port: number;
  close(): Promise<void>;
}

/** Makes connections; tests put their own in its place. */
export interface Transport {
  connect(target: ConnectTarget): Connection;
  /** Rejects with `SpeakerError`. Port 0 takes a free one. */
  listen(at: Endpoint, onConnection: (connection: Connection) => void): Promise<Listener>;
}

class TcpConnection implements Connection {
  readonly initiator: "local" | "remote";
  readonly remote: Endpoint;
  readonly #socket: Socket;
  #handlers: ConnectionHandlers | undefined;
  #full = false;
  #corked = false;
  #failure = "closed by the peer";
  #queuedMessages = 0;

  constructor(socket: Socket, initiator: "local" | "remote", remote: Endpoint) {
    this.#socket = socket;
    this.initiator = initiator;
    this.remote = remote;
    socket.setNoDelay(true);
    socket.on("connect", () => this.#handlers?.onConnected());
    socket.on("data", (chunk: Uint8Array) => {
      // A plain Uint8Array, not Buffer: its `slice` copies, and the codec sees one kind of array only.
      this.#handlers?.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
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

  #onWritten(messages: number): void {
    this.#queuedMessages -= messages;
    this.#handlers?.onProgress();
    if (this.#full && this.#socket.writableLength <= QUEUE_DRAINED_BYTES) {
      this.#full = false;
      this.#handlers?.onDrain();
    }
  }
}

/** A link-local address comes with a zone, which is not part of the address. IPv4 in IPv6 does not come: see `listen`. */
function plainAddress(text: string): IpAddress {
  return parseIpAddress(text.replace(/%.*$/, ""));
}

const LISTEN_ERRORS: Readonly<Record<string, { code: SpeakerErrorCode; advice: string }>> = {
  EADDRNOTAVAIL: {
    code: "listen-address-missing",
    advice: "no interface of this machine has that address; add it, or listen on another one",
  },
  EADDRINUSE: {
    code: "listen-address-in-use",
    advice: "another process listens there; stop it, or choose another address or port",
  },
  EACCES: {
    code: "listen-not-permitted",
    advice: "ports below 1024 need root or CAP_NET_BIND_SERVICE",
  },
};

function listenError(at: Endpoint, cause: NodeJS.ErrnoException): SpeakerError {
  const known = LISTEN_ERRORS[cause.code ?? ""];
  const where = `cannot listen for BGP on ${at.address} port ${at.port}`;
  return known === undefined
    ? new SpeakerError("listen-failed", `${where}: ${cause.message}`, { cause })
    : new SpeakerError(known.code, `${where}: ${known.advice}`, { cause });
}

function listen(at: Endpoint, onConnection: (connection: Connection) => void): Promise<Listener> {
  const server = createServer({ pauseOnConnect: true, noDelay: true });
  server.on("connection", (socket) => {
    const { remoteAddress, remotePort } = socket;
    // A connection can be gone again before it is accepted.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const remote = { address: plainAddress(remoteAddress), port: remotePort };
    onConnection(new TcpConnection(socket, "remote", remote));
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(at, error)));
    server.listen(
      { host: at.address, port: at.port, ipv6Only: ipFamily(at.address) === 6, exclusive: true },
      () => resolve(listener(server, at)),
    );
  });
}

function listener(server: Server, at: Endpoint): Listener {
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : at.port;
  // After the first bind, errors are those of single accepts (EMFILE); they must not end the process.
  server.on("error", () => undefined);
  return {
    address: at.address,
    port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** TCP of the network namespace in which the process runs. */
export const tcpTransport: Transport = {
  connect: (target) => {
    const socket = createConnection({
      host: target.address,
      port: target.port,
      noDelay: true,
      ...(target.localAddress === undefined ? {} : { localAddress: target.localAddress }),
    });
    return new TcpConnection(socket, "local", target);
  },
  listen,
};
