/**
 * Route type 5, IP prefix (RFC 9136 section 3.1).
 *
 *   RD (8) | ESI (10) | Ethernet tag (4) | prefix bits (1) | prefix (4, 16) | gateway (4, 16) | label (3)
 *
 * Which of ESI, gateway and Router's MAC is the overlay index is not decided here.
 */
import {
  type IpAddress,
  type IpPrefix,
  ipBytes,
  ipFamily,
  ipFromBytes,
  prefixBytes,
  prefixFamily,
  prefixFromBytes,
  prefixLength,
  type RouteDistinguisher,
  routeDistinguisherBytes,
  routeDistinguisherFromBytes,
} from "@selvedge/net";
import type { ByteReader } from "../byte-reader.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { ESI_LENGTH, type EthernetSegmentId, esiBytes, esiFromBytes } from "./esi.ts";

/** Route type 5. */
export interface IpPrefixRoute {
  readonly kind: "ip-prefix";
  readonly routeType: 5;
  readonly rd: RouteDistinguisher;
  readonly esi: EthernetSegmentId;
  readonly ethernetTag: number;
  readonly prefix: IpPrefix;
  /** Of the prefix's family; all zeros when there is none. */
  readonly gateway: IpAddress;
  /** All 24 bits of the label field: the L3VNI under VXLAN encapsulation. */
  readonly label: number;
}

/** Octets around the two addresses. */
const REST_LENGTH = 26;

/** Decodes the fields, or says what is wrong with them. */
export function decodeIpPrefix(fields: ByteReader): IpPrefixRoute | "nlri-length" | "nlri-value" {
  const addressLength = (fields.left - REST_LENGTH) / 2;
  if (addressLength !== 4 && addressLength !== 16) return "nlri-length";
  const family = addressLength === 4 ? 4 : 6;
  const rd = routeDistinguisherFromBytes(fields.octets(8));
  const esi = esiFromBytes(fields.octets(ESI_LENGTH));
  const ethernetTag = fields.u32();
  const bits = fields.u8();
  if (bits > 8 * addressLength) return "nlri-value";
  const prefix = prefixFromBytes(fields.octets(addressLength), 0, family, bits);
  const gateway = ipFromBytes(fields.octets(addressLength), 0, family);
  const label = fields.u24();
  return { kind: "ip-prefix", routeType: 5, rd, esi, ethernetTag, prefix, gateway, label };
}

/** Writes the fields. Throws RangeError when prefix and gateway are of different families. */
export function encodeIpPrefix(route: IpPrefixRoute, out: ByteWriter): void {
  const { prefix, gateway } = route;
  if (prefixFamily(prefix) !== ipFamily(gateway)) {
    throw new RangeError(`the gateway ${gateway} of ${prefix} is not of the same family`);
  }
  out.octets(routeDistinguisherBytes(route.rd)).octets(esiBytes(route.esi)).u32(route.ethernetTag);
  out
    .u8(prefixLength(prefix))
    .octets(prefixBytes(prefix))
    .octets(ipBytes(gateway))
    .u24(route.label);
}
