/**
 * Route targets derived from a VNI, in the forms that speakers are known to use, and how to tell that a received one
 * was derived from a VNI.
 *
 *   AS:VNI       global administrator: low 16 bits of the AS number, local: the VNI          FRR's default
 *   RFC 8365     the same with local administrator  0 | 1 (VXLAN) | domain id (4) | VNI (24)  section 5.1.2.1;
 *                FRR's `autort rfc8365-compatible`
 *
 * The former is `autoRouteTarget` of @selvedge/net. GoBGP and ExaBGP derive none.
 */

import {
  type Asn,
  isVni,
  parseRouteTarget,
  type RouteTarget,
  routeTargetBytes,
  type Vni,
} from "@selvedge/net";
import { SpeakerError } from "../errors.ts";
import { readU16, readU32 } from "../wire/octets.ts";

/** The A bit clear (derived), type 1 (VXLAN). */
const VXLAN_SERVICE = 0x10000000;
const DOMAIN_SHIFT = 24;
const MAX_DOMAIN_ID = 15;
const SERVICE_TYPE_MASK = 0xf0000000;
const SERVICE_ID_MASK = 0xffffff;
const TWO_OCTET_AS = 0x0002;
const IPV4_OR_FOUR_OCTET_AS: ReadonlySet<number> = new Set([0x0102, 0x0202]);

/**
 * The route target that RFC 8365 section 5.1.2.1 derives, with the low 16 bits of the AS number. `domainId` tells
 * overlapping VNI spaces apart, 0 to 15. Throws `SpeakerError` (`invalid-option`).
 */
export function rfc8365RouteTarget(asn: Asn, vni: Vni, domainId: number = 0): RouteTarget {
  if (!Number.isInteger(domainId) || domainId < 0 || domainId > MAX_DOMAIN_ID) {
    throw new SpeakerError(
      "invalid-option",
      `domainId is ${domainId}; it must be 0 to ${MAX_DOMAIN_ID}`,
    );
  }
  return parseRouteTarget(`${asn & 0xffff}:${VXLAN_SERVICE + domainId * 2 ** DOMAIN_SHIFT + vni}`);
}

/** From which VNI a route target seems to be derived, and how. */
export interface DerivedFrom {
  readonly form: "as-vni" | "rfc8365";
  readonly vni: Vni;
}

/**
 * Reads a route target as a derived one, whatever its AS; undefined when its number cannot be a VNI. A number in the
 * four-octet AS and IPv4 forms has 16 bits.
 */
export function derivedFrom(target: RouteTarget): DerivedFrom | undefined {
  const local = localAdministrator(routeTargetBytes(target), 0);
  if (isVni(local)) return { form: "as-vni", vni: local };
  const vni = local & SERVICE_ID_MASK;
  const isVxlan = (local & SERVICE_TYPE_MASK) === VXLAN_SERVICE;
  return isVxlan && isVni(vni) ? { form: "rfc8365", vni } : undefined;
}

/**
 * The number after the colon of the route target at `at`: what is left of it under the wildcard `*:VNI`, by which FRR
 * imports. -1 for an extended community that is no route target.
 */
export function localAdministrator(bytes: Uint8Array, at: number): number {
  const kind = readU16(bytes, at);
  if (kind === TWO_OCTET_AS) return readU32(bytes, at + 4);
  return IPV4_OR_FOUR_OCTET_AS.has(kind) ? readU16(bytes, at + 6) : -1;
}
