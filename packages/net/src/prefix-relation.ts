/**
 * What a prefix is to an address or to another prefix: CIDR arithmetic by ip-num. For configuration and checks, some
 * microseconds a call; a forwarding table wants a trie, not this.
 */

import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from "ip-num";
import { type IpAddress, parseIpAddress } from "./ip-address.ts";
import { type IpPrefix, prefixAddress, prefixFamily, prefixLength } from "./ip-prefix.ts";

/** Does the prefix contain the address, or the whole other prefix? False for the other family. */
export function prefixContains(prefix: IpPrefix, inner: IpAddress | IpPrefix): boolean {
  if (prefix.includes(":") !== inner.includes(":")) return false;
  if (prefixFamily(prefix) === 4) {
    return rangeOfIpv4(prefix).contains(isPrefix(inner) ? rangeOfIpv4(inner) : new IPv4(inner));
  }
  return rangeOfIpv6(prefix).contains(isPrefix(inner) ? rangeOfIpv6(inner) : new IPv6(inner));
}

function isPrefix(value: IpAddress | IpPrefix): value is IpPrefix {
  return value.includes("/");
}

function rangeOfIpv4(prefix: IpPrefix): IPv4CidrRange {
  const length = new IPv4Prefix(BigInt(prefixLength(prefix)));
  return new IPv4CidrRange(new IPv4(prefixAddress(prefix)), length);
}

/** Not by `fromCidr`, which refuses an address that ends in a dotted quad ("::ffff:0.0.0.0/96"). */
function rangeOfIpv6(prefix: IpPrefix): IPv6CidrRange {
  const length = new IPv6Prefix(BigInt(prefixLength(prefix)));
  return new IPv6CidrRange(new IPv6(prefixAddress(prefix)), length);
}

/** Is there an address in both? Two prefixes overlap when one contains the other. */
export function prefixesOverlap(a: IpPrefix, b: IpPrefix): boolean {
  return prefixContains(a, b) || prefixContains(b, a);
}

/** The last address of the prefix: the directed broadcast of an IPv4 subnet with hosts on a shared link. */
export function prefixLast(prefix: IpPrefix): IpAddress {
  const range = prefixFamily(prefix) === 4 ? rangeOfIpv4(prefix) : rangeOfIpv6(prefix);
  return parseIpAddress(range.getLast().toString());
}
