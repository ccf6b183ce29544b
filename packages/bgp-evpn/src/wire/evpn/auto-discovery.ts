/**
 * Route type 1, Ethernet auto-discovery (RFC 7432 section 7.1): per segment with Ethernet tag 4294967295, per EVPN
 * instance otherwise.
 *
 *   RD (8) | ESI (10) | Ethernet tag (4) | label (3)
 */
import {
  type RouteDistinguisher,
  routeDistinguisherBytes,
  routeDistinguisherFromBytes,
} from "@selvedge/net";
import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { ESI_LENGTH, type EthernetSegmentId, esiBytes, esiFromBytes } from "./esi.ts";

/** Route type 1. */
export interface AutoDiscoveryRoute {
  readonly kind: "ethernet-auto-discovery";
  readonly routeType: 1;
  readonly rd: RouteDistinguisher;
  readonly esi: EthernetSegmentId;
  readonly ethernetTag: number;
  /** All 24 bits of the label field: the VNI under VXLAN encapsulation. */
  readonly label: number;
}

/** Decodes the fields; undefined when their lengths do not add up. */
export function decodeAutoDiscovery(fields: ByteReader): AutoDiscoveryRoute | undefined {
  const rd = routeDistinguisherFromBytes(fields.octets(8));
  const esi = esiFromBytes(fields.octets(ESI_LENGTH));
  const ethernetTag = fields.u32();
  const label = fields.u24();
  if (!fields.isExact) return undefined;
  return { kind: "ethernet-auto-discovery", routeType: 1, rd, esi, ethernetTag, label };
}

/** Writes the fields. */
export function encodeAutoDiscovery(route: AutoDiscoveryRoute, out: ByteWriter): void {
  out.octets(routeDistinguisherBytes(route.rd)).octets(esiBytes(route.esi));
  out.u32(route.ethernetTag).u24(route.label);
}
