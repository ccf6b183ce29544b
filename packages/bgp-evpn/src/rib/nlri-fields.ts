/**
 * Where the fields of an EVPN NLRI of types 1 to 3 are, from its first octet, for import without decoding it. The NLRI
 * has been checked (wire/evpn/nlri-check.ts).
 *
 *   1: type, length | RD (8) | ESI (10) | Ethernet tag (4) | label (3)
 *   2: type, length | RD (8) | ESI (10) | Ethernet tag (4) | 48 | MAC (6) | IP bits (1) | IP (0, 4, 16) | label | [label]
 *   3: type, length | RD (8) | Ethernet tag (4) | IP bits (1) | IP (4, 16)
 *
 * RFC 7432 sections 7.1 to 7.3.
 */
import { NLRI_HEADER_LENGTH } from "../wire/evpn/route-type.ts";
import { readU24, readU32 } from "../wire/octets.ts";

/** Octets of a route distinguisher. */
export const RD_LENGTH = 8;
/** Where the route distinguisher of any type is. */
export const RD_AT: number = NLRI_HEADER_LENGTH;
/** Where the ESI of types 1, 2 and 5 is. */
export const ESI_AT: number = RD_AT + RD_LENGTH;
/** Where the MAC of type 2 is. */
export const MAC_AT = 25;
/** Octets of a MAC. */
export const MAC_LENGTH = 6;
/** Where the length of the IP address of type 2 is, in bits; the address follows. */
export const MAC_IP_BITS_AT = 31;

const TAG_AT = 20;
const MULTICAST_TAG_AT: number = RD_AT + RD_LENGTH;
const LABEL_AT = 24;
const LABEL_LENGTH = 3;

/** The Ethernet tag of types 1 and 2. */
export function ethernetTag(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + TAG_AT);
}

/** The Ethernet tag of type 3. */
export function multicastTag(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + MULTICAST_TAG_AT);
}

/** Octets of the IP address of type 2: 0, 4 or 16. */
export function macIpAddressLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + MAC_IP_BITS_AT] ?? 0) >>> 3;
}

/** The first label of type 2, which is the VNI of the broadcast domain. */
export function macIpLabel(bytes: Uint8Array, offset: number): number {
  const at = offset + MAC_IP_BITS_AT + 1 + macIpAddressLength(bytes, offset);
  return readU24(bytes, at);
}

/** Whether the type 2 has a second label, the VNI of the VRF. */
export function hasSecondLabel(bytes: Uint8Array, offset: number, length: number): boolean {
  const labels = length - MAC_IP_BITS_AT - 1 - macIpAddressLength(bytes, offset);
  return labels === 2 * LABEL_LENGTH;
}

/** The label of type 1. */
export function discoveryLabel(bytes: Uint8Array, offset: number): number {
  return readU24(bytes, offset + LABEL_AT);
}
