/**
 * A synchronous netlink socket, opened inside a namespace.
 *
 * Does not: encode, decode, match answers to requests; see batch.ts and dump.ts.
 */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { NetlinkError, type NetlinkOperation } from "./errors.ts";
import { bind, lastErrno, recv, send, setsockopt, socket } from "./libc.ts";
import type { NetworkNamespace } from "./namespace.ts";

const { EINTR, EMSGSIZE } = constants.errno;

// sys/socket.h, linux/netlink.h
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const PROTOCOLS = { route: 0, netfilter: 12 } as const;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** struct sockaddr_nl: the family; the kernel chooses the port. */
const ANY_ADDRESS = Uint8Array.of(AF_NETLINK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

/** A dump never fills more than this with one message (NLMSG_GOODSIZE is at most 32 KiB). */
const RECEIVE_CAPACITY = 64 * 1024;

/** What a socket is opened with. */
export interface NetlinkSocketOptions {
  /** NETLINK_ROUTE or NETLINK_NETFILTER. Default "route". */
  readonly protocol?: keyof typeof PROTOCOLS;
  /** Octets of one `send` at most; default some 200,000. */
  readonly sendBuffer?: number;
  /** Octets that may wait to be read, as the kernel accounts for them. */
  readonly receiveBuffer: number;
  /** How long `receive` waits before it gives EAGAIN. */
  readonly timeoutMilliseconds: number;
  /** Multicast groups (RTNLGRP_*, NFNLGRP_*) to join. */
  readonly groups?: readonly number[];
}

/** What batches and dumps need of a socket. */
export interface NetlinkTransport {
  /** What `receive` last read on any socket, in its first octets. To be decoded before anything else. */
  readonly received: Uint8Array;
  /** Sends messages to the kernel, which carries them out before this returns. */
  send(bytes: Uint8Array, length: number): void;
  /**
   * Reads one datagram into `received`. Returns its octets, or an errno made negative when there is
   * none: EAGAIN after the time-out, or at once unless `wait`; ENOBUFS when answers were dropped.
   */
  receive(wait: boolean): number;
}

/** One for all sockets, of which a host with many tenants has thousands. */
const received = new Uint8Array(RECEIVE_CAPACITY);

/** An open socket. */
export class NetlinkSocket implements NetlinkTransport {
  readonly received: Uint8Array = received;
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens a socket in `namespace`, or where the thread is. */
  static open(
    namespace: NetworkNamespace | undefined,
    request: NetlinkOperation,
    options: NetlinkSocketOptions,
  ): NetlinkSocket {
    const object = namespace?.name ?? "netlink socket";
    // Throws inside, while errno is still that of the call and not of the way back.
    const create = (): number => {
      const protocol = PROTOCOLS[options.protocol ?? "route"];
      const created = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
      if (created === -1) {
        throw new NetlinkError({ errno: lastErrno(), request, object });
      }
      return created;
    };
    const fd = namespace === undefined ? create() : namespace.run(create);
    const seconds = Math.floor(options.timeoutMilliseconds / 1000);
    const microseconds = (options.timeoutMilliseconds % 1000) * 1000;
    const accepted =
      setBuffer(fd, options.receiveBuffer, SO_RCVBUFFORCE, SO_RCVBUF) === 0 &&
      (options.sendBuffer === undefined ||
        setBuffer(fd, options.sendBuffer, SO_SNDBUFFORCE, SO_SNDBUF) === 0) &&
      // struct timeval: two 64-bit numbers.
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, int32(seconds, 0, microseconds, 0), 16) === 0 &&
      setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, int32(1), 4) === 0 &&
      setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, int32(1), 4) === 0 &&
      setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, int32(1), 4) === 0 &&
      bind(fd, ANY_ADDRESS, ANY_ADDRESS.length) === 0 &&
      (options.groups ?? []).every(
        (group) => setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, int32(group), 4) === 0,
      );
    if (!accepted) {
      const errno = lastErrno();
      closeSync(fd);
      throw new NetlinkError({ errno, request, object });
    }
    return new NetlinkSocket(fd);
  }

  /** The file descriptor; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  send(bytes: Uint8Array, length: number): void {
    while (send(this.#fd, bytes, length, 0) === -1) {
      const errno = lastErrno();
      if (errno !== EINTR) {
        throw new NetlinkError({ errno, request: "socket.send", object: `${length} octets` });
      }
    }
  }

  receive(wait: boolean): number {
    const flags = MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT);
    for (;;) {
      const octets = recv(this.#fd, received, received.length, flags);
      if (octets > received.length) {
        // Impossible by RECEIVE_CAPACITY; read as if it were whole it would be misunderstood.
        throw new NetlinkError({
          errno: EMSGSIZE,
          request: "socket.receive",
          object: `${octets} octets`,
        });
      }
      if (octets !== -1) {
        return octets;
      }
      const errno = lastErrno();
      // A signal interrupts a read with a time-out even when its handler asks for a restart.
      if (errno !== EINTR) {
        return -errno;
      }
    }
  }

  /** May be called twice. */
  close(): void {
    if (this.#fd !== -1) {
      closeSync(this.#fd);
      this.#fd = -1;
    }
  }
}

/** Beyond net.core.rmem_max and wmem_max when the process may (CAP_NET_ADMIN in the first user namespace). */
function setBuffer(fd: number, octets: number, force: number, option: number): number {
  return setsockopt(fd, SOL_SOCKET, force, int32(octets), 4) === 0
    ? 0
    : setsockopt(fd, SOL_SOCKET, option, int32(octets), 4);
}

function int32(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}
