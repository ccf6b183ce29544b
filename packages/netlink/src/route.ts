/**
 * Routes of the main table as the kernel reports them (RTM_NEWROUTE; linux/rtnetlink.h).
 *
 * Does not: other tables, the hops of legacy multipath routes, route metrics such as MTU,
 * encapsulation.
 */
import { type IpAddress, type IpPrefix, parseIpPrefix } from "@selvedge/net";
import type { MessageReader } from "./wire/message-reader.ts";
import type { MessageWriter } from "./wire/message-writer.ts";
import { AF_UNSPEC, addressFamily, ipVersion, RTM_GETROUTE } from "./wire/protocol.ts";

/** Octets of struct rtmsg. */
const HEADER_LENGTH = 12;

export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_PRIORITY = 6;
export const RTA_PREFSRC = 7;
const RTA_MULTIPATH = 9;
const RTA_TABLE = 15;
export const RTA_VIA = 18;
export const RTA_NH_ID = 30;

export const RT_TABLE_MAIN = 254;

export const RTN_UNICAST = 1;
export const RTN_UNREACHABLE = 7;

export const RTNH_F_ONLINK = 4;
/** An entry of the kernel's cache of exceptions, not a configured route. */
const RTM_F_CLONED = 0x200;

/** In a deletion and in a filter: whatever protocol. */
export const RTPROT_UNSPEC = 0;

/** The kernel leaves the destination of a default route out. */
const DEFAULT_IPV4 = parseIpPrefix("0.0.0.0/0");
const DEFAULT_IPV6 = parseIpPrefix("::/0");

/** Where a route leads. */
export type RouteVia =
  /** A next-hop object. */
  | { readonly kind: "nexthop"; readonly id: number }
  /** Directly attached; `index` is an interface index. */
  | { readonly kind: "link"; readonly index: number }
  /** A gateway, maybe of the other family (RFC 5549 / RFC 8950). */
  | {
      readonly kind: "gateway";
      readonly address: IpAddress;
      readonly link: number;
      /** The gateway need not be in a prefix of the link. */
      readonly onlink: boolean;
    }
  /** Packets are answered with an ICMP unreachable message. */
  | { readonly kind: "unreachable" };

/** Where a route of the kernel leads: what can be requested, and what others may have put there. */
export type KnownRouteVia =
  | RouteVia
  /** Legacy multipath, or a type of route that this package does not make. */
  | { readonly kind: "other"; readonly type: number };

/** A route of the main table. */
export interface Route {
  readonly destination: IpPrefix;
  readonly via: KnownRouteVia;
  readonly protocol: number;
  readonly metric: number;
  readonly source: IpAddress | undefined;
}

/** Which routes a dump returns: of the main table, and of what is given here. */
export interface RouteFilter {
  readonly protocol?: number;
  readonly family?: 4 | 6;
}

/** Writes a request for the routes of the main table that match the filter. */
export function encodeRouteDump(writer: MessageWriter, flags: number, filter: RouteFilter): void {
  writer.begin(RTM_GETROUTE, flags);
  writer.u8(filter.family === undefined ? AF_UNSPEC : addressFamily(filter.family));
  writer.u8(0);
  writer.u16(0);
  writer.u8(RT_TABLE_MAIN);
  writer.u8(filter.protocol ?? RTPROT_UNSPEC);
  writer.u16(0);
  writer.u32(0);
  writer.end();
}

/** Reads RTM_NEWROUTE or RTM_DELROUTE; undefined when it is not of the main table or not of IP. */
export function decodeRoute(message: MessageReader): Route | undefined {
  const version = ipVersion(message.u8(0));
  const length = message.u8(1);
  let table = message.u8(4);
  const protocol = message.u8(5);
  const type = message.u8(7);
  const flags = message.u32(8);
  if (version === undefined || (flags & RTM_F_CLONED) !== 0) {
    return undefined;
  }
  let destination = version === 4 ? DEFAULT_IPV4 : DEFAULT_IPV6;
  let source: IpAddress | undefined;
  let gateway: IpAddress | undefined;
  let nexthop: number | undefined;
  let link: number | undefined;
  let multipath = false;
  let metric = 0;
  const attribute = message.attributes(HEADER_LENGTH);
  while (attribute.next()) {
    switch (attribute.type) {
      case RTA_DST:
        destination = attribute.prefix(version, length);
        break;
      case RTA_OIF:
        link = attribute.u32();
        break;
      case RTA_GATEWAY:
        gateway = attribute.ip();
        break;
      case RTA_VIA:
        // struct rtvia: the family, then the address.
        gateway = attribute.ip(2);
        break;
      case RTA_PRIORITY:
        metric = attribute.u32();
        break;
      case RTA_PREFSRC:
        source = attribute.ip();
        break;
      case RTA_MULTIPATH:
        multipath = true;
        break;
      case RTA_TABLE:
        table = attribute.u32();
        break;
      case RTA_NH_ID:
        nexthop = attribute.u32();
        break;
    }
  }
  if (table !== RT_TABLE_MAIN) {
    return undefined;
  }
  const onlink = (flags & RTNH_F_ONLINK) !== 0;
  let via: KnownRouteVia = { kind: "other", type };
  if (nexthop !== undefined) {
    // With net.ipv4.nexthop_compat_mode=1 the kernel adds what the object leads to.
    via = { kind: "nexthop", id: nexthop };
  } else if (type === RTN_UNREACHABLE) {
    via = { kind: "unreachable" };
  } else if (type === RTN_UNICAST && !multipath && link !== undefined) {
    via =
      gateway === undefined
        ? { kind: "link", index: link }
        : { kind: "gateway", address: gateway, link, onlink };
  }
  return { destination, via, protocol, metric, source };
}
