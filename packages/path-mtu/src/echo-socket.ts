/**
 * A raw socket for echo requests that no router may fragment (raw(7), icmp(7)).
 *
 * Does not: wait for answers, or know which it wants.
 */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorMessage } from "node:util";
import { type IpAddress, ipFamily } from "@selvedge/net";
import { lastErrno, libc, type NetworkNamespace, ReadableWatch } from "@selvedge/netlink";
import { ECHO_PROTOCOLS, type EchoProtocol } from "./echo-protocol.ts";
import type { EchoId, IcmpAnswer } from "./icmp-message.ts";

const socket = libc<[number, number, number]>("int socket(int, int, int)");
const bind = libc<[number, Uint8Array, number]>("int bind(int, const void *, uint32_t)");
const setsockopt = libc<[number, number, number, Uint8Array, number]>(
  "int setsockopt(int, int, int, const void *, uint32_t)",
);
const sendto = libc<[number, Uint8Array, number, number, Uint8Array, number]>(
  "intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)",
);
const recvfrom = libc<[number, Uint8Array, number, number, Uint8Array, Uint32Array]>(
  "intptr_t recvfrom(int, void *, size_t, int, void *, void *)",
);

const { EAGAIN, EINTR, EMSGSIZE } = constants.errno;

// bits/socket.h
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;

/** Datagrams read at a stretch. */
const DATAGRAMS = 64;

/** What became of a request. */
export type SendOutcome =
  | { readonly kind: "sent" }
  /** The first link of the path is too small. */
  | { readonly kind: "too big" }
  /** No route, a device that is down, or a full queue. */
  | { readonly kind: "failed"; readonly reason: string };

/** Where requests are sent from. */
export interface EchoSocketOptions {
  readonly local: IpAddress;
  /** Default: where the thread is. */
  readonly namespace?: NetworkNamespace;
  /** Called from the event loop. */
  readonly onAnswer: (answer: IcmpAnswer) => void;
}

const received = new Uint8Array(64 * 1024);
/** Of the datagram in `received`: struct sockaddr_storage, and how much of it was filled in. */
const sender = new Uint8Array(128);
const senderLength = new Uint32Array(1);

/** An open socket; keeps the process alive until it is closed. */
export class EchoSocket implements Disposable {
  readonly #fd: number;
  readonly #protocol: EchoProtocol;
  readonly #watch: ReadableWatch;
  readonly #onAnswer: (answer: IcmpAnswer) => void;
  #closed = false;

  private constructor(fd: number, protocol: EchoProtocol, onAnswer: (answer: IcmpAnswer) => void) {
    this.#fd = fd;
    this.#protocol = protocol;
    this.#onAnswer = onAnswer;
    this.#watch = new ReadableWatch(fd, () => this.#read());
  }

  /** Needs CAP_NET_RAW. Throws Error with the kernel's reason, for instance that `local` is no address of the host. */
  static open({ local, namespace, onAnswer }: EchoSocketOptions): EchoSocket {
    const protocol = ECHO_PROTOCOLS[ipFamily(local)];
    const create = (): number => {
      const created = socket(protocol.domain, SOCK_RAW | SOCK_CLOEXEC, protocol.protocol);
      if (created === -1) {
        throw refusal("socket");
      }
      return created;
    };
    const fd = namespace === undefined ? create() : namespace.run(create);
    const at = protocol.socketAddress(local);
    const isReady =
      protocol.options.every(
        ([level, name, value]) => setsockopt(fd, level, name, value, value.length) === 0,
      ) && bind(fd, at, at.length) === 0;
    if (!isReady) {
      const error = refusal(`echo requests from ${local}`);
      closeSync(fd);
      throw error;
    }
    return new EchoSocket(fd, protocol, onAnswer);
  }

  /** Sends a request of so many octets, the IP header included, to an address of the family of `local`. */
  send(destination: IpAddress, id: EchoId, octets: number): SendOutcome {
    const { encode, header, socketAddress } = this.#protocol;
    const message = encode(id, octets - header);
    const to = socketAddress(destination);
    for (;;) {
      if (sendto(this.#fd, message, message.length, MSG_DONTWAIT, to, to.length) !== -1) {
        return { kind: "sent" };
      }
      const errno = lastErrno();
      if (errno === EMSGSIZE) {
        return { kind: "too big" };
      }
      if (errno !== EINTR) {
        return { kind: "failed", reason: getSystemErrorMessage(-errno) };
      }
    }
  }

  /** No answer comes after this. May be called twice. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#watch.close();
      closeSync(this.#fd);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #read(): void {
    for (let i = 0; i < DATAGRAMS && !this.#closed; i++) {
      senderLength[0] = sender.length;
      const octets = recvfrom(
        this.#fd,
        received,
        received.length,
        MSG_DONTWAIT,
        sender,
        senderLength,
      );
      if (octets === -1) {
        if (lastErrno() === EAGAIN) {
          return;
        }
        // An error that an earlier request has met; it says nothing about which.
        continue;
      }
      const answer = this.#protocol.decode(received.subarray(0, octets), sender);
      if (answer !== undefined) {
        this.#onAnswer(answer);
      }
    }
  }
}

function refusal(what: string): Error {
  return new Error(`${what}: ${getSystemErrorMessage(-lastErrno())}`);
}
