/**
 * Route type 2, MAC/IP advertisement (RFC 7432 section 7.2, RFC 9135 section 4).
 *
 *   RD (8) | ESI (10) | Ethernet tag (4) | 48 (1) | MAC (6) | IP bits (1) | IP (0, 4, 16) | label (3) | [label (3)]
 */
import {
  type IpAddress,
  ipBytes,
  ipFromBytes,
  type MacAddress,
  macBytes,
  macFromBytes,
  type RouteDistinguisher,
  routeDistinguisherBytes,
  routeDistinguisherFromBytes,
} from "@selvedge/net";
import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { ESI_LENGTH, type EthernetSegmentId, esiBytes, esiFromBytes } from "./esi.ts";

/** Route type 2. */
export interface MacIpRoute {
  readonly kind: "mac-ip";
  readonly routeType: 2;
  readonly rd: RouteDistinguisher;
  readonly esi: EthernetSegmentId;
  readonly ethernetTag: number;
  readonly mac: MacAddress;
  /** Absent from a route for the MAC alone. */
  readonly ip?: IpAddress;
  /**
   * One or two label fields, all 24 bits: the VNI of the bridge domain, then that of the VRF, under VXLAN
   * encapsulation.
   */
  readonly labels: readonly [number] | readonly [number, number];
}

const MAC_BITS = 48;

/** Decodes the fields, or says what is wrong with them. */
export function decodeMacIp(fields: ByteReader): MacIpRoute | "nlri-length" | "nlri-value" {
  const rd = routeDistinguisherFromBytes(fields.octets(8));
  const esi = esiFromBytes(fields.octets(ESI_LENGTH));
  const ethernetTag = fields.u32();
  const macBits = fields.u8();
  const mac = macFromBytes(fields.octets(6));
  const ip = decodeOptionalIp(fields);
  if (ip === undefined) return "nlri-length";
  const label = fields.u24();
  const labels: MacIpRoute["labels"] = fields.left > 0 ? [label, fields.u24()] : [label];
  if (!fields.isExact) return "nlri-length";
  if (macBits !== MAC_BITS) return "nlri-value";
  return { kind: "mac-ip", routeType: 2, rd, esi, ethernetTag, mac, ...ip, labels };
}

function decodeOptionalIp(fields: ByteReader): { ip?: IpAddress } | undefined {
  switch (fields.u8()) {
    case 0:
      return {};
    case 32:
      return { ip: ipFromBytes(fields.octets(4), 0, 4) };
    case 128:
      return { ip: ipFromBytes(fields.octets(16), 0, 6) };
    default:
      return undefined;
  }
}

/** Writes the fields. */
export function encodeMacIp(route: MacIpRoute, out: ByteWriter): void {
  out.octets(routeDistinguisherBytes(route.rd)).octets(esiBytes(route.esi));
  out.u32(route.ethernetTag).u8(MAC_BITS).octets(macBytes(route.mac));
  const ip = route.ip === undefined ? new Uint8Array(0) : ipBytes(route.ip);
  out.u8(8 * ip.length).octets(ip);
  for (const label of route.labels) out.u24(label);
}
