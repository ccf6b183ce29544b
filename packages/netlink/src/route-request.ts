/**
 * Requests that add, replace and delete routes, and their encoding (RTM_NEWROUTE, RTM_DELROUTE;
 * linux/rtnetlink.h).
 *
 * Does not: other tables than main, legacy multipath (use a next-hop group), route metrics such as
 * MTU, encapsulation.
 */
import {
  type IpAddress,
  type IpPrefix,
  ipBytes,
  ipFamily,
  prefixFamily,
  prefixLength,
} from "@selvedge/net";
import {
  type RouteVia,
  RT_TABLE_MAIN,
  RTA_DST,
  RTA_GATEWAY,
  RTA_NH_ID,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_VIA,
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RTNH_F_ONLINK,
  RTPROT_UNSPEC,
} from "./route.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import {
  addressFamily,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  RTM_DELROUTE,
  RTM_NEWROUTE,
} from "./wire/protocol.ts";

const RTPROT_STATIC = 4;

const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
/** In a deletion: whatever scope. IPv6 routes have none. */
const RT_SCOPE_NOWHERE = 255;

/** In a deletion: whatever type. */
const RTN_UNSPEC = 0;

/**
 * Adds a route or replaces the one with the same destination and metric.
 *
 * Equivalent to: `ip route replace DESTINATION nhid ID | dev LINK | via ADDRESS dev LINK [onlink] | unreachable ...`
 */
export interface RouteReplaceRequest {
  readonly kind: "route.replace";
  readonly destination: IpPrefix;
  readonly via: RouteVia;
  /** rtm_protocol; default 4 ("static"). */
  readonly protocol?: number;
  /** Default 0 for IPv4, 1024 for IPv6 (the kernel's own defaults). */
  readonly metric?: number;
  /** Preferred source address. */
  readonly source?: IpAddress;
}

/**
 * Deletes a route. Whatever is absent is not compared, so that the destination alone deletes the
 * first route to it.
 *
 * Equivalent to: `ip route del DESTINATION [proto N] [metric N] ...`
 */
export interface RouteDeleteRequest {
  readonly kind: "route.delete";
  readonly destination: IpPrefix;
  readonly via?: RouteVia;
  readonly protocol?: number;
  readonly metric?: number;
}

/** Writes the message of a request. */
export function encodeRouteRequest(
  writer: MessageWriter,
  request: RouteReplaceRequest | RouteDeleteRequest,
): void {
  const { destination, via, metric } = request;
  const family = prefixFamily(destination);
  const length = prefixLength(destination);
  const flags = via?.kind === "gateway" && via.onlink ? RTNH_F_ONLINK : 0;
  if (request.kind === "route.replace") {
    writer.begin(RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
    const protocol = request.protocol ?? RTPROT_STATIC;
    const scope = family === 4 && via?.kind === "link" ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    writeRtmsg(writer, family, length, protocol, scope, typeOf(request.via), flags);
  } else {
    writer.begin(RTM_DELROUTE, NLM_F_REQUEST);
    const protocol = request.protocol ?? RTPROT_UNSPEC;
    const type = via === undefined ? RTN_UNSPEC : typeOf(via);
    writeRtmsg(writer, family, length, protocol, anyScope(family), type, flags);
  }
  writer.attributePrefix(RTA_DST, destination);
  if (via !== undefined) {
    writeVia(writer, family, via);
  }
  if (metric !== undefined) {
    writer.attributeU32(RTA_PRIORITY, metric);
  }
  if (request.kind === "route.replace" && request.source !== undefined) {
    writer.attributeIp(RTA_PREFSRC, request.source);
  }
  writer.end();
}

/**
 * Writes the message of a `route.replace` over a next-hop object from the octets of the prefix,
 * without any allocation: the fast path of {@link encodeRouteRequest}.
 */
export function encodeNexthopRoute(
  writer: MessageWriter,
  family: 4 | 6,
  bytes: Uint8Array,
  offset: number,
  length: number,
  nexthop: number,
  protocol: number,
  metric: number | undefined,
): void {
  writer.begin(RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
  writeRtmsg(writer, family, length, protocol, RT_SCOPE_UNIVERSE, RTN_UNICAST, 0);
  writer.attributeBytes(RTA_DST, bytes, offset, family === 4 ? 4 : 16);
  writer.attributeU32(RTA_NH_ID, nexthop);
  if (metric !== undefined) {
    writer.attributeU32(RTA_PRIORITY, metric);
  }
  writer.end();
}

/** Writes the message of a `route.delete` likewise. */
export function encodeRouteRemoval(
  writer: MessageWriter,
  family: 4 | 6,
  bytes: Uint8Array,
  offset: number,
  length: number,
  protocol: number,
  metric: number | undefined,
): void {
  writer.begin(RTM_DELROUTE, NLM_F_REQUEST);
  writeRtmsg(writer, family, length, protocol, anyScope(family), RTN_UNSPEC, 0);
  writer.attributeBytes(RTA_DST, bytes, offset, family === 4 ? 4 : 16);
  if (metric !== undefined) {
    writer.attributeU32(RTA_PRIORITY, metric);
  }
  writer.end();
}

function anyScope(family: 4 | 6): number {
  return family === 4 ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
}

function typeOf(via: RouteVia): number {
  return via.kind === "unreachable" ? RTN_UNREACHABLE : RTN_UNICAST;
}

function writeVia(writer: MessageWriter, family: 4 | 6, via: RouteVia): void {
  switch (via.kind) {
    case "nexthop":
      writer.attributeU32(RTA_NH_ID, via.id);
      break;
    case "link":
      writer.attributeU32(RTA_OIF, via.index);
      break;
    case "gateway":
      if (ipFamily(via.address) === family) {
        writer.attributeIp(RTA_GATEWAY, via.address);
      } else {
        const octets = ipBytes(via.address);
        const rtvia = new Uint8Array(2 + octets.length);
        rtvia[0] = addressFamily(ipFamily(via.address));
        rtvia.set(octets, 2);
        writer.attributeBytes(RTA_VIA, rtvia, 0, rtvia.length);
      }
      writer.attributeU32(RTA_OIF, via.link);
      break;
    case "unreachable":
      break;
  }
}

function writeRtmsg(
  writer: MessageWriter,
  family: 4 | 6,
  length: number,
  protocol: number,
  scope: number,
  type: number,
  flags: number,
): void {
  writer.u8(addressFamily(family));
  writer.u8(length);
  writer.u16(0);
  writer.u8(RT_TABLE_MAIN);
  writer.u8(protocol);
  writer.u8(scope);
  writer.u8(type);
  writer.u32(flags);
}
