/**
 * The shape that route distinguishers (RFC 4364 section 4.2) and route targets (RFC 4360 section 4, RFC 5668) share:
 *
 *   +-----------+--------------------------+------------------+
 *   | kind (2)  | administrator (2 or 4)   | number (4 or 2)  |
 *   +-----------+--------------------------+------------------+
 *
 * Text, one for every eight octets, so that it is lossless and `===` is equality:
 *   two-octet AS        "65000:5"
 *   IPv4 address        "10.0.0.1:5"
 *   four-octet AS       "4200000001:5"; "65000L:5" where the AS number would fit two octets
 *   any other kind      "0x" and 16 digits
 */

import { ipv4Text, ipv4Value } from "./ipv4-text.ts";
import { hexPairAt, uint16At, uint32At, writeUint32 } from "./octets.ts";

/** The two-octet kind field of each form; they differ between route distinguishers and route targets. */
export interface AdministeredKinds {
  readonly twoOctetAs: number;
  readonly ipv4: number;
  readonly fourOctetAs: number;
}

/** Canonical text of the eight octets at `offset`. Throws RangeError past the end. */
export function administeredText(
  bytes: Uint8Array,
  offset: number,
  kinds: AdministeredKinds,
): string {
  switch (uint16At(bytes, offset)) {
    case kinds.twoOctetAs:
      return `${uint16At(bytes, offset + 2)}:${uint32At(bytes, offset + 4)}`;
    case kinds.ipv4:
      return `${ipv4Text(bytes, offset + 2)}:${uint16At(bytes, offset + 6)}`;
    case kinds.fourOctetAs: {
      const administrator = uint32At(bytes, offset + 2);
      const mark = administrator <= 0xffff ? "L" : "";
      return `${administrator}${mark}:${uint16At(bytes, offset + 6)}`;
    }
    default:
      return hexText(bytes, offset);
  }
}

function hexText(bytes: Uint8Array, offset: number): string {
  let text = "0x";
  for (let index = 0; index < 8; index++) text += hexPairAt(bytes, offset + index);
  return text;
}

/** The eight octets that a text stands for, or the reason why it stands for none. */
export function administeredBytes(
  text: string,
  kinds: AdministeredKinds,
): Uint8Array | { readonly fault: string } {
  if (/^0x[0-9a-f]{16}$/i.test(text)) return new Uint8Array(Buffer.from(text.slice(2), "hex"));
  const colon = text.lastIndexOf(":");
  const administrator = text.slice(0, Math.max(colon, 0));
  const number = /^\d{1,10}$/.test(text.slice(colon + 1))
    ? Number(text.slice(colon + 1))
    : Number.NaN;
  if (administrator === "" || Number.isNaN(number)) return { fault: "it is not ADMIN:NUMBER" };
  const quad = ipv4Value(administrator, 0, administrator.length);
  if (quad >= 0) {
    if (number > 0xffff) return { fault: `${number} is above 65535, the most after an address` };
    return eightOctets(kinds.ipv4, quad * 0x10000 + number);
  }
  const as = /^(\d{1,10})(L?)$/i.exec(administrator);
  const asn = Number(as?.[1] ?? Number.NaN);
  if (!(asn <= 0xffffffff)) {
    return { fault: `"${administrator}" is neither an AS number nor an IPv4 address` };
  }
  if (asn <= 0xffff && as?.[2] === "") {
    if (number > 0xffffffff) return { fault: `${number} is above 4294967295` };
    return eightOctets(kinds.twoOctetAs, asn * 0x100000000 + number);
  }
  if (number > 0xffff) {
    return { fault: `${number} is above 65535, the most after a four-octet AS number` };
  }
  return eightOctets(kinds.fourOctetAs, asn * 0x10000 + number);
}

/** `rest` is at most 48 bits, so a double holds it exactly. */
function eightOctets(kind: number, rest: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint32(kind * 0x10000 + Math.floor(rest / 0x100000000), bytes, 0);
  writeUint32(rest % 0x100000000, bytes, 4);
  return bytes;
}
