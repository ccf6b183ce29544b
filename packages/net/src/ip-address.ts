/**
 * IPv4 and IPv6 addresses as canonical text: a dotted quad or RFC 5952. Two addresses are equal when their texts are
 * `===`, so an address is a Map key and a JSON string. Zones ("%eth0") are not part of an address.
 */

import type { Branded } from "./brand.ts";
import { ValueError } from "./errors.ts";
import { ipv4Fault, ipv4Text, ipv4Value } from "./ipv4-text.ts";
import { ipv6Fault, ipv6Text, writeIpv6 } from "./ipv6-text.ts";
import { compareOctets, writeUint32 } from "./octets.ts";

/** Canonical text of an IPv4 or IPv6 address, for example "10.0.0.1" or "2001:db8::1". */
export type IpAddress = Branded<string, "IpAddress">;

/** IP version. */
export type IpFamily = 4 | 6;

const scratch = new Uint8Array(16);
const otherScratch = new Uint8Array(16);

/** Reads an address in any usual form and returns the canonical one. Throws ValueError "invalid-ip-address". */
export function parseIpAddress(text: string): IpAddress {
  const canonical = canonicalIp(text);
  if (canonical === undefined) {
    throw new ValueError(
      "invalid-ip-address",
      text,
      `"${text}" is not an IP address: ${ipFault(text)}`,
    );
  }
  return canonical;
}

/** Is the text an address in its canonical form? ("2001:DB8::1" is not; parseIpAddress accepts it.) */
export function isIpAddress(text: string): text is IpAddress {
  return canonicalIp(text) === text;
}

function canonicalIp(text: string): IpAddress | undefined {
  if (!text.includes(":")) {
    return ipv4Value(text, 0, text.length) < 0 ? undefined : (text as IpAddress);
  }
  if (!writeIpv6(text, 0, text.length, scratch, 0)) return undefined;
  return ipv6Text(scratch, 0) as IpAddress;
}

function ipFault(text: string): string {
  if (text === "") return "it is empty; write one such as 10.0.0.1 or 2001:db8::1";
  if (text.trim() !== text) return "there is white space around it";
  if (text.includes("/")) return "it is a prefix; write only the part before the slash";
  if (text.includes("%")) return "it has a zone; write only the part before the %";
  if (text.includes(":")) return ipv6Fault(text);
  if (!text.includes(".")) return "write one such as 10.0.0.1 or 2001:db8::1";
  return ipv4Fault(text);
}

/** 4 or 6. */
export function ipFamily(ip: IpAddress): IpFamily {
  return ip.includes(":") ? 6 : 4;
}

/** The 4 or 16 octets in network order, in a fresh array. */
export function ipBytes(ip: IpAddress): Uint8Array {
  const bytes = new Uint8Array(ipFamily(ip) === 4 ? 4 : 16);
  writeIp(ip, bytes, 0);
  return bytes;
}

/** Writes the octets at `offset` without allocation and returns how many (4 or 16). Throws RangeError without room. */
export function writeIp(ip: IpAddress, target: Uint8Array, offset: number): number {
  return writeIpRange(ip, ip.length, target, offset);
}

/**
 * Writes the address that is `text[0, end)`, where the caller knows by a brand that it is one. For prefixes, whose
 * address ends at the slash. Returns 4 or 16.
 */
export function writeIpRange(
  text: string,
  end: number,
  target: Uint8Array,
  offset: number,
): number {
  const value = ipv4Value(text, 0, end);
  if (value >= 0) {
    writeUint32(value, target, offset);
    return 4;
  }
  writeIpv6(text, 0, end, target, offset);
  return 16;
}

/** The address in the 4 or 16 octets at `offset`. Throws RangeError past the end. */
export function ipFromBytes(bytes: Uint8Array, offset: number, family: IpFamily): IpAddress {
  return (family === 4 ? ipv4Text(bytes, offset) : ipv6Text(bytes, offset)) as IpAddress;
}

/** IPv4 before IPv6, then by number. */
export function compareIp(a: IpAddress, b: IpAddress): -1 | 0 | 1 {
  if (a === b) return 0;
  const length = writeIp(a, scratch, 0);
  const otherLength = writeIp(b, otherScratch, 0);
  if (length !== otherLength) return length < otherLength ? -1 : 1;
  return compareOctets(scratch, otherScratch, length);
}
