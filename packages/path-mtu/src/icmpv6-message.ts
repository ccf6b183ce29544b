/**
 * ICMPv6 echo and "packet too big" (RFC 4443, sections 3.2 and 4), as a raw socket has them: without the IPv6 header. Pure.
 *
 * ```
 * echo      | type 128, 129 | code 0 | checksum | identifier | sequence | data |
 * too big   | type 2        | code 0 | checksum | MTU                   | as much of the packet as fits |
 * ```
 */
import { type IpAddress, ipFromBytes } from "@selvedge/net";
import type { EchoId, IcmpAnswer } from "./icmp-message.ts";

const PACKET_TOO_BIG = 2;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
const ICMPV6 = 58;
const MESSAGE_HEADER = 8;

/** Octets of an IPv6 header without extension headers. */
export const IPV6_HEADER = 40;

/** An echo request of so many octets, without the IPv6 header. At least 8. The kernel fills the checksum in. */
export function encodeEchoRequest6({ identifier, sequence }: EchoId, octets: number): Uint8Array {
  const message = new Uint8Array(octets);
  const view = new DataView(message.buffer);
  view.setUint8(0, ECHO_REQUEST);
  view.setUint16(4, identifier);
  view.setUint16(6, sequence);
  return message;
}

/** Reads a message and who sent it; `undefined` for anything else than an answer to an echo request. */
export function decodeIcmp6Answer(message: Uint8Array, from: IpAddress): IcmpAnswer | undefined {
  if (message.length < MESSAGE_HEADER) {
    return undefined;
  }
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  switch (view.getUint8(0)) {
    case ECHO_REPLY:
      return { kind: "reply", from, id: echoId(view, 0) };
    case PACKET_TOO_BIG:
      return decodeTooBig(view, message.subarray(MESSAGE_HEADER), from);
    default:
      return undefined;
  }
}

/** What is sent from here has no extension headers. */
function decodeTooBig(
  message: DataView,
  original: Uint8Array,
  from: IpAddress,
): IcmpAnswer | undefined {
  if (original.length < IPV6_HEADER + MESSAGE_HEADER) {
    return undefined;
  }
  const view = new DataView(original.buffer, original.byteOffset, original.length);
  const isEcho =
    view.getUint8(0) >> 4 === 6 &&
    view.getUint8(6) === ICMPV6 &&
    view.getUint8(IPV6_HEADER) === ECHO_REQUEST;
  if (!isEcho) {
    return undefined;
  }
  const destination = ipFromBytes(original, 24, 6);
  const mtu = message.getUint32(4);
  return { kind: "too big", from, mtu, destination, id: echoId(view, IPV6_HEADER) };
}

function echoId(view: DataView, start: number): EchoId {
  return { identifier: view.getUint16(start + 4), sequence: view.getUint16(start + 6) };
}
