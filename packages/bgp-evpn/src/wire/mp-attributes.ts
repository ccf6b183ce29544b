/**
 * MP_REACH_NLRI and MP_UNREACH_NLRI as groups of routes.
 *
 *   MP_REACH_NLRI:   AFI (2) | SAFI (1) | next hop length (1) | next hop | reserved (1) | NLRI
 *   MP_UNREACH_NLRI: AFI (2) | SAFI (1) | NLRI
 *
 * RFC 4760 sections 3 and 4, RFC 2545 section 3, RFC 7606 sections 5.3 and 7.11.
 */
import { type IpAddress, ipBytes, ipFromBytes } from "@selvedge/net";
import type { UpdateFault } from "./attribute/rules.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { CodecContext } from "./codec-context.ts";
import {
  type Family,
  familyCodes,
  familyFromCodes,
  isKnownFamily,
  type KnownFamily,
} from "./family.ts";
import { bytesFromHex, hex } from "./hex.ts";
import { decodeNlri, encodeNlri } from "./nlri.ts";
import type { AnnouncedRoutes, WithdrawnRoutes } from "./update-message.ts";

/** The announced routes that MP_REACH_NLRI carries. */
export type ReachRoutes = Extract<AnnouncedRoutes, { carriedIn: "mp-reach" }>;

/** The withdrawn routes that MP_UNREACH_NLRI carries. */
export type UnreachRoutes = Extract<WithdrawnRoutes, { carriedIn: "mp-unreach" }>;

/** What came out of an attribute: its routes, a fault, or routes with a fault that leaves them readable. */
export interface DecodedRoutes<Routes> {
  readonly routes?: Routes;
  readonly fault?: UpdateFault;
  /** Whether there are any octets of NLRI. */
  readonly hasNlri: boolean;
}

/** Lengths that a next hop of each family can have, in octets. */
const NEXT_HOP_LENGTHS: Readonly<Record<KnownFamily, readonly number[]>> = {
  // RFC 8950 section 3.
  "ipv4-unicast": [4, 16, 32],
  // RFC 2545 section 3.
  "ipv6-unicast": [16, 32],
  // RFC 7432 section 7.
  "l2vpn-evpn": [4, 16],
  // RFC 4684 section 4.
  rtc: [4, 16],
};

/** Decodes the value of an MP_REACH_NLRI of at least five octets. */
export function decodeMpReach(
  value: Uint8Array,
  context: CodecContext,
): DecodedRoutes<ReachRoutes> {
  const reader = new ByteReader(value);
  const family = familyFromCodes(reader.u16(), reader.u8());
  const nextHop = reader.octets(reader.u8());
  reader.u8();
  if (reader.left < 0) return { fault: "next-hop-length", hasNlri: false };
  const nlri = reader.rest();
  const hasNlri = nlri.length > 0;
  if (!isRead(family, context)) {
    const opaque = { opaqueNextHop: hex(nextHop), opaqueNlri: hex(nlri) };
    return { routes: { carriedIn: "mp-reach", family, ...opaque }, hasNlri };
  }
  if (!NEXT_HOP_LENGTHS[family].includes(nextHop.length)) {
    return { fault: "next-hop-length", hasNlri };
  }
  const { routes, fault } = decodeNlri(family, nlri, context.addPathReceive.includes(family));
  if (fault !== undefined && fault !== "nlri-value") return { fault, hasNlri };
  const group: ReachRoutes = { carriedIn: "mp-reach", family, ...decodeNextHop(nextHop), routes };
  return fault === undefined ? { routes: group, hasNlri } : { routes: group, fault, hasNlri };
}

/** Decodes the value of an MP_UNREACH_NLRI of at least three octets. */
export function decodeMpUnreach(
  value: Uint8Array,
  context: CodecContext,
): DecodedRoutes<UnreachRoutes> {
  const reader = new ByteReader(value);
  const family = familyFromCodes(reader.u16(), reader.u8());
  const nlri = reader.rest();
  const hasNlri = nlri.length > 0;
  if (!isRead(family, context)) {
    return { routes: { carriedIn: "mp-unreach", family, opaqueNlri: hex(nlri) }, hasNlri };
  }
  const { routes, fault } = decodeNlri(family, nlri, context.addPathReceive.includes(family));
  if (fault !== undefined && fault !== "nlri-value") return { fault, hasNlri };
  const group: UnreachRoutes = { carriedIn: "mp-unreach", family, routes };
  return fault === undefined ? { routes: group, hasNlri } : { routes: group, fault, hasNlri };
}

function isRead(family: Family, context: CodecContext): family is KnownFamily {
  return isKnownFamily(family) && context.families.includes(family);
}

function decodeNextHop(octets: Uint8Array): { nextHop: IpAddress; linkLocalNextHop?: IpAddress } {
  if (octets.length === 4) return { nextHop: ipFromBytes(octets, 0, 4) };
  const nextHop = ipFromBytes(octets, 0, 6);
  return octets.length === 16
    ? { nextHop }
    : { nextHop, linkLocalNextHop: ipFromBytes(octets, 16, 6) };
}

/** The value of the MP_REACH_NLRI that carries these routes. */
export function encodeMpReach(group: ReachRoutes): Uint8Array {
  const nextHop = encodeNextHop(group);
  const nlri = "routes" in group ? encodeNlri(group.routes) : bytesFromHex(group.opaqueNlri);
  const out = writeFamily(group.family).u8(nextHop.length).octets(nextHop);
  return out.u8(0).octets(nlri).finish();
}

/** The value of the MP_UNREACH_NLRI that carries these routes. */
export function encodeMpUnreach(group: UnreachRoutes): Uint8Array {
  const nlri = "routes" in group ? encodeNlri(group.routes) : bytesFromHex(group.opaqueNlri);
  return writeFamily(group.family).octets(nlri).finish();
}

function writeFamily(family: Family): ByteWriter {
  const { afi, safi } = familyCodes(family);
  return new ByteWriter().u16(afi).u8(safi);
}

function encodeNextHop(group: ReachRoutes): Uint8Array {
  if (!("nextHop" in group)) return bytesFromHex(group.opaqueNextHop);
  const { nextHop, linkLocalNextHop } = group;
  const out = new ByteWriter().octets(ipBytes(nextHop));
  return linkLocalNextHop === undefined
    ? out.finish()
    : out.octets(ipBytes(linkLocalNextHop)).finish();
}
