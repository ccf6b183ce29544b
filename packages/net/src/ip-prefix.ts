/**
 * IP prefixes as canonical text, "10.0.0.0/24" or "2001:db8::/32": host bits are zero, the length is written without
 * leading zeros, so `===` is equality. What one prefix is to another is in prefix-relation.ts.
 */

import type { Branded } from "./brand.ts";
import { ValueError } from "./errors.ts";
import {
  compareIp,
  type IpAddress,
  type IpFamily,
  ipFamily,
  ipFromBytes,
  parseIpAddress,
  writeIp,
  writeIpRange,
} from "./ip-address.ts";
import { octetAt } from "./octets.ts";

/** Canonical text of a prefix, for example "10.0.0.0/24". */
export type IpPrefix = Branded<string, "IpPrefix">;

const scratch = new Uint8Array(16);

/** Reads "address/length" and returns the canonical text. Throws ValueError "invalid-prefix", also for host bits. */
export function parseIpPrefix(text: string): IpPrefix {
  const slash = text.indexOf("/");
  if (slash < 0) {
    throw invalid(text, "the length is missing", suggestHost(text));
  }
  let address: IpAddress;
  try {
    address = parseIpAddress(text.slice(0, slash));
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    throw new ValueError("invalid-prefix", text, `"${text}" is not an IP prefix: ${cause.message}`);
  }
  const digits = text.slice(slash + 1);
  const most = ipFamily(address) === 4 ? 32 : 128;
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > most) {
    throw invalid(text, `"${digits}" is not a length`, `write a number from 0 to ${most}`);
  }
  const prefix = prefixOf(address, Number(digits));
  if (prefixAddress(prefix) !== address) {
    throw new ValueError(
      "invalid-prefix",
      text,
      `${text} has host bits set; write ${prefix}, or ${address}/${most} for the one address`,
    );
  }
  return prefix;
}

function invalid(text: string, fault: string, remedy: string): ValueError {
  return new ValueError(
    "invalid-prefix",
    text,
    `"${text}" is not an IP prefix: ${fault}; ${remedy}`,
  );
}

function suggestHost(text: string): string {
  try {
    return `write ${hostPrefix(parseIpAddress(text))} for the one address`;
  } catch {
    return "write one such as 10.0.0.0/24 or 2001:db8::/64";
  }
}

/** Is the text a prefix in its canonical form? */
export function isIpPrefix(text: string): text is IpPrefix {
  try {
    return parseIpPrefix(text) === text;
  } catch {
    return false;
  }
}

/** The prefix of that many bits that contains the address; host bits are cleared. Throws RangeError for the length. */
export function prefixOf(ip: IpAddress, length: number): IpPrefix {
  const octets = writeIp(ip, scratch, 0);
  return prefixFromBytes(scratch, 0, octets === 4 ? 4 : 6, length);
}

/** The /32 or /128 of one address. */
export function hostPrefix(ip: IpAddress): IpPrefix {
  return `${ip}/${ipFamily(ip) === 4 ? 32 : 128}` as IpPrefix;
}

/**
 * The prefix of `length` bits whose address is the 4 or 16 octets at `offset`; host bits are cleared in the result and
 * left alone in `bytes`. Throws RangeError past the end and for a length that the family does not have.
 */
export function prefixFromBytes(
  bytes: Uint8Array,
  offset: number,
  family: IpFamily,
  length: number,
): IpPrefix {
  const octets = family === 4 ? 4 : 16;
  if (!Number.isInteger(length) || length < 0 || length > 8 * octets) {
    throw new RangeError(`an IPv${family} prefix has 0 to ${8 * octets} bits, not ${length}`);
  }
  for (let index = 0; index < octets; index++) {
    const kept = length - 8 * index;
    const mask = kept >= 8 ? 0xff : kept <= 0 ? 0 : (0xff << (8 - kept)) & 0xff;
    masked[index] = octetAt(bytes, offset + index) & mask;
  }
  return `${ipFromBytes(masked, 0, family)}/${length}` as IpPrefix;
}

const masked = new Uint8Array(16);

/** 4 or 6. */
export function prefixFamily(prefix: IpPrefix): IpFamily {
  return prefix.includes(":") ? 6 : 4;
}

/** The address before the slash, which is the first address of the prefix. */
export function prefixAddress(prefix: IpPrefix): IpAddress {
  return prefix.slice(0, prefix.indexOf("/")) as IpAddress;
}

/** The number of network bits: 0 to 32 or 0 to 128. */
export function prefixLength(prefix: IpPrefix): number {
  return lengthAfter(prefix, prefix.indexOf("/"));
}

function lengthAfter(prefix: IpPrefix, slash: number): number {
  let length = 0;
  for (let index = slash + 1; index < prefix.length; index++) {
    length = length * 10 + prefix.charCodeAt(index) - 48;
  }
  return length;
}

/** The 4 or 16 octets of the prefix's address, in a fresh array. */
export function prefixBytes(prefix: IpPrefix): Uint8Array {
  const bytes = new Uint8Array(prefixFamily(prefix) === 4 ? 4 : 16);
  writePrefix(prefix, bytes, 0);
  return bytes;
}

/** Writes the prefix's address at `offset` without allocation and returns the octets written (4 or 16). */
export function writePrefix(prefix: IpPrefix, target: Uint8Array, offset: number): number {
  return writeIpRange(prefix, prefix.indexOf("/"), target, offset);
}

/** IPv4 before IPv6, then by address, then the shorter prefix first. */
export function comparePrefix(a: IpPrefix, b: IpPrefix): -1 | 0 | 1 {
  if (a === b) return 0;
  const byAddress = compareIp(prefixAddress(a), prefixAddress(b));
  if (byAddress !== 0) return byAddress;
  return prefixLength(a) < prefixLength(b) ? -1 : 1;
}
