/**
 * Route targets (RFC 4360 section 4, RFC 5668 for four-octet AS numbers): the extended communities that say which VRFs
 * import a route. Only transitive ones with sub-type 2 have a name; any other eight octets keep their hexadecimal text.
 */

import {
  type AdministeredKinds,
  administeredBytes,
  administeredText,
} from "./administered-number.ts";
import type { Asn } from "./asn.ts";
import type { Branded } from "./brand.ts";
import { ValueError } from "./errors.ts";
import { compareOctets } from "./octets.ts";
import type { Vni } from "./vni.ts";

/** Canonical text: "65000:5", "10.0.0.1:5", "4200000001:5", "65000L:5" (four-octet form) or "0x" and 16 digits. */
export type RouteTarget = Branded<string, "RouteTarget">;

/** Type octet and sub-type octet 0x02. */
const KINDS: AdministeredKinds = { twoOctetAs: 0x0002, ipv4: 0x0102, fourOctetAs: 0x0202 };

/** Reads any of the text forms. Throws ValueError "invalid-route-target". */
export function parseRouteTarget(text: string): RouteTarget {
  const bytes = administeredBytes(text, KINDS);
  if (!(bytes instanceof Uint8Array)) {
    throw new ValueError(
      "invalid-route-target",
      text,
      `"${text}" is not a route target: ${bytes.fault}; write one such as 65000:5001`,
    );
  }
  return routeTargetFromBytes(bytes);
}

/** Is the text a route target in its canonical form? */
export function isRouteTarget(text: string): text is RouteTarget {
  const bytes = administeredBytes(text, KINDS);
  return bytes instanceof Uint8Array && administeredText(bytes, 0, KINDS) === text;
}

/** The extended community: eight octets, type and sub-type first. */
export function routeTargetBytes(target: RouteTarget): Uint8Array {
  const bytes = administeredBytes(target, KINDS);
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${target}: ${bytes.fault}`);
  return bytes;
}

/** The route target in any eight octets at `offset`. Throws RangeError past the end. */
export function routeTargetFromBytes(bytes: Uint8Array, offset: number = 0): RouteTarget {
  return administeredText(bytes, offset, KINDS) as RouteTarget;
}

/** By the octets on the wire. */
export function compareRouteTarget(a: RouteTarget, b: RouteTarget): -1 | 0 | 1 {
  return compareOctets(routeTargetBytes(a), routeTargetBytes(b), 8);
}

/**
 * The automatic route target of an L3VNI: "AS:VNI" with the low 16 bits of the AS number, as FRR derives it
 * (RFC 8365 section 5.1.2.1 is for L2VNIs and is not used).
 */
export function autoRouteTarget(asn: Asn, vni: Vni): RouteTarget {
  return `${asn & 0xffff}:${vni}` as RouteTarget;
}
