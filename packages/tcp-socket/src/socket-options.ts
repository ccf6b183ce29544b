/**
 * What this package asks of a socket, beyond Node: the options and the calls that set them.
 *
 * TTL and minimum TTL are those of RFC 5082 (GTSM): who sends with 255 and accepts nothing below 255 - n + 1 is at
 * most n hops from the peer. For IPv6 the words are hop limit and minimum hop count.
 */
import { closeSync } from "node:fs";
import type { IpFamily, IpPrefix } from "@selvedge/net";
import { NetlinkError, NetworkNamespace } from "@selvedge/netlink";
import { type TcpOperation, TcpSocketError } from "./errors.ts";
import { lastErrno, setsockopt, socket } from "./libc.ts";
import { md5KeyOption } from "./md5-key.ts";
import { AF_INET, AF_INET6 } from "./socket-address.ts";

/** What holds for the connections with one peer. An option that is absent is left to the kernel. */
export interface PeerOptions {
  /** TCP-MD5 key of RFC 2385, 1 to 80 octets of UTF-8. */
  readonly md5Key?: string | undefined;
  /** TTL, or hop limit, of what is sent: 1 to 255. */
  readonly ttl?: number | undefined;
  /** Segments with a lower TTL, or hop limit, are dropped: 1 to 255. */
  readonly minimumTtl?: number | undefined;
  /** Device over which alone the connection runs (SO_BINDTODEVICE). An IPv6 link-local peer needs it. */
  readonly device?: string | undefined;
}

/** What holds for a socket whoever the peer is. */
export interface SocketOptions {
  /** Name in /run/netns, or a path; the namespace of the process when absent. */
  readonly networkNamespace?: string | undefined;
  /** TOS octet of IPv4, traffic class of IPv6: DSCP times four. */
  readonly typeOfService?: number | undefined;
}

// sys/socket.h, netinet/in.h, netinet/tcp.h
const SOCK_STREAM = 1;
/** SOCK_NONBLOCK and SOCK_CLOEXEC. */
export const SOCK_FLAGS: number = 0o4000 | 0o2000000;
/** The level of socket(7) options. */
export const SOL_SOCKET = 1;
/** The level of tcp(7) options. */
export const IPPROTO_TCP = 6;
/** Binds a socket to a device, by name. */
export const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_MINTTL = 21;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const IPV6_MINHOPCOUNT = 73;

/**
 * Makes a TCP socket that does not block, in its namespace, and hands it to `prepare`. Throws what that throws, and
 * TcpSocketError; the socket is closed then.
 */
export function openSocket(
  family: IpFamily,
  { networkNamespace, typeOfService }: SocketOptions,
  prepare: (fd: number) => void,
): number {
  const fd = inNamespace(networkNamespace, () => createSocket(family));
  try {
    if (family === 6) setNumber(fd, "socket", "IPv6 only", IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (typeOfService !== undefined) {
      const [level, option] = family === 4 ? [IPPROTO_IP, IP_TOS] : [IPPROTO_IPV6, IPV6_TCLASS];
      setNumber(fd, "type-of-service", String(typeOfService), level, option, typeOfService);
    }
    prepare(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Sets TTL, minimum TTL and device; a key belongs to a prefix and is set by {@link setMd5Key}. */
export function setPeerOptions(fd: number, family: IpFamily, options: PeerOptions): void {
  const { ttl, minimumTtl, device } = options;
  const isIpv4 = family === 4;
  const level = isIpv4 ? IPPROTO_IP : IPPROTO_IPV6;
  if (ttl !== undefined) {
    setNumber(fd, "ttl", String(ttl), level, isIpv4 ? IP_TTL : IPV6_UNICAST_HOPS, ttl);
  }
  if (minimumTtl !== undefined) {
    const option = isIpv4 ? IP_MINTTL : IPV6_MINHOPCOUNT;
    setNumber(fd, "minimum-ttl", String(minimumTtl), level, option, minimumTtl);
  }
  if (device !== undefined) {
    const name = new TextEncoder().encode(`${device}\0`);
    set(fd, "device", device, SOL_SOCKET, SO_BINDTODEVICE, name);
  }
}

/** Gives the peers in `prefix` a key on this socket, another one, or none. None where there is none does nothing. */
export function setMd5Key(fd: number, prefix: IpPrefix, key: string | undefined): void {
  const { option, value } = md5KeyOption(prefix, key);
  try {
    set(fd, "tcp-md5", `key for ${prefix}`, IPPROTO_TCP, option, value);
  } catch (error) {
    const isGone = error instanceof TcpSocketError && error.code === "ENOENT";
    if (key !== undefined || !isGone) throw error;
  }
}

/** Sets an option whose value is one int. */
export function setNumber(
  fd: number,
  operation: TcpOperation,
  object: string,
  level: number,
  option: number,
  value: number,
): void {
  set(fd, operation, object, level, option, new Uint8Array(Int32Array.of(value).buffer));
}

function set(
  fd: number,
  operation: TcpOperation,
  object: string,
  level: number,
  option: number,
  value: Uint8Array,
): void {
  if (setsockopt(fd, level, option, value, value.length) === -1) {
    throw new TcpSocketError(operation, object, lastErrno());
  }
}

/** Throws inside, while errno is still that of the call and not of the way back. */
function createSocket(family: IpFamily): number {
  const fd = socket(family === 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_FLAGS, 0);
  if (fd === -1) throw new TcpSocketError("socket", `of IPv${family}`, lastErrno());
  return fd;
}

/** A socket belongs for good to the namespace in which it was made; only its making has to happen there. */
function inNamespace<T>(name: string | undefined, work: () => T): T {
  if (name === undefined) return work();
  try {
    using namespace = NetworkNamespace.open(name);
    return namespace.run(work);
  } catch (cause) {
    if (!(cause instanceof NetlinkError)) throw cause;
    throw new TcpSocketError("namespace", name, cause.errno, { cause });
  }
}
