/** Where the hosts' router addresses come from; no subnet of any VRF may touch these ranges. */

import { type IpPrefix, parseIpPrefix } from "@selvedge/net";

/** RFC 6598 shared address space: used inside the VRFs only, so it meets no carrier's NAT. */
export const ROUTER_IPV4_RANGE: IpPrefix = parseIpPrefix("100.64.0.0/10");

/** A unique local prefix (RFC 4193) of our own. */
export const ROUTER_IPV6_RANGE: IpPrefix = parseIpPrefix("fd53:656c:7665:6467::/64");

/** Both ranges. */
export const ROUTER_ADDRESS_RANGES: readonly IpPrefix[] = [ROUTER_IPV4_RANGE, ROUTER_IPV6_RANGE];
