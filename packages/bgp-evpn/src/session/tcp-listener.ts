/**
 * A listening TCP socket for BGP: one of Node's own until a peer, or the network namespace, needs one with options.
 */

import { createServer, type Server, type Socket } from "node:net";
import { type IpAddress, type IpPrefix, ipFamily, prefixFamily } from "@selvedge/net";
import {
  TcpListener as NativeListener,
  type SocketOptions,
  TcpSocketError,
} from "@selvedge/tcp-socket";
import { SpeakerError, type SpeakerErrorCode } from "../errors.ts";
import {
  type Endpoint,
  type Listener,
  type ListenerEvents,
  type PeerSockets,
  plainAddress,
  TcpConnection,
} from "./connection.ts";
import { nativeOptions, socketError } from "./native-socket.ts";
import { isPlainSocket, type PeerSocketOptions } from "./peer-socket.ts";

/** Listens on one address. */
export class TcpListener implements Listener {
  readonly address: IpAddress;
  readonly #options: SocketOptions;
  readonly #events: ListenerEvents;
  #port: number;
  #plain: Server | undefined;
  #native: NativeListener | undefined;

  private constructor(at: Endpoint, options: SocketOptions, events: ListenerEvents) {
    this.address = at.address;
    this.#port = at.port;
    this.#options = options;
    this.#events = events;
  }

  /** Rejects with `SpeakerError`. The options of `peers` hold from the first connection on. */
  static async open(
    at: Endpoint,
    options: SocketOptions,
    peers: PeerSockets,
    events: ListenerEvents,
  ): Promise<TcpListener> {
    const listener = new TcpListener(at, options, events);
    const special = [...peers].filter(
      ([prefix, peer]) => prefixFamily(prefix) === ipFamily(at.address) && !isPlainSocket(peer),
    );
    if (special.length === 0 && options.networkNamespace === undefined) await listener.#openPlain();
    else listener.#openNative(special);
    return listener;
  }

  get port(): number {
    return this.#port;
  }

  /**
   * The first peer that needs more than Node's socket can do gets that replaced by another one on the same port, which
   * closes connections that wait to be accepted.
   */
  setPeer(prefix: IpPrefix, options: PeerSocketOptions | undefined): void {
    if (prefixFamily(prefix) !== ipFamily(this.address)) return;
    if (this.#native === undefined) {
      if (options === undefined || isPlainSocket(options)) return;
      this.#replacePlain([[prefix, options]]);
      return;
    }
    try {
      this.#native.setPeer(prefix, options === undefined ? undefined : nativeOptions(options));
    } catch (error) {
      throw socketError(`neighbour ${prefix}`, error);
    }
  }

  async close(): Promise<void> {
    this.#native?.close();
    const plain = this.#plain;
    if (plain !== undefined) await new Promise<void>((resolve) => plain.close(() => resolve()));
  }

  #openPlain(): Promise<void> {
    const { address } = this;
    const server = createServer({ pauseOnConnect: true });
    this.#plain = server;
    server.on("connection", (socket) => {
      const { remoteAddress, remotePort } = socket;
      // A connection can be gone again before it is accepted.
      if (remoteAddress === undefined || remotePort === undefined) {
        socket.destroy();
        return;
      }
      const { typeOfService } = this.#options;
      if (typeOfService !== undefined) socket.setTypeOfService(typeOfService);
      this.#accepted(socket, { address: plainAddress(remoteAddress), port: remotePort });
    });
    const ipv6Only = ipFamily(address) === 6;
    return new Promise((resolve, reject) => {
      server.once("error", (error) => reject(listenError(this, error)));
      server.listen({ host: address, port: this.#port, ipv6Only, exclusive: true }, () => {
        const bound = server.address();
        if (bound !== null && typeof bound === "object") this.#port = bound.port;
        // After the first bind, errors are those of single accepts (EMFILE); they must not end the process.
        server.on("error", () => undefined);
        resolve();
      });
    });
  }

  /** Throws `SpeakerError` and goes on listening when the other socket could not be had. */
  #replacePlain(peers: PeerSockets): void {
    try {
      this.#openNative(peers);
      return;
    } catch (error) {
      // The port is in use, by the plain socket, unless there is another reason: the kernel looks at the address, and
      // whether this process may have the port (it may have given up root since), before that.
      if (!isAddressInUse(error)) throw error;
    }
    this.#plain?.close();
    this.#plain = undefined;
    this.#openNative(peers);
  }

  #openNative(peers: PeerSockets): void {
    const special = [...peers].map(([prefix, peer]) => [prefix, nativeOptions(peer)] as const);
    try {
      this.#native = NativeListener.open(this, this.#options, special, {
        onConnection: (socket, remote) => this.#accepted(socket, remote),
        onRefused: ({ address }, reason) => this.#events.onRefused(address, reason),
      });
    } catch (error) {
      throw listenError(this, error);
    }
    this.#port = this.#native.port;
  }

  #accepted(socket: Socket, remote: Endpoint): void {
    this.#events.onConnection(new TcpConnection(socket, "remote", remote));
  }
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof SpeakerError && error.code === "listen-address-in-use";
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

function listenError(at: Endpoint, cause: unknown): unknown {
  const where = `cannot listen for BGP on ${at.address} port ${at.port}`;
  const isOfBind = !(cause instanceof TcpSocketError) || cause.operation === "bind";
  if (!isOfBind) return socketError(where, cause);
  if (!(cause instanceof Error)) return cause;
  const known = "code" in cause ? LISTEN_ERRORS[String(cause.code)] : undefined;
  return known === undefined
    ? new SpeakerError("listen-failed", `${where}: ${cause.message}`, { cause })
    : new SpeakerError(known.code, `${where}: ${known.advice}`, { cause });
}
