/** VXLAN network identifiers (RFC 7348 section 5): 1 to 16777215. VNI 0 names no network and is refused. */

import type { Branded } from "./brand.ts";
import { ValueError } from "./errors.ts";
import { octetAt, uint16At } from "./octets.ts";

/** A VXLAN network identifier, 1 to 2^24 - 1. */
export type Vni = Branded<number, "Vni">;

/** The greatest VNI. */
export const MAX_VNI = 0xffffff;

/** Reads a VNI from decimal text or a number. Throws ValueError "invalid-vni". */
export function parseVni(value: string | number): Vni {
  const number = typeof value === "number" || /^[1-9]\d{0,7}$/.test(value) ? Number(value) : 0;
  if (!isVni(number)) {
    throw new ValueError(
      "invalid-vni",
      String(value),
      `"${value}" is not a VNI; write a whole number from 1 to ${MAX_VNI}`,
    );
  }
  return number;
}

/** Is the number a VNI? */
export function isVni(value: number): value is Vni {
  return Number.isInteger(value) && value >= 1 && value <= MAX_VNI;
}

/** The three octets in network order. */
export function vniBytes(vni: Vni): Uint8Array {
  return Uint8Array.of(vni >>> 16, vni >>> 8, vni);
}

/** The VNI in the three octets at `offset`. Throws ValueError for 0, RangeError past the end. */
export function vniFromBytes(bytes: Uint8Array, offset: number = 0): Vni {
  return parseVni((octetAt(bytes, offset) << 16) | uint16At(bytes, offset + 1));
}

/** By number. */
export function compareVni(a: Vni, b: Vni): -1 | 0 | 1 {
  return a === b ? 0 : a < b ? -1 : 1;
}
