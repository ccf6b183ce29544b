/**
 * Route target membership NLRI: "send me the routes with these route targets" (AFI 1, SAFI 132).
 *
 *   length in bits (1) | origin AS (4) | route target (8), as many octets as the length takes
 *
 * A length of 0 is the default membership, which asks for all routes; otherwise the origin AS is whole (32 bits) and
 * the route target may be a prefix (up to 96 bits). Bits beyond the length mean nothing and are read as zero.
 *
 * A length over 96 leaves the field unreadable (RFC 7606 section 5.3); one of 1 to 31 is impossible, but where the next
 * route starts is known, so the UPDATE is treated as withdraw and the route itself is passed over.
 *
 * RFC 4684 section 4.
 */
import { type RouteTarget, routeTargetBytes, routeTargetFromBytes } from "@selvedge/net";
import type { UpdateFault } from "./attribute/rules.ts";
import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { bytesFromHex, hex } from "./hex.ts";
import { readU8, readU32 } from "./octets.ts";

/** Bits of the origin AS. */
export const ORIGIN_BITS = 32;
/** Bits of an origin AS and a whole route target. */
export const MAX_MEMBERSHIP_BITS = 96;
/** Octets of the longest NLRI, its length octet included. */
export const MAX_MEMBERSHIP_LENGTH = 13;
/** Octets of a path identifier (RFC 7911 section 3). */
const PATH_ID_LENGTH = 4;

/** One membership. */
export type MembershipRoute =
  | {
      readonly kind: "membership";
      /** In bits: 0 (all routes), or 32 to 96. */
      readonly prefixLength: number;
      /** An AS number, 0 to 2^32 - 1; not with a length of 0. */
      readonly originAs?: number;
      /** With a length of 96: any eight octets, in the text form of the field. */
      readonly target?: RouteTarget;
      /** With a length of 32 to 95: the first octets of the route target, as hex. */
      readonly targetPrefix?: string;
    }
  | {
      readonly kind: "malformed-membership";
      /** 1 to 31. */
      readonly prefixLength: number;
      /** The octets after the length, as hex. */
      readonly value: string;
    };

/** Octets of the NLRI at `offset`, its length octet included; -1 where `end` or 96 bits are exceeded. */
export function membershipNlriLength(bytes: Uint8Array, offset: number, end: number): number {
  const bits = readU8(bytes, offset);
  const length = 1 + ((bits + 7) >>> 3);
  return offset < end && bits <= MAX_MEMBERSHIP_BITS && offset + length <= end ? length : -1;
}

/**
 * Writes the NLRI at `offset` to `key` with the bits beyond its length cleared, so that equal memberships have equal
 * octets. Returns its length; 0 for a length of 1 to 31 bits, which no membership has.
 */
export function membershipKey(bytes: Uint8Array, offset: number, key: Uint8Array): number {
  const bits = readU8(bytes, offset);
  if (!isPossible(bits)) return 0;
  const length = 1 + ((bits + 7) >>> 3);
  for (let i = 0; i < length; i++) key[i] = readU8(bytes, offset + i);
  const unused = 8 * (length - 1) - bits;
  key[length - 1] = readU8(key, length - 1) & (0xff << unused);
  return length;
}

/** The worst fault in a field of memberships, or undefined. Allocates nothing. */
export function checkMembershipField(
  bytes: Uint8Array,
  offset: number,
  end: number,
  pathIds: boolean,
): UpdateFault | undefined {
  let fault: UpdateFault | undefined;
  for (let at = offset; at < end; ) {
    if (pathIds) at += PATH_ID_LENGTH;
    if (at >= end) return "nlri-overrun";
    const bits = readU8(bytes, at);
    if (bits > MAX_MEMBERSHIP_BITS) return "nlri-length";
    if (!isPossible(bits)) fault = "nlri-value";
    at += 1 + ((bits + 7) >>> 3);
    if (at > end) return "nlri-overrun";
  }
  return fault;
}

/** Decodes the next membership, or says what is wrong with the field. */
export function decodeMembership(
  field: ByteReader,
): MembershipRoute | "nlri-length" | "nlri-overrun" {
  if (field.left < 1) return "nlri-overrun";
  const prefixLength = field.u8();
  if (prefixLength > MAX_MEMBERSHIP_BITS) return "nlri-length";
  const octets = (prefixLength + 7) >>> 3;
  if (field.left < octets) return "nlri-overrun";
  const value = field.octets(octets);
  return isPossible(prefixLength)
    ? viewMembership(Uint8Array.of(prefixLength, ...value))
    : { kind: "malformed-membership", prefixLength, value: hex(value) };
}

/** The value of one NLRI whose length is possible. */
export function viewMembership(nlri: Uint8Array): MembershipRoute {
  const key = new Uint8Array(MAX_MEMBERSHIP_LENGTH);
  const length = membershipKey(nlri, 0, key);
  const prefixLength = readU8(key, 0);
  if (prefixLength === 0) return { kind: "membership", prefixLength };
  const originAs = readU32(key, 1);
  if (prefixLength === MAX_MEMBERSHIP_BITS) {
    return { kind: "membership", prefixLength, originAs, target: routeTargetFromBytes(key, 5) };
  }
  const targetPrefix = hex(key.subarray(5, length));
  return { kind: "membership", prefixLength, originAs, targetPrefix };
}

/** The octets of a membership. */
export function encodeMembership(route: MembershipRoute): Uint8Array {
  const out = new ByteWriter().u8(route.prefixLength);
  if (route.kind === "malformed-membership") return out.octets(bytesFromHex(route.value)).finish();
  if (route.originAs === undefined) return out.finish();
  const { target, targetPrefix = "" } = route;
  const octets = target === undefined ? bytesFromHex(targetPrefix) : routeTargetBytes(target);
  return out.u32(route.originAs).octets(octets).finish();
}

function isPossible(bits: number): boolean {
  return bits === 0 || bits >= ORIGIN_BITS;
}
