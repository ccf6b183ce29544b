/**
 * Reading octets with a bounds check, and their hexadecimal text.
 *
 * A read past the end is a fault of the caller, who must have checked the length of what came from
 * a peer, so it throws a RangeError and not a value.
 */

/** The octet at `index`. Throws RangeError past the end. */
export function octetAt(bytes: Uint8Array, index: number): number {
  const value = bytes[index];
  if (value === undefined) {
    throw new RangeError(`octet ${index} is outside ${bytes.length} octets`);
  }
  return value;
}

/** Big-endian 16-bit number at `offset`. Throws RangeError past the end. */
export function uint16At(bytes: Uint8Array, offset: number): number {
  return (octetAt(bytes, offset) << 8) | octetAt(bytes, offset + 1);
}

/** Big-endian unsigned 32-bit number at `offset`. Throws RangeError past the end. */
export function uint32At(bytes: Uint8Array, offset: number): number {
  return ((uint16At(bytes, offset) << 16) | uint16At(bytes, offset + 2)) >>> 0;
}

/** Writes a big-endian unsigned 32-bit number. Throws RangeError when it does not fit. */
export function writeUint32(value: number, target: Uint8Array, offset: number): void {
  requireRoom(target, offset, 4);
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

/** A typed array drops a write past its end silently; this makes it a RangeError. */
export function requireRoom(target: Uint8Array, offset: number, length: number): void {
  if (offset < 0 || offset + length > target.length) {
    throw new RangeError(`${length} octets at ${offset} do not fit in ${target.length}`);
  }
}

const HEX_PAIRS: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  octet.toString(16).padStart(2, "0"),
);

/** "0a" for 10. Throws RangeError past the end. */
export function hexPairAt(bytes: Uint8Array, index: number): string {
  return HEX_PAIRS[octetAt(bytes, index)] ?? "";
}

/** The value of a hexadecimal digit's character code, or -1. */
export function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return -1;
}

/** -1, 0 or 1 by the unsigned values of `length` octets in each. */
export function compareOctets(a: Uint8Array, b: Uint8Array, length: number): -1 | 0 | 1 {
  for (let index = 0; index < length; index++) {
    const difference = octetAt(a, index) - octetAt(b, index);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}
