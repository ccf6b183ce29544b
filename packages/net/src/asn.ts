/** Autonomous system numbers, four octets (RFC 6793). AS 0 is refused (RFC 7607). Text is "asplain" (RFC 5396). */

import type { Branded } from "./brand.ts";
import { ValueError } from "./errors.ts";
import { uint32At, writeUint32 } from "./octets.ts";

/** An autonomous system number, 1 to 2^32 - 1. */
export type Asn = Branded<number, "Asn">;

const MAX_ASN = 0xffffffff;

/** Reads an AS number: a number, "65000", or asdot such as "64086.59905". Throws ValueError "invalid-asn". */
export function parseAsn(value: string | number): Asn {
  const number = typeof value === "number" ? value : numberOf(value);
  if (!isAsn(number)) {
    throw new ValueError(
      "invalid-asn",
      String(value),
      number === 0
        ? "AS 0 must not be used (RFC 7607); write a number from 1 to 4294967295"
        : `"${value}" is not an AS number; write a whole number from 1 to ${MAX_ASN}`,
    );
  }
  return number;
}

function numberOf(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  const asdot = /^(\d{1,5})\.(\d{1,5})$/.exec(text);
  const high = Number(asdot?.[1] ?? Number.NaN);
  const low = Number(asdot?.[2] ?? Number.NaN);
  return high <= 0xffff && low <= 0xffff ? high * 0x10000 + low : Number.NaN;
}

/** Is the number an AS number? */
export function isAsn(value: number): value is Asn {
  return Number.isInteger(value) && value >= 1 && value <= MAX_ASN;
}

/** The four octets in network order. */
export function asnBytes(asn: Asn): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(asn, bytes, 0);
  return bytes;
}

/** The AS number in the four octets at `offset`. Throws ValueError for 0, RangeError past the end. */
export function asnFromBytes(bytes: Uint8Array, offset: number = 0): Asn {
  return parseAsn(uint32At(bytes, offset));
}

/** By number. */
export function compareAsn(a: Asn, b: Asn): -1 | 0 | 1 {
  return a === b ? 0 : a < b ? -1 : 1;
}
