/**
 * IPv4 dotted quads, without allocation. Strict: four decimal octets, no leading zeros, nothing around them, so a
 * text that is accepted is the canonical one. RFC 6943 section 3.1.1 ("strict" form).
 */

import { octetAt } from "./octets.ts";

const DOT = 46;
const ZERO = 48;

/** The address in `text[start, end)` as an unsigned 32-bit number, or -1 when it is not a strict dotted quad. */
export function ipv4Value(text: string, start: number, end: number): number {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (digits === 0 || dots === 3) return -1;
      value = value * 256 + octet;
      dots++;
      octet = 0;
      digits = 0;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return -1;
    octet = octet * 10 + digit;
    digits++;
    if (octet > 255) return -1;
  }
  if (dots !== 3 || digits === 0) return -1;
  return value * 256 + octet;
}

/** Dotted quad of the four octets at `offset`. Throws RangeError past the end. */
export function ipv4Text(bytes: Uint8Array, offset: number): string {
  return `${octetAt(bytes, offset)}.${octetAt(bytes, offset + 1)}.${octetAt(bytes, offset + 2)}.${octetAt(bytes, offset + 3)}`;
}

/** Why `text` is not a strict dotted quad: a phrase that goes after a colon. Only for text that was refused. */
export function ipv4Fault(text: string): string {
  const octets = text.split(".");
  for (const octet of octets) {
    if (!/^\d+$/.test(octet)) {
      return octet === "" ? "an octet is empty" : `"${octet}" is not a decimal number`;
    }
    if (octet.length > 1 && octet.startsWith("0")) {
      return `${octet} has a leading zero; write ${Number(octet)}`;
    }
    if (Number(octet) > 255) return `${octet} is above 255`;
  }
  return `it has ${octets.length} octets where an IPv4 address has 4`;
}
