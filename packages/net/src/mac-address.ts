/** EUI-48 MAC addresses as canonical text: six pairs of lower-case digits with colons, "02:00:0a:00:01:01". */

import { createHash } from "node:crypto";
import type { Branded } from "./brand.ts";
import { ValueError } from "./errors.ts";
import { type IpAddress, ipBytes, ipFamily, writeIp } from "./ip-address.ts";
import { hexDigit, hexPairAt, requireRoom } from "./octets.ts";

/** Canonical text of a MAC address. */
export type MacAddress = Branded<string, "MacAddress">;

const FORMS =
  /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/i;

/** Reads "02:00:0a:00:01:01", "02-00-0A-00-01-01" or "0200.0a00.0101". Throws ValueError "invalid-mac-address". */
export function parseMacAddress(text: string): MacAddress {
  if (!FORMS.test(text)) {
    throw new ValueError(
      "invalid-mac-address",
      text,
      `"${text}" is not a MAC address; write six pairs of hexadecimal digits such as 02:00:0a:00:01:01`,
    );
  }
  const pairs = text.replace(/[:.-]/g, "").toLowerCase().match(/../g) ?? [];
  return pairs.join(":") as MacAddress;
}

/** Is the text a MAC address in its canonical form? */
export function isMacAddress(text: string): text is MacAddress {
  return text.length === 17 && text[2] === ":" && FORMS.test(text) && text === text.toLowerCase();
}

/** The six octets, in a fresh array. */
export function macBytes(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(6);
  writeMac(mac, bytes, 0);
  return bytes;
}

/** Writes the six octets at `offset` without allocation and returns 6. Throws RangeError without room. */
export function writeMac(mac: MacAddress, target: Uint8Array, offset: number): number {
  requireRoom(target, offset, 6);
  for (let index = 0; index < 6; index++) {
    const high = hexDigit(mac.charCodeAt(3 * index));
    target[offset + index] = (high << 4) | hexDigit(mac.charCodeAt(3 * index + 1));
  }
  return 6;
}

/** The MAC address in the six octets at `offset`. Throws RangeError past the end. */
export function macFromBytes(bytes: Uint8Array, offset: number = 0): MacAddress {
  let text = hexPairAt(bytes, offset);
  for (let index = 1; index < 6; index++) text += `:${hexPairAt(bytes, offset + index)}`;
  return text as MacAddress;
}

/** By number, which is the order of the texts. */
export function compareMac(a: MacAddress, b: MacAddress): -1 | 0 | 1 {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Is the group bit set, so that the address cannot be one interface's? */
export function isMulticastMac(mac: MacAddress): boolean {
  return (hexDigit(mac.charCodeAt(1)) & 1) === 1;
}

/**
 * The router MAC of a VTEP, locally administered and the same after a restart: 02:00 and the four octets of its IPv4
 * address, as unique as that, or 0a and 40 bits of a hash of its IPv6 address.
 */
export function macFromVtep(vtep: IpAddress): MacAddress {
  const bytes = new Uint8Array(6);
  if (ipFamily(vtep) === 4) {
    bytes[0] = 0x02;
    writeIp(vtep, bytes, 2);
  } else {
    bytes.set(createHash("sha256").update(ipBytes(vtep)).digest().subarray(0, 6));
    bytes[0] = 0x0a;
  }
  return macFromBytes(bytes);
}
