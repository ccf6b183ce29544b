/**
 * A listening socket with options of its own for each peer, or each prefix of peers.
 *
 * The kernel holds the TCP-MD5 keys: a segment that is not signed as it must be never reaches the socket. TTLs and
 * devices belong to single connections, so connections are accepted here, checked, given the options of their peer, and
 * only then handed on as Node's sockets.
 *
 * Does not: decide whether a peer may connect at all; whoever gets the connection does.
 */
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";
import {
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  ipFamily,
  PrefixMap,
  prefixContains,
} from "@selvedge/net";
import { ReadableWatch } from "@selvedge/netlink";
import { TcpSocketError } from "./errors.ts";
import { accept4, bind, getsockname, getsockopt, lastErrno, listen } from "./libc.ts";
import {
  decodeSocketAddress,
  encodeSocketAddress,
  SOCKET_ADDRESS_LENGTH,
} from "./socket-address.ts";
import {
  openSocket,
  type PeerOptions,
  SO_BINDTODEVICE,
  SOCK_FLAGS,
  SOL_SOCKET,
  type SocketOptions,
  setMd5Key,
  setNumber,
  setPeerOptions,
} from "./socket-options.ts";
import { keepSyn, synTtl } from "./syn.ts";

const { EAGAIN, EINTR, ECONNABORTED } = constants.errno;
const SO_REUSEADDR = 2;
/** IFNAMSIZ of linux/if.h. */
const DEVICE_NAME_LENGTH = 16;
const BACKLOG = 511;
/** The kernel answers SYNs with the listener's TTL, and a peer that uses GTSM takes no lower one (RFC 5082). */
const MAX_TTL = 255;
/** What it has sent already may come from anywhere, so it is not read; the peer connects again. */
const UNKNOWN_DISTANCE =
  "its distance is unknown: there were so many SYNs that the kernel did not keep this one (SYN cookies), and a minimum TTL is set (RFC 5082)";
/** How long nothing is accepted after the process has run out of descriptors or memory. */
const EXHAUSTED_PAUSE_MS = 500;

/** One end of a connection. */
export interface TcpEndpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** What a listener tells. */
export interface TcpListenerEvents {
  /** A connection that has all options of its peer. Nothing of it has been delivered yet. */
  onConnection(socket: Socket, remote: TcpEndpoint): void;
  /** A connection that was closed unread. */
  onRefused(remote: TcpEndpoint, reason: string): void;
}

/** A TCP socket that listens; IPv6 ones take IPv6 only. */
export class TcpListener implements Disposable {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  readonly #family: IpFamily;
  readonly #events: TcpListenerEvents;
  readonly #peers = new PrefixMap<PeerOptions>();
  #fd: number;
  #watch: ReadableWatch | undefined;
  #pause: NodeJS.Timeout | undefined;

  private constructor(fd: number, family: IpFamily, events: TcpListenerEvents) {
    this.#fd = fd;
    this.#family = family;
    this.#events = events;
    const address = new Uint8Array(SOCKET_ADDRESS_LENGTH);
    getsockname(fd, address, Uint32Array.of(address.length));
    this.port = decodeSocketAddress(address).port;
    this.#resume();
  }

  /**
   * Listens, with the options of all peers set before the first connection can come. Throws TcpSocketError and leaves
   * nothing behind. Port 0 takes a free one.
   */
  static open(
    at: TcpEndpoint,
    options: SocketOptions,
    peers: Iterable<readonly [IpPrefix, PeerOptions]>,
    events: TcpListenerEvents,
  ): TcpListener {
    const family = ipFamily(at.address);
    const known = [...peers];
    const fd = openSocket(family, options, (opened) => {
      setNumber(opened, "bind", "reuse of the address", SOL_SOCKET, SO_REUSEADDR, 1);
      keepSyn(opened);
      setPeerOptions(opened, family, { ttl: MAX_TTL });
      const address = encodeSocketAddress(at.address, at.port);
      if (bind(opened, address, address.length) === -1) {
        throw new TcpSocketError("bind", `${at.address} port ${at.port}`, lastErrno());
      }
      for (const [prefix, { md5Key }] of known) {
        if (md5Key !== undefined) setMd5Key(opened, prefix, md5Key);
      }
      if (listen(opened, BACKLOG) === -1) {
        throw new TcpSocketError("listen", `${at.address} port ${at.port}`, lastErrno());
      }
    });
    const listener = new TcpListener(fd, family, events);
    for (const [prefix, peer] of known) listener.#peers.set(prefix, peer);
    return listener;
  }

  /**
   * Sets what holds for connections with the peers in `prefix` from now on; undefined: nothing in particular. Open
   * connections stay as they are, but those with these peers that wait to be accepted are closed when the key changes:
   * they may have been made without it. Throws TcpSocketError, and nothing has changed.
   */
  setPeer(prefix: IpPrefix, options: PeerOptions | undefined): void {
    const keyChanges = options?.md5Key !== this.#peers.get(prefix)?.md5Key;
    if (keyChanges) setMd5Key(this.#fd, prefix, options?.md5Key);
    if (options === undefined) this.#peers.delete(prefix);
    else this.#peers.set(prefix, options);
    if (keyChanges) this.#acceptAll(prefix);
  }

  /** Stops listening and drops connections that wait to be accepted. May be called twice. */
  close(): void {
    if (this.#fd === -1) return;
    this.#stop();
    closeSync(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #resume(): void {
    this.#pause = undefined;
    this.#watch = new ReadableWatch(this.#fd, () => this.#acceptAll());
  }

  #stop(): void {
    this.#watch?.close();
    this.#watch = undefined;
    clearTimeout(this.#pause);
  }

  /** Accepts all that wait; those in `stale` were made under another key. */
  #acceptAll(stale?: IpPrefix): void {
    while (this.#fd !== -1) {
      const address = new Uint8Array(SOCKET_ADDRESS_LENGTH);
      const fd = accept4(this.#fd, address, Uint32Array.of(address.length), SOCK_FLAGS);
      if (fd !== -1) {
        this.#accepted(fd, decodeSocketAddress(address), stale);
        continue;
      }
      const errno = lastErrno();
      if (errno === EAGAIN) return;
      if (errno === EINTR || errno === ECONNABORTED) continue;
      // Out of descriptors or memory: the connection waits, and so do we, instead of being told again at once.
      this.#stop();
      this.#pause = setTimeout(() => this.#resume(), EXHAUSTED_PAUSE_MS);
      return;
    }
  }

  #accepted(fd: number, remote: TcpEndpoint, stale: IpPrefix | undefined): void {
    const reason =
      stale !== undefined && prefixContains(stale, remote.address)
        ? "it was made before the key of the peer changed"
        : this.#prepare(fd, remote.address);
    if (reason !== undefined) {
      closeSync(fd);
      this.#events.onRefused(remote, reason);
      return;
    }
    // Node closes the descriptor with the socket.
    const socket = new Socket({ fd, readable: true, writable: true });
    socket.pause();
    this.#events.onConnection(socket, remote);
  }

  /** Gives an accepted connection the options of its peer, or says why it must not be used. */
  #prepare(fd: number, address: IpAddress): string | undefined {
    const options = this.#peers.longest(address)?.[1];
    if (options === undefined) return undefined;
    const { minimumTtl, device } = options;
    try {
      if (minimumTtl !== undefined) {
        const ttl = synTtl(fd);
        if (ttl === undefined) return UNKNOWN_DISTANCE;
        if (ttl < minimumTtl) return `its TTL is ${ttl}; ${minimumTtl} is the least (RFC 5082)`;
      }
      const bound = boundDevice(fd);
      if (device !== undefined && bound !== "" && bound !== device) {
        return `it came over ${bound}, not over ${device}`;
      }
      setPeerOptions(fd, this.#family, options);
      return undefined;
    } catch (error) {
      if (error instanceof TcpSocketError) return error.message;
      throw error;
    }
  }
}

/** The device to which a socket is bound, as one of a link-local address is from the start; "" for none. */
function boundDevice(fd: number): string {
  const name = new Uint8Array(DEVICE_NAME_LENGTH);
  const length = Uint32Array.of(name.length);
  if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, length) === -1) {
    throw new TcpSocketError("device", "of the connection", lastErrno());
  }
  const end = name.indexOf(0);
  return new TextDecoder().decode(name.subarray(0, Math.max(0, end)));
}
