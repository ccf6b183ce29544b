/**
 * Checks a field of IPv4 or IPv6 prefixes: the Withdrawn Routes and NLRI fields of an UPDATE, and MP attributes of a
 * unicast family.
 *
 *   [path identifier (4)] | length in bits (1) | as many octets as it takes
 *
 * RFC 4271 section 4.3, RFC 4760 section 5, RFC 7911 section 3; what is incorrect: RFC 7606 section 5.3.
 */
import { readU8 } from "./octets.ts";

/** Octets of a path identifier (RFC 7911 section 3). */
const PATH_ID_LENGTH = 4;

/** What is wrong with the prefixes from `offset` to `end`, or undefined. Allocates nothing. */
export function checkPrefixField(
  bytes: Uint8Array,
  offset: number,
  end: number,
  maxBits: number,
  pathIds: boolean,
): "nlri-overrun" | "nlri-length" | undefined {
  const skip = pathIds ? PATH_ID_LENGTH : 0;
  for (let at = offset; at < end; ) {
    at += skip;
    if (at >= end) return "nlri-overrun";
    const bits = readU8(bytes, at);
    if (bits > maxBits) return "nlri-length";
    at += 1 + ((bits + 7) >>> 3);
    if (at > end) return "nlri-overrun";
  }
  return undefined;
}
