/** Route distinguishers (RFC 4364 section 4.2): eight octets that make equal prefixes of two VRFs distinct in BGP. */

import {
  type AdministeredKinds,
  administeredBytes,
  administeredText,
} from "./administered-number.ts";
import type { Branded } from "./brand.ts";
import { ValueError } from "./errors.ts";
import { type IpAddress, ipFamily } from "./ip-address.ts";
import { compareOctets } from "./octets.ts";

/** Canonical text: "65000:5", "10.0.0.1:5", "4200000001:5", "65000L:5" (type 2, small AS) or "0x" and 16 digits. */
export type RouteDistinguisher = Branded<string, "RouteDistinguisher">;

const KINDS: AdministeredKinds = { twoOctetAs: 0, ipv4: 1, fourOctetAs: 2 };

/** Reads any of the text forms. Throws ValueError "invalid-route-distinguisher". */
export function parseRouteDistinguisher(text: string): RouteDistinguisher {
  const bytes = administeredBytes(text, KINDS);
  if (!(bytes instanceof Uint8Array)) {
    throw new ValueError(
      "invalid-route-distinguisher",
      text,
      `"${text}" is not a route distinguisher: ${bytes.fault}; write one such as 10.0.0.1:5 or 65000:5`,
    );
  }
  return routeDistinguisherFromBytes(bytes);
}

/** Is the text a route distinguisher in its canonical form? */
export function isRouteDistinguisher(text: string): text is RouteDistinguisher {
  const bytes = administeredBytes(text, KINDS);
  return bytes instanceof Uint8Array && administeredText(bytes, 0, KINDS) === text;
}

/** The eight octets on the wire. */
export function routeDistinguisherBytes(rd: RouteDistinguisher): Uint8Array {
  const bytes = administeredBytes(rd, KINDS);
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${rd}: ${bytes.fault}`);
  return bytes;
}

/** The route distinguisher in any eight octets at `offset`. Throws RangeError past the end. */
export function routeDistinguisherFromBytes(
  bytes: Uint8Array,
  offset: number = 0,
): RouteDistinguisher {
  return administeredText(bytes, offset, KINDS) as RouteDistinguisher;
}

/** By the octets on the wire. */
export function compareRouteDistinguisher(
  a: RouteDistinguisher,
  b: RouteDistinguisher,
): -1 | 0 | 1 {
  return compareOctets(routeDistinguisherBytes(a), routeDistinguisherBytes(b), 8);
}

/**
 * The type 1 route distinguisher that a router makes for its n-th VRF (0 to 65535), as RFC 4364 section 4.2 suggests.
 * Throws ValueError "invalid-route-distinguisher".
 */
export function autoRouteDistinguisher(routerId: IpAddress, n: number): RouteDistinguisher {
  const text = `${routerId}:${n}`;
  if (ipFamily(routerId) !== 4) {
    throw new ValueError(
      "invalid-route-distinguisher",
      text,
      `no route distinguisher can be made from ${routerId}; a router id is an IPv4 address`,
    );
  }
  return parseRouteDistinguisher(text);
}
