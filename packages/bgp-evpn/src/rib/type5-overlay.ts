/**
 * The overlay fields of EVPN route type 5 as bytes, and what their combination means for a host
 * that forwards by VXLAN with the Router's MAC as inner destination.
 *
 * RFC 9136 sections 3.1 and 3.2 (table 1). What a gateway address or an ESI leads to another route
 * says (vrf-overlay.ts); a MAC as overlay index without label of its own is carried and shown, but not
 * imported.
 *
 *   type 5, length 34 (IPv4) or 58 (IPv6)
 *   RD (8) | ESI (10) | Ethernet tag (4) | prefix length (1) | prefix (4/16) | gateway (4/16) | label (3)
 */
import { IP_PREFIX_V4_LENGTH, NLRI_HEADER_LENGTH } from "../wire/evpn/route-type.ts";
import { readU24 } from "../wire/octets.ts";
import { areZero } from "./byte-spans.ts";

const ESI = NLRI_HEADER_LENGTH + 8;
const ESI_LENGTH = 10;
const PREFIX_LENGTH = ESI + ESI_LENGTH + 4;
const PREFIX = PREFIX_LENGTH + 1;
const LABEL_LENGTH = 3;
const IPV4_NLRI_LENGTH = NLRI_HEADER_LENGTH + IP_PREFIX_V4_LENGTH;

/** What a received route type 5 is to be treated as. */
export type OverlayIndex =
  /** Forward by Router's MAC and label: can be imported. */
  | "mac"
  /** Imported while a MAC/IP route for the gateway address is there. */
  | "gateway"
  /** Imported by Router's MAC while the segment is announced. */
  | "segment"
  /** Valid, but leads nowhere here: kept and reflected, not imported. */
  | "unresolved"
  /** Contradictory or empty: treat as withdraw. */
  | "none";

/** Octets of an address in the NLRI: 4 or 16. */
export function type5AddressLength(nlriLength: number): 4 | 16 {
  return nlriLength === IPV4_NLRI_LENGTH ? 4 : 16;
}

/** Position of the prefix length octet; the prefix follows it. */
export function type5PrefixOffset(nlriOffset: number): number {
  return nlriOffset + PREFIX_LENGTH;
}

/** Position of the gateway address. */
export function type5GatewayOffset(nlriOffset: number, nlriLength: number): number {
  return nlriOffset + PREFIX + type5AddressLength(nlriLength);
}

/** The label field: a VNI in all 24 bits (RFC 8365 section 5.1.3). */
export function type5Label(bytes: Uint8Array, nlriOffset: number, nlriLength: number): number {
  return readU24(bytes, nlriOffset + nlriLength - LABEL_LENGTH);
}

/** Reads the overlay index of a route type 5; `hasRouterMac` says whether a non-zero one came along. */
export function overlayIndex(
  bytes: Uint8Array,
  offset: number,
  length: number,
  hasRouterMac: boolean,
): OverlayIndex {
  const addressLength = type5AddressLength(length);
  const hasEsi = !areZero(bytes, offset + ESI, ESI_LENGTH);
  const hasGateway = !areZero(bytes, offset + PREFIX + addressLength, addressLength);
  if (hasEsi && hasGateway) return "none";
  if (hasGateway) return "gateway";
  if (hasEsi) return hasRouterMac ? "segment" : "unresolved";
  if (hasRouterMac) return "mac";
  return type5Label(bytes, offset, length) === 0 ? "none" : "unresolved";
}
