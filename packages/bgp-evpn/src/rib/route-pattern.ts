/**
 * Patterns: values that policies compare routes with, turned into octets once, so that a comparison allocates nothing.
 */
import {
  type IpAddress,
  type IpPrefix,
  ipBytes,
  type MacAddress,
  macBytes,
  prefixAddress,
  prefixLength,
  type RouteDistinguisher,
  type RouteTarget,
  routeDistinguisherBytes,
  routeTargetBytes,
} from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import { encodeCommunities } from "../wire/attribute/community.ts";

/** The octets of a value of one kind. */
export interface RoutePattern<Kind extends string> {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
}

/** A prefix: what is inside has at least so many bits, and the first of them are these. */
export interface PrefixPattern extends RoutePattern<"prefix"> {
  readonly bits: number;
}

export function routeTargetPattern(target: RouteTarget): RoutePattern<"route-target"> {
  return { kind: "route-target", bytes: routeTargetBytes(target) };
}

export function distinguisherPattern(rd: RouteDistinguisher): RoutePattern<"rd"> {
  return { kind: "rd", bytes: routeDistinguisherBytes(rd) };
}

export function addressPattern(address: IpAddress): RoutePattern<"address"> {
  return { kind: "address", bytes: ipBytes(address) };
}

export function macPattern(mac: MacAddress): RoutePattern<"mac"> {
  return { kind: "mac", bytes: macBytes(mac) };
}

export function prefixPattern(prefix: IpPrefix): PrefixPattern {
  return { kind: "prefix", bytes: ipBytes(prefixAddress(prefix)), bits: prefixLength(prefix) };
}

/** A community as in "65000:100" or "no-export". Throws SpeakerError `invalid-option` for another text. */
export function communityPattern(community: string): RoutePattern<"community"> {
  return { kind: "community", bytes: communityBytes(community) };
}

/** The four octets of a community. Throws SpeakerError `invalid-option` for a text that is none. */
export function communityBytes(community: string): Uint8Array {
  try {
    return encodeCommunities([community]);
  } catch (cause) {
    throw new SpeakerError(
      "invalid-option",
      `"${community}" is no community; it must be like 65000:100, or a name such as no-export`,
      { cause },
    );
  }
}

/** Whether the octets at `at` are those of the pattern. */
export function matches(pattern: RoutePattern<string>, bytes: Uint8Array, at: number): boolean {
  const { bytes: wanted } = pattern;
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Whether a prefix of `bits` bits at `at`, whose address has `octets` octets, is inside of the pattern's. */
export function isInsidePrefix(
  pattern: PrefixPattern,
  bytes: Uint8Array,
  at: number,
  octets: number,
  bits: number,
): boolean {
  if (pattern.bytes.length !== octets || bits < pattern.bits) return false;
  for (let i = 0, left = pattern.bits; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 0xff : 0xff00 >> left;
    if ((((bytes[at + i] ?? 0) ^ (pattern.bytes[i] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
