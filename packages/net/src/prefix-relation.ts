/**
 * What a prefix is to an address or to another prefix. Containment is on the way of every admission and compares octets;
 * the rest is CIDR arithmetic by ip-num, some microseconds a call. A forwarding table wants a trie, not this.
 */

import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from "ip-num";
import { type IpAddress, parseIpAddress, writeIpRange } from "./ip-address.ts";
import {
  type IpPrefix,
  prefixAddress,
  prefixFamily,
  prefixLength,
  writePrefix,
} from "./ip-prefix.ts";
import { octetAt } from "./octets.ts";

const scratch = new Uint8Array(16);
const otherScratch = new Uint8Array(16);

/** Does the prefix contain the address, or the whole other prefix? False for the other family. No allocation. */
export function prefixContains(prefix: IpPrefix, inner: IpAddress | IpPrefix): boolean {
  const slash = inner.indexOf("/");
  const octets = writePrefix(prefix, scratch, 0);
  if (writeIpRange(inner, slash < 0 ? inner.length : slash, otherScratch, 0) !== octets) {
    return false;
  }
  const length = prefixLength(prefix);
  if (isPrefix(inner) && prefixLength(inner) < length) return false;
  return commonBits(scratch, otherScratch, octets) >= length;
}

/** How many bits are the same from the first on. */
function commonBits(a: Uint8Array, b: Uint8Array, octets: number): number {
  for (let index = 0; index < octets; index++) {
    const difference = octetAt(a, index) ^ octetAt(b, index);
    if (difference !== 0) return 8 * index + Math.clz32(difference) - 24;
  }
  return 8 * octets;
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
