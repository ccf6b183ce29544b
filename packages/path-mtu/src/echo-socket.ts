/**
 * A raw socket for echo requests that no router may fragment (raw(7), icmp(7)).
 *
 * Does not: wait for answers, or know which it wants.
 */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorMessage } from "node:util";
import { type IpAddress, writeIp } from "@selvedge/net";
import { lastErrno, libc, type NetworkNamespace, ReadableWatch } from "@selvedge/netlink";
import {
  decodeIcmpAnswer,
  type EchoId,
  encodeEchoRequest,
  type IcmpAnswer,
  IPV4_HEADER,
} from "./icmp-message.ts";

const socket = libc<[number, number, number]>("int socket(int, int, int)");
const bind = libc<[number, Uint8Array, number]>("int bind(int, const void *, uint32_t)");
const setsockopt = libc<[number, number, number, Uint8Array, number]>(
  "int setsockopt(int, int, int, const void *, uint32_t)",
);
const sendto = libc<[number, Uint8Array, number, number, Uint8Array, number]>(
  "intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)",
);
const recv = libc<[number, Uint8Array, number, number]>("intptr_t recv(int, void *, size_t, int)");

const { EAGAIN, EINTR, EMSGSIZE } = constants.errno;

// bits/socket.h, netinet/in.h, linux/icmp.h
const AF_INET = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_ICMP = 1;
const SOL_IP = 0;
const IP_MTU_DISCOVER = 10;
/** Sets the DF bit, and does not look at what was learned of the path before. */
const IP_PMTUDISC_PROBE = 3;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const MSG_DONTWAIT = 0x40;

/** A bit for each ICMP type that is not wanted: all but echo replies (0) and unreachable (3). */
const UNWANTED = ~((1 << 0) | (1 << 3));

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

/** An open socket; keeps the process alive until it is closed. */
export class EchoSocket implements Disposable {
  readonly #fd: number;
  readonly #watch: ReadableWatch;
  readonly #onAnswer: (answer: IcmpAnswer) => void;
  #closed = false;

  private constructor(fd: number, onAnswer: (answer: IcmpAnswer) => void) {
    this.#fd = fd;
    this.#onAnswer = onAnswer;
    this.#watch = new ReadableWatch(fd, () => this.#read());
  }

  /** Needs CAP_NET_RAW. Throws Error with the kernel's reason, for instance that `local` is no address of the host. */
  static open({ local, namespace, onAnswer }: EchoSocketOptions): EchoSocket {
    const create = (): number => {
      const created = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
      if (created === -1) {
        throw refusal("socket");
      }
      return created;
    };
    const fd = namespace === undefined ? create() : namespace.run(create);
    const at = socketAddress(local);
    const isReady =
      setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, int32(IP_PMTUDISC_PROBE), 4) === 0 &&
      setsockopt(fd, SOL_RAW, ICMP_FILTER, int32(UNWANTED), 4) === 0 &&
      bind(fd, at, at.length) === 0;
    if (!isReady) {
      const error = refusal(`echo requests from ${local}`);
      closeSync(fd);
      throw error;
    }
    return new EchoSocket(fd, onAnswer);
  }

  /** Sends a request of so many octets, the IPv4 header included. */
  send(destination: IpAddress, id: EchoId, octets: number): SendOutcome {
    const message = encodeEchoRequest(id, octets - IPV4_HEADER);
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
      const octets = recv(this.#fd, received, received.length, MSG_DONTWAIT);
      if (octets === -1) {
        if (lastErrno() === EAGAIN) {
          return;
        }
        // An error that an earlier request has met; it says nothing about which.
        continue;
      }
      const answer = decodeIcmpAnswer(received.subarray(0, octets));
      if (answer !== undefined) {
        this.#onAnswer(answer);
      }
    }
  }
}

/** struct sockaddr_in without a port. */
function socketAddress(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF_INET, true);
  writeIp(address, bytes, 4);
  return bytes;
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function refusal(what: string): Error {
  return new Error(`${what}: ${getSystemErrorMessage(-lastErrno())}`);
}
