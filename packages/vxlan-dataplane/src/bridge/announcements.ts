/**
 * Frames that tell the workloads of a broadcast domain that an IP address has another MAC now: what they
 * remember of it would mislead them for half a minute. Each host tells its own workloads, port by port, since
 * bridges let nothing of the kind through to other hosts (neigh_suppress). Pure.
 */
import {
  type IpAddress,
  ipBytes,
  ipFamily,
  type MacAddress,
  parseIpAddress,
  parseMacAddress,
  writeMac,
} from "@selvedge/net";
import type { OutgoingFrame } from "../kernel.ts";
import type { LocalStation } from "./bridge-objects.ts";

const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
const EVERYBODY = parseMacAddress("ff:ff:ff:ff:ff:ff");
/** Of ff02::1. */
const ALL_NODES_MAC = parseMacAddress("33:33:00:00:00:01");
const ALL_NODES = parseIpAddress("ff02::1");

/** An ARP announcement (RFC 5227, section 2.3) or an unsolicited neighbour advertisement (RFC 4861, section 7.2.6). */
export function announcement(address: IpAddress, mac: MacAddress): Uint8Array {
  return ipFamily(address) === 4 ? arpAnnouncement(address, mac) : advertisement(address, mac);
}

/**
 * IP addresses that have come to another MAC or were not known: what these say belongs to workloads may be
 * remembered otherwise by others. None when nothing was known, which is so when the domain is new here.
 */
export function* movedAddresses(
  before: ReadonlyMap<IpAddress, MacAddress>,
  after: ReadonlyMap<IpAddress, MacAddress>,
): Generator<readonly [address: IpAddress, mac: MacAddress]> {
  if (before.size === 0) {
    return;
  }
  for (const [address, mac] of after) {
    if (before.get(address) !== mac) {
      yield [address, mac];
    }
  }
}

/** What tells the workload of each port of them, but of none of its own. */
export function announcements(
  moved: readonly (readonly [address: IpAddress, mac: MacAddress])[],
  local: readonly LocalStation[],
): OutgoingFrame[] {
  const frames = moved.map(([address, mac]) => ({ address, frame: announcement(address, mac) }));
  return local.flatMap(({ port: link, addresses }) =>
    frames.flatMap(({ address, frame }) => (addresses.includes(address) ? [] : [{ link, frame }])),
  );
}

function arpAnnouncement(address: IpAddress, mac: MacAddress): Uint8Array {
  const ip = ipBytes(address);
  // Ethernet, IPv4, six octets, four octets, request.
  const head = [0, 1, 8, 0, 6, 4, 0, 1];
  const unknown = new Array<number>(6).fill(0);
  return frame(EVERYBODY, mac, ETHERTYPE_ARP, [
    ...head,
    ...macBytes(mac),
    ...ip,
    ...unknown,
    ...ip,
  ]);
}

function advertisement(address: IpAddress, mac: MacAddress): Uint8Array {
  const [source, destination] = [ipBytes(address), ipBytes(ALL_NODES)];
  // Override flag; target; target link-layer address (option 2, of one unit of 8 octets).
  const message = [
    ...[NEIGHBOUR_ADVERTISEMENT, 0, 0, 0, 0x20, 0, 0, 0],
    ...source,
    ...[2, 1],
    ...macBytes(mac),
  ];
  const pseudoHeader = [...source, ...destination, 0, 0, 0, message.length, 0, 0, 0, ICMPV6];
  const sum = checksum([...pseudoHeader, ...message]);
  message.splice(2, 2, sum >> 8, sum & 0xff);
  const header = [0x60, 0, 0, 0, 0, message.length, ICMPV6, 255];
  return frame(ALL_NODES_MAC, mac, ETHERTYPE_IPV6, [
    ...header,
    ...source,
    ...destination,
    ...message,
  ]);
}

function frame(
  to: MacAddress,
  from: MacAddress,
  type: number,
  payload: readonly number[],
): Uint8Array {
  return Uint8Array.from([...macBytes(to), ...macBytes(from), type >> 8, type & 0xff, ...payload]);
}

function macBytes(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(6);
  writeMac(mac, bytes, 0);
  return bytes;
}

/** The Internet checksum (RFC 1071). */
function checksum(octets: readonly number[]): number {
  let sum = 0;
  for (const [at, octet] of octets.entries()) {
    sum += at % 2 === 0 ? octet << 8 : octet;
  }
  while (sum > 0xffff) {
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return ~sum & 0xffff;
}
