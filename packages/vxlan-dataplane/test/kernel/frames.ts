/**
 * Ethernet frames as an endpoint may put them on its wire, true or not, and what sends them.
 */
import { type IpAddress, ipBytes, type MacAddress, parseMacAddress, writeMac } from "@selvedge/net";
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { transmitFrames } from "../../src/packet-socket.ts";

const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
const UDP = 17;
const ICMPV6 = 58;
const BROADCAST = parseMacAddress("ff:ff:ff:ff:ff:ff");

/** The sender of a frame, and who gets it. */
export interface FrameEnds {
  readonly from: MacAddress;
  readonly to: MacAddress;
}

/** Sends frames from an interface of a namespace. Throws when the kernel does not take one. */
export function sendFrames(
  namespaceName: string,
  interfaceName: string,
  frames: readonly Uint8Array[],
): void {
  using namespace = NetworkNamespace.open(namespaceName);
  using route = RouteSocket.open(namespace);
  const link = route.links().find(({ name }) => name === interfaceName)?.index ?? 0;
  transmitFrames(
    namespace,
    frames.map((frame) => ({ link, frame })),
  );
}

/** A frame with a VLAN tag (IEEE 802.1Q, VLAN 7) in front of what another frame has. */
export function tagged(frame: Uint8Array): Uint8Array {
  return Uint8Array.from([...frame.subarray(0, 12), 0x81, 0x00, 0x00, 0x07, ...frame.subarray(12)]);
}

/** A frame of an EtherType that is left to experiments (IEEE 802, 0x88b5). */
export function experimental(frame: Uint8Array): Uint8Array {
  return Uint8Array.from([...frame.subarray(0, 12), 0x88, 0xb5, ...frame.subarray(14)]);
}

/** A UDP datagram over IPv4 or IPv6; without a checksum of IPv6, which nobody on the way looks at. */
export function udp(
  ends: FrameEnds,
  source: IpAddress,
  destination: IpAddress,
  ports: { readonly from: number; readonly to: number },
): Uint8Array {
  const payload = new Uint8Array(16);
  const datagram = [...u16(ports.from), ...u16(ports.to), ...u16(8 + payload.length), 0, 0];
  return packet(ends, source, destination, UDP, [...datagram, ...payload]);
}

/** An ICMPv6 message of a type; `target` as in neighbour solicitations and advertisements (RFC 4861). */
export function icmpv6(
  ends: FrameEnds,
  source: IpAddress,
  destination: IpAddress,
  type: number,
  target?: IpAddress,
): Uint8Array {
  const body = target === undefined ? new Array<number>(16).fill(0) : [...ipBytes(target)];
  return packet(ends, source, destination, ICMPV6, [type, 0, 0, 0, 0, 0, 0, 0, ...body]);
}

/** An ARP request (RFC 826) whose sender is `mac` and `address`, which may be another than the frame's. */
export function arp(
  { from }: Pick<FrameEnds, "from">,
  mac: MacAddress,
  address: IpAddress,
  target: IpAddress,
): Uint8Array {
  const request = [0, 1, 8, 0, 6, 4, 0, 1];
  const unknown = new Array<number>(6).fill(0);
  return frame({ from, to: BROADCAST }, ETHERTYPE.arp, [
    ...request,
    ...macOctets(mac),
    ...ipBytes(address),
    ...unknown,
    ...ipBytes(target),
  ]);
}

function packet(
  ends: FrameEnds,
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  payload: readonly number[],
): Uint8Array {
  const [from, to] = [ipBytes(source), ipBytes(destination)];
  if (from.length === 16) {
    const header = [0x60, 0, 0, 0, ...u16(payload.length), protocol, 255, ...from, ...to];
    return frame(ends, ETHERTYPE.ipv6, [...header, ...payload]);
  }
  const header = [0x45, 0, ...u16(20 + payload.length), 0, 0, 0, 0, 64, protocol, 0, 0];
  const octets = [...header, ...from, ...to];
  const sum = checksum(octets);
  octets.splice(10, 2, ...u16(sum));
  return frame(ends, ETHERTYPE.ipv4, [...octets, ...payload]);
}

function frame({ from, to }: FrameEnds, type: number, payload: readonly number[]): Uint8Array {
  return Uint8Array.from([...macOctets(to), ...macOctets(from), ...u16(type), ...payload]);
}

function macOctets(mac: MacAddress): number[] {
  const bytes = new Uint8Array(6);
  writeMac(mac, bytes, 0);
  return [...bytes];
}

/** The Internet checksum (RFC 1071). */
function checksum(octets: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) {
    sum += ((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0);
  }
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~(sum + (sum >>> 16)) & 0xffff;
}

function u16(value: number): [number, number] {
  return [(value >> 8) & 0xff, value & 0xff];
}
