/** What BGP speakers really sent: tcpdump in a namespace, and the EVPN routes of the UPDATEs in its file. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MessageStream } from "../../src/session/framing.ts";
import { ATTRIBUTE, FLAG } from "../../src/wire/attribute/attribute-type.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { evpnNlriLength } from "../../src/wire/evpn/nlri-key.ts";
import { AFI_L2VPN } from "../../src/wire/family.ts";
import { MESSAGE, messageType } from "../../src/wire/header.ts";
import { hex } from "../../src/wire/hex.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import type { Lab } from "./lab.ts";

const CONTEXT = { ...DEFAULT_CONTEXT, extendedMessages: true };
const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const ETHERNET_HEADER = 14;

/** How a route was announced. */
export interface SentRoute {
  /** As hex. */
  readonly nextHop: string;
  /** Each as hex with flags and type in front, in their order; MP_REACH_NLRI is not among them. */
  readonly attributes: readonly string[];
}

/** NLRI as hex -> how it was announced last. */
export type SentRoutes = ReadonlyMap<string, SentRoute>;

/** A route as it was before reflection: without ORIGINATOR_ID and CLUSTER_LIST (RFC 4456 section 8). */
export function unreflected(routes: SentRoutes, nlri: string): SentRoute | undefined {
  const route = routes.get(nlri);
  if (route === undefined) return undefined;
  const { nextHop, attributes } = route;
  return { nextHop, attributes: attributes.filter((attribute) => !/^80(09|0a)/.test(attribute)) };
}

export class Capture {
  readonly #file: string;

  constructor(lab: Lab, host: string) {
    this.#file = join(lab.directory, `${host}.pcap`);
    lab.start(host, "tcpdump", [
      ...["-i", "eth0", "-s", "0", "-U", "--immediate-mode", "-Z", "root"],
      ...["-w", this.#file, "tcp", "port", "179"],
    ]);
  }

  /** The routes that one address has announced to another, in any connection between them. */
  routes(from: string, to: string): SentRoutes {
    const routes = new Map<string, SentRoute>();
    const scan = new UpdateScan();
    for (const stream of this.#streams(from, to)) {
      const messages = new MessageStream();
      messages.context = CONTEXT;
      messages.push(stream, (bytes, offset, length) => {
        if (messageType(bytes, offset) !== MESSAGE.UPDATE) return true;
        scanUpdate(bytes, offset, length, CONTEXT, scan);
        for (const nlri of announced(scan)) routes.set(nlri, sentRoute(scan));
        return true;
      });
    }
    return routes;
  }

  /** Every UPDATE that one address has sent to another, octet by octet, in any connection between them. */
  updates(from: string, to: string): Uint8Array[] {
    const updates: Uint8Array[] = [];
    for (const stream of this.#streams(from, to)) {
      const messages = new MessageStream();
      messages.context = CONTEXT;
      messages.push(stream, (bytes, offset, length) => {
        if (messageType(bytes, offset) === MESSAGE.UPDATE) {
          updates.push(bytes.slice(offset, offset + length));
        }
        return true;
      });
    }
    return updates;
  }

  /** The octets of each TCP connection in one direction; the lab loses and reorders nothing. */
  #streams(from: string, to: string): Uint8Array[] {
    const file = readFileSync(this.#file);
    const streams = new Map<number, { next: number; parts: Uint8Array[] }>();
    for (let at = FILE_HEADER; at + PACKET_HEADER <= file.length; ) {
      const length = file.readUInt32LE(at + 8);
      const ip = file.subarray(at + PACKET_HEADER + ETHERNET_HEADER, at + PACKET_HEADER + length);
      at += PACKET_HEADER + length;
      if ((ip[0] ?? 0) >> 4 !== 4 || addressAt(ip, 12) !== from || addressAt(ip, 16) !== to)
        continue;
      const tcp = ip.subarray(((ip[0] ?? 0) & 15) * 4, ip.readUInt16BE(2));
      const payload = tcp.subarray(((tcp[12] ?? 0) >> 4) * 4);
      const sequence = tcp.readUInt32BE(4);
      const ports = tcp.readUInt32BE(0);
      const stream = streams.get(ports) ?? { next: sequence, parts: [] };
      streams.set(ports, stream);
      // A SYN takes one number; what was seen before is a retransmission.
      if (((tcp[13] ?? 0) & 2) !== 0) stream.next = (sequence + 1) >>> 0;
      if (payload.length === 0 || sequence !== stream.next) continue;
      stream.parts.push(payload);
      stream.next = (sequence + payload.length) >>> 0;
    }
    return [...streams.values()].map(({ parts }) => Uint8Array.from(Buffer.concat(parts)));
  }
}

function sentRoute(scan: UpdateScan): SentRoute {
  const { bytes, nextHopOffset, nextHopLength } = scan;
  const attributes: string[] = [];
  for (let index = 0; index < scan.attributeCount; index++) {
    const type = scan.attributeType[index] ?? 0;
    if (type === ATTRIBUTE.MP_REACH_NLRI || type === ATTRIBUTE.MP_UNREACH_NLRI) continue;
    const at = scan.attributeOffset[index] ?? 0;
    // Whether a short value has a length of one octet or two says nothing.
    const flags = (scan.attributeFlags[index] ?? 0) & ~FLAG.EXTENDED_LENGTH;
    const value = bytes.slice(at, at + (scan.attributeLength[index] ?? 0));
    attributes.push(hex(Uint8Array.of(flags, type, ...value)));
  }
  const nextHop = hex(bytes.slice(nextHopOffset, nextHopOffset + nextHopLength));
  return { nextHop, attributes };
}

function addressAt(packet: Uint8Array, at: number): string {
  return packet.slice(at, at + 4).join(".");
}

function* announced(scan: UpdateScan): IterableIterator<string> {
  if (scan.reachAfi !== AFI_L2VPN) return;
  const end = scan.reachNlriOffset + scan.reachNlriLength;
  for (let at = scan.reachNlriOffset; at < end; ) {
    const length = evpnNlriLength(scan.bytes, at, end);
    if (length < 0) return;
    yield hex(scan.bytes.slice(at, at + length));
    at += length;
  }
}
