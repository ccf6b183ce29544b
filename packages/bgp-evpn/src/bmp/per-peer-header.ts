/**
 * The header by which BMP messages say which peer they are about.
 *
 *   type 0: global instance (1) | flags (1) | distinguisher, zero (8) | address (16) | AS (4) | BGP identifier (4) |
 *   seconds since 1970 (4) | microseconds (4)
 *
 * Everything that is exported is the Adj-RIB-In before policy, so the L flag is never set.
 *
 * RFC 7854 section 4.2.
 */

import { type Asn, type IpAddress, ipBytes, ipFamily } from "@selvedge/net";
import { writeU32 } from "../wire/octets.ts";

/** Octets of the header. */
export const PER_PEER_HEADER_LENGTH = 42;

/** Flags of the header. */
export const PEER_FLAG = {
  /** The address is IPv6. */
  IPV6: 0x80,
  /** After policy. */
  POST_POLICY: 0x40,
  /** AS_PATH has AS numbers of two octets. */
  LEGACY_AS_PATH: 0x20,
} as const;

const ADDRESS_END = 26;
const ASN = 26;
const IDENTIFIER = 30;
const SECONDS = 34;
const MICROSECONDS = 38;

/** Who a peer is to a collector. */
export interface MonitoredPeer {
  readonly address: IpAddress;
  readonly asn: Asn;
  readonly routerId: IpAddress;
}

/** Writes the header at `at`. `timeMs` is the time since 1970 in milliseconds, 0 when it is not known. */
export function writePerPeerHeader(
  out: Uint8Array,
  at: number,
  peer: MonitoredPeer,
  timeMs: number,
  legacyAsPath: boolean,
): void {
  const address = ipBytes(peer.address);
  out.fill(0, at, at + PER_PEER_HEADER_LENGTH);
  out[at + 1] =
    (ipFamily(peer.address) === 6 ? PEER_FLAG.IPV6 : 0) |
    (legacyAsPath ? PEER_FLAG.LEGACY_AS_PATH : 0);
  out.set(address, at + ADDRESS_END - address.length);
  writeU32(out, at + ASN, peer.asn);
  out.set(ipBytes(peer.routerId), at + IDENTIFIER);
  writeU32(out, at + SECONDS, Math.floor(timeMs / 1000));
  writeU32(out, at + MICROSECONDS, Math.floor((timeMs % 1000) * 1000));
}
