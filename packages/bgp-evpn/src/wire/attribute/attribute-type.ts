/**
 * Path attribute types and flags, and the attribute header.
 *
 *   flags (1) | type (1) | length (1, or 2 with the extended-length flag) | value
 *
 * RFC 4271 section 4.3; types from IANA "BGP Path Attributes".
 */
import { readU8, readU16, writeU16 } from "../octets.ts";

/** Types of the attributes that the codec reads and writes. */
export const ATTRIBUTE = {
  ORIGIN: 1,
  AS_PATH: 2,
  NEXT_HOP: 3,
  MULTI_EXIT_DISC: 4,
  LOCAL_PREF: 5,
  ATOMIC_AGGREGATE: 6,
  AGGREGATOR: 7,
  COMMUNITIES: 8,
  ORIGINATOR_ID: 9,
  CLUSTER_LIST: 10,
  MP_REACH_NLRI: 14,
  MP_UNREACH_NLRI: 15,
  EXTENDED_COMMUNITIES: 16,
  AS4_PATH: 17,
  AS4_AGGREGATOR: 18,
  PMSI_TUNNEL: 22,
  LARGE_COMMUNITIES: 32,
} as const;

/** Attribute flags. */
export const FLAG = {
  OPTIONAL: 0x80,
  TRANSITIVE: 0x40,
  PARTIAL: 0x20,
  EXTENDED_LENGTH: 0x10,
} as const;

/** Octets of the header with these flags. */
export function attributeHeaderLength(flags: number): number {
  return (flags & FLAG.EXTENDED_LENGTH) === 0 ? 3 : 4;
}

/** Octets of the value of the attribute at `at`. */
export function attributeValueLength(bytes: Uint8Array, at: number): number {
  return (readU8(bytes, at) & FLAG.EXTENDED_LENGTH) === 0
    ? readU8(bytes, at + 2)
    : readU16(bytes, at + 2);
}

/** Writes a header whose form follows the extended-length flag, and returns its end. */
export function writeAttributeHeader(
  target: Uint8Array,
  at: number,
  flags: number,
  type: number,
  length: number,
): number {
  target[at] = flags;
  target[at + 1] = type;
  if ((flags & FLAG.EXTENDED_LENGTH) === 0) {
    target[at + 2] = length;
    return at + 3;
  }
  writeU16(target, at + 2, length);
  return at + 4;
}
