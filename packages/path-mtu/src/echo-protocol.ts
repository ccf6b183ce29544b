/**
 * What differs between echo requests over IPv4 and over IPv6: the socket, its options, its addresses, and how messages are
 * written and read (raw(7), icmp(7), ipv6(7)).
 */
import { type IpAddress, type IpFamily, ipFromBytes, writeIp } from "@selvedge/net";
import {
  decodeIcmpAnswer,
  type EchoId,
  encodeEchoRequest,
  type IcmpAnswer,
  IPV4_HEADER,
} from "./icmp-message.ts";
import { decodeIcmp6Answer, encodeEchoRequest6, IPV6_HEADER } from "./icmpv6-message.ts";

/** A socket option: level, name, value as the kernel wants it. */
export type SocketOption = readonly [level: number, name: number, value: Uint8Array];

/** Echo requests of one family. */
export interface EchoProtocol {
  readonly domain: number;
  readonly protocol: number;
  /** That no router fragments requests, that what was learned of a path does not matter, that little else is received. */
  readonly options: readonly SocketOption[];
  /** Octets of the IP header. */
  readonly header: number;
  /** struct sockaddr_in or sockaddr_in6, without a port. */
  readonly socketAddress: (address: IpAddress) => Uint8Array<ArrayBuffer>;
  /** A request of so many octets without the IP header. */
  readonly encode: (id: EchoId, octets: number) => Uint8Array;
  /** Reads what was received; `sender` is a socket address. */
  readonly decode: (received: Uint8Array, sender: Uint8Array) => IcmpAnswer | undefined;
}

// bits/socket.h, netinet/in.h, linux/icmp.h, linux/icmpv6.h
const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const SOL_IP = 0;
const SOL_IPV6 = 41;
const SOL_ICMPV6 = 58;
const SOL_RAW = 255;
const IP_MTU_DISCOVER = 10;
const IPV6_MTU_DISCOVER = 23;
const IPV6_DONTFRAG = 62;
/** Sets the DF bit, and does not look at what was learned of the path before; the same number for both families. */
const PMTUDISC_PROBE = 3;
const ICMP_FILTER = 1;
const ICMPV6_FILTER = 1;

const SOCKADDR_IN6 = 28;
const SIN6_ADDR = 8;

/** A bit for each ICMP type that is not wanted: all but echo replies (0) and unreachable (3). */
const UNWANTED = ~((1 << 0) | (1 << 3));

/** By family. */
export const ECHO_PROTOCOLS: Readonly<Record<IpFamily, EchoProtocol>> = {
  4: {
    domain: AF_INET,
    protocol: IPPROTO_ICMP,
    options: [
      [SOL_IP, IP_MTU_DISCOVER, int32(PMTUDISC_PROBE)],
      [SOL_RAW, ICMP_FILTER, int32(UNWANTED)],
    ],
    header: IPV4_HEADER,
    socketAddress(address) {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setUint16(0, AF_INET, true);
      writeIp(address, bytes, 4);
      return bytes;
    },
    encode: encodeEchoRequest,
    decode: decodeIcmpAnswer,
  },
  6: {
    domain: AF_INET6,
    protocol: IPPROTO_ICMPV6,
    options: [
      [SOL_IPV6, IPV6_MTU_DISCOVER, int32(PMTUDISC_PROBE)],
      [SOL_IPV6, IPV6_DONTFRAG, int32(1)],
      [SOL_ICMPV6, ICMPV6_FILTER, unwantedOf6()],
    ],
    header: IPV6_HEADER,
    socketAddress(address) {
      const bytes = new Uint8Array(SOCKADDR_IN6);
      new DataView(bytes.buffer).setUint16(0, AF_INET6, true);
      writeIp(address, bytes, SIN6_ADDR);
      return bytes;
    },
    encode: encodeEchoRequest6,
    decode: (received, sender) => decodeIcmp6Answer(received, ipFromBytes(sender, SIN6_ADDR, 6)),
  },
};

/** struct icmp6_filter: the same for the 256 types of ICMPv6; wanted are "packet too big" (2) and echo replies (129). */
function unwantedOf6(): Uint8Array {
  const words = new Uint32Array(8).fill(0xffffffff);
  for (const type of [2, 129]) {
    words[type >> 5] = (words[type >> 5] ?? 0) & ~(1 << (type & 31));
  }
  return new Uint8Array(words.buffer);
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
