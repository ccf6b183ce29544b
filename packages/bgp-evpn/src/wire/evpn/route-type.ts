/**
 * EVPN route types and the lengths of their NLRI.
 *
 *   route type (1) | length (1) | that many octets
 *
 * RFC 7432 section 7, RFC 9136 section 3.1. Labels take three octets and carry a VNI in all 24 bits under
 * VXLAN encapsulation (RFC 8365 section 5.1.3).
 */

/** Route types that the codec reads and writes; the others are kept as they are. */
export const EVPN_ROUTE = {
  ETHERNET_AUTO_DISCOVERY: 1,
  MAC_IP: 2,
  INCLUSIVE_MULTICAST: 3,
  ETHERNET_SEGMENT: 4,
  IP_PREFIX: 5,
} as const;

/** Octets in front of the fields: route type and length. */
export const NLRI_HEADER_LENGTH = 2;

/** RD 8, ESI 10, Ethernet tag 4, label 3. */
export const AUTO_DISCOVERY_LENGTH = 25;
/** RD 8, ESI 10, Ethernet tag 4, MAC length 1, MAC 6, IP length 1, label 3; plus IP and second label. */
export const MAC_IP_BASE_LENGTH = 33;
/** RD 8, Ethernet tag 4, IP length 1; plus IP. */
export const MULTICAST_BASE_LENGTH = 13;
/** RD 8, ESI 10, IP length 1; plus IP. */
export const SEGMENT_BASE_LENGTH = 19;
/** RD 8, ESI 10, Ethernet tag 4, prefix length 1, prefix 4, gateway 4, label 3. */
export const IP_PREFIX_V4_LENGTH = 34;
/** The same with 16 octets of prefix and of gateway. */
export const IP_PREFIX_V6_LENGTH = 58;

/** Value of the MAC Address Length field: bits (RFC 7432 section 7.2). */
export const MAC_BITS = 48;
