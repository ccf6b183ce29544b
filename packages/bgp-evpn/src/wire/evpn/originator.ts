/**
 * Route types 3 and 4, which end with the address of the router that originates them.
 *
 *   3, inclusive multicast Ethernet tag: RD (8) | Ethernet tag (4) | IP bits (1) | IP (4, 16)
 *   4, Ethernet segment:                 RD (8) | ESI (10)         | IP bits (1) | IP (4, 16)
 *
 * RFC 7432 sections 7.3 and 7.4.
 */
import {
  type IpAddress,
  ipBytes,
  ipFromBytes,
  type RouteDistinguisher,
  routeDistinguisherBytes,
  routeDistinguisherFromBytes,
} from "@selvedge/net";
import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { ESI_LENGTH, type EthernetSegmentId, esiBytes, esiFromBytes } from "./esi.ts";

/** Route type 3. */
export interface MulticastRoute {
  readonly kind: "inclusive-multicast";
  readonly routeType: 3;
  readonly rd: RouteDistinguisher;
  readonly ethernetTag: number;
  readonly originator: IpAddress;
}

/** Route type 4. */
export interface SegmentRoute {
  readonly kind: "ethernet-segment";
  readonly routeType: 4;
  readonly rd: RouteDistinguisher;
  readonly esi: EthernetSegmentId;
  readonly originator: IpAddress;
}

/** Decodes the fields of a type 3; undefined when their lengths do not add up. */
export function decodeMulticast(fields: ByteReader): MulticastRoute | undefined {
  const rd = routeDistinguisherFromBytes(fields.octets(8));
  const ethernetTag = fields.u32();
  const originator = decodeOriginator(fields);
  if (originator === undefined) return undefined;
  return { kind: "inclusive-multicast", routeType: 3, rd, ethernetTag, originator };
}

/** Writes the fields of a type 3. */
export function encodeMulticast(route: MulticastRoute, out: ByteWriter): void {
  out.octets(routeDistinguisherBytes(route.rd)).u32(route.ethernetTag);
  encodeOriginator(route.originator, out);
}

/** Decodes the fields of a type 4; undefined when their lengths do not add up. */
export function decodeSegment(fields: ByteReader): SegmentRoute | undefined {
  const rd = routeDistinguisherFromBytes(fields.octets(8));
  const esi = esiFromBytes(fields.octets(ESI_LENGTH));
  const originator = decodeOriginator(fields);
  if (originator === undefined) return undefined;
  return { kind: "ethernet-segment", routeType: 4, rd, esi, originator };
}

/** Writes the fields of a type 4. */
export function encodeSegment(route: SegmentRoute, out: ByteWriter): void {
  out.octets(routeDistinguisherBytes(route.rd)).octets(esiBytes(route.esi));
  encodeOriginator(route.originator, out);
}

function decodeOriginator(fields: ByteReader): IpAddress | undefined {
  const bits = fields.u8();
  if ((bits !== 32 && bits !== 128) || fields.left !== bits / 8) return undefined;
  return ipFromBytes(fields.rest(), 0, bits === 32 ? 4 : 6);
}

function encodeOriginator(originator: IpAddress, out: ByteWriter): void {
  const ip = ipBytes(originator);
  out.u8(8 * ip.length).octets(ip);
}
