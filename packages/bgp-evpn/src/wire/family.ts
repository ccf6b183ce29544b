/**
 * Address families: the pairs of AFI and SAFI of RFC 4760, by name.
 *
 * A family is a string, so that it compares with `===` and prints as itself. One that the codec has no name
 * for is written as its numbers, "1/128".
 */

/** Address Family Identifiers (IANA "Address Family Numbers"). */
export const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
/** RFC 7432 section 7, RFC 4761. */
export const AFI_L2VPN = 25;

/** Subsequent Address Family Identifiers (IANA "SAFI Values"). */
const SAFI_UNICAST = 1;
/** RFC 7432 section 7. */
export const SAFI_EVPN = 70;
/** Route target membership, with AFI 1 (RFC 4684 section 4). */
export const SAFI_RTC = 132;

/** The families whose NLRI this codec reads and writes. */
export type KnownFamily = "ipv4-unicast" | "ipv6-unicast" | "l2vpn-evpn" | "rtc";

/** A family by name, or as "AFI/SAFI". */
export type Family = KnownFamily | `${number}/${number}`;

/** AFI and SAFI as numbers. */
export interface FamilyCodes {
  readonly afi: number;
  readonly safi: number;
}

const CODES: Readonly<Record<KnownFamily, FamilyCodes>> = {
  "ipv4-unicast": { afi: AFI_IPV4, safi: SAFI_UNICAST },
  "ipv6-unicast": { afi: AFI_IPV6, safi: SAFI_UNICAST },
  "l2vpn-evpn": { afi: AFI_L2VPN, safi: SAFI_EVPN },
  rtc: { afi: AFI_IPV4, safi: SAFI_RTC },
};

/** The families that the codec reads and writes. */
export const KNOWN_FAMILIES: readonly KnownFamily[] = [
  "ipv4-unicast",
  "ipv6-unicast",
  "l2vpn-evpn",
  "rtc",
];

/** The family that the codec knows under these numbers, or undefined. Allocates nothing. */
export function knownFamily(afi: number, safi: number): KnownFamily | undefined {
  if (afi === AFI_L2VPN && safi === SAFI_EVPN) return "l2vpn-evpn";
  if (afi === AFI_IPV4 && safi === SAFI_RTC) return "rtc";
  if (safi !== SAFI_UNICAST) return undefined;
  if (afi === AFI_IPV4) return "ipv4-unicast";
  return afi === AFI_IPV6 ? "ipv6-unicast" : undefined;
}

/** Whether the codec reads and writes the family's NLRI. */
export function isKnownFamily(family: Family): family is KnownFamily {
  return Object.hasOwn(CODES, family);
}

/** The name of any family. */
export function familyFromCodes(afi: number, safi: number): Family {
  return knownFamily(afi, safi) ?? `${afi}/${safi}`;
}

/** The numbers of a family. */
export function familyCodes(family: Family): FamilyCodes {
  if (isKnownFamily(family)) return CODES[family];
  const [afi, safi] = family.split("/").map(Number);
  return { afi: afi ?? 0, safi: safi ?? 0 };
}
