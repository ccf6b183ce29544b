/**
 * ICMP echo and "fragmentation needed" (RFC 792; RFC 1191, section 4), as a raw socket has them. Pure.
 *
 * ```
 * echo      | type 8, 0 | code 0 | checksum | identifier | sequence | data |
 * too big   | type 3    | code 4 | checksum | 0          | MTU      | IPv4 header and 8 octets of the packet |
 * ```
 */
import { type IpAddress, ipFromBytes } from "@selvedge/net";

/** Which request an answer is to. */
export interface EchoId {
  readonly identifier: number;
  readonly sequence: number;
}

/** What came back. */
export type IcmpAnswer =
  | { readonly kind: "reply"; readonly from: IpAddress; readonly id: EchoId }
  | {
      readonly kind: "too big";
      /** The router whose next link is too small. */
      readonly from: IpAddress;
      /** Of that link, in octets; 0 of routers older than RFC 1191. */
      readonly mtu: number;
      /** Where the request was going. */
      readonly destination: IpAddress;
      readonly id: EchoId;
    };

const ECHO_REPLY = 0;
const UNREACHABLE = 3;
const ECHO_REQUEST = 8;
const FRAGMENTATION_NEEDED = 4;
const ICMP = 1;

/** Octets of an IPv4 header without options. */
export const IPV4_HEADER = 20;
const ICMP_HEADER = 8;

/** An echo request of so many octets, without the IPv4 header. At least 8. */
export function encodeEchoRequest({ identifier, sequence }: EchoId, octets: number): Uint8Array {
  const message = new Uint8Array(octets);
  const view = new DataView(message.buffer);
  view.setUint8(0, ECHO_REQUEST);
  view.setUint16(4, identifier);
  view.setUint16(6, sequence);
  view.setUint16(2, checksum(view));
  return message;
}

/** Reads a packet with its IPv4 header; `undefined` for anything else than an answer to an echo request. */
export function decodeIcmpAnswer(packet: Uint8Array): IcmpAnswer | undefined {
  const start = ipv4Payload(packet);
  if (start === undefined || packet.length < start + ICMP_HEADER) {
    return undefined;
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const from = ipFromBytes(packet, 12, 4);
  switch (view.getUint8(start)) {
    case ECHO_REPLY:
      return { kind: "reply", from, id: echoId(view, start) };
    case UNREACHABLE:
      return view.getUint8(start + 1) === FRAGMENTATION_NEEDED
        ? decodeTooBig(packet, start, from)
        : undefined;
    default:
      return undefined;
  }
}

function decodeTooBig(packet: Uint8Array, start: number, from: IpAddress): IcmpAnswer | undefined {
  const mtu = new DataView(packet.buffer, packet.byteOffset, packet.length).getUint16(start + 6);
  const original = packet.subarray(start + ICMP_HEADER);
  const inner = ipv4Payload(original);
  if (inner === undefined || original.length < inner + ICMP_HEADER) {
    return undefined;
  }
  const view = new DataView(original.buffer, original.byteOffset, original.length);
  const destination = ipFromBytes(original, 16, 4);
  return view.getUint8(inner) === ECHO_REQUEST
    ? { kind: "too big", from, mtu, destination, id: echoId(view, inner) }
    : undefined;
}

/** Where the payload of an IPv4 packet with ICMP begins. */
function ipv4Payload(packet: Uint8Array): number | undefined {
  const [first = 0] = packet;
  const length = (first & 0x0f) * 4;
  const isIcmp = packet[9] === ICMP;
  return first >> 4 === 4 && length >= IPV4_HEADER && packet.length >= length && isIcmp
    ? length
    : undefined;
}

function echoId(view: DataView, start: number): EchoId {
  return { identifier: view.getUint16(start + 4), sequence: view.getUint16(start + 6) };
}

/** The Internet checksum (RFC 1071). */
function checksum(view: DataView): number {
  let sum = 0;
  for (let at = 0; at < view.byteLength; at += 2) {
    sum += at + 1 < view.byteLength ? view.getUint16(at) : view.getUint8(at) << 8;
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return ~sum & 0xffff;
}
