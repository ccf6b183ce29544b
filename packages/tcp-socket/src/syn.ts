/**
 * The SYN of an accepted connection (TCP_SAVE_SYN and TCP_SAVED_SYN, Linux 4.2): its TTL says how far the peer is,
 * before a single octet of it has been read.
 *
 * Without that, what a distant peer sends between its SYN and the moment at which the minimum TTL is set on the
 * accepted socket would be taken.
 */
import { TcpSocketError } from "./errors.ts";
import { getsockopt, lastErrno } from "./libc.ts";
import { IPPROTO_TCP, setNumber } from "./socket-options.ts";

const TCP_SAVE_SYN = 27;
const TCP_SAVED_SYN = 28;
/** The headers of IPv6 and TCP with all options and some extension headers. */
const LONGEST_SYN = 512;
const OFFSET_OF_TTL = 8;
const OFFSET_OF_HOP_LIMIT = 7;

/** Has a listening socket keep the SYN of each connection until it is asked for. */
export function keepSyn(fd: number): void {
  setNumber(fd, "listen", "keeping SYNs", IPPROTO_TCP, TCP_SAVE_SYN, 1);
}

/**
 * TTL, or hop limit, with which the SYN of an accepted connection arrived. Asking forgets the SYN. Undefined when the
 * kernel has not kept it: it had too many, and answered this one by a SYN cookie (net.ipv4.tcp_syncookies).
 */
export function synTtl(fd: number): number | undefined {
  const syn = new Uint8Array(LONGEST_SYN);
  const length = Uint32Array.of(LONGEST_SYN);
  if (getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, syn, length) === -1) {
    throw new TcpSocketError("minimum-ttl", "of the peer's SYN", lastErrno());
  }
  return length[0] === 0 ? undefined : headerTtl(syn.subarray(0, length[0]));
}

/** TTL or hop limit of an IP header; 0 when there is none. */
export function headerTtl(header: Uint8Array): number {
  const version = (header[0] ?? 0) >> 4;
  return header[version === 4 ? OFFSET_OF_TTL : OFFSET_OF_HOP_LIMIT] ?? 0;
}
