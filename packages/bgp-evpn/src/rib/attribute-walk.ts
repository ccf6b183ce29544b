/**
 * Walking a list of path attributes that has been checked, and writing attributes whose length is
 * known only afterwards.
 *
 * RFC 4271 section 4.3; the layout itself is the codec's (wire/attribute).
 */
import {
  attributeHeaderLength,
  attributeValueLength,
  FLAG,
  writeAttributeHeader,
} from "../wire/attribute/attribute-type.ts";

/** Octets of the longest header: values are written behind room for one. */
export const LONG_HEADER = 4;
const MAX_SHORT_LENGTH = 0xff;

/** Position of the value of the attribute at `at`. */
export function valueOffset(bytes: Uint8Array, at: number): number {
  return at + attributeHeaderLength(bytes[at] ?? 0);
}

/** Position after the attribute at `at`. */
export function attributeEnd(bytes: Uint8Array, at: number): number {
  return valueOffset(bytes, at) + attributeValueLength(bytes, at);
}

/** Position of the attribute of a type between `start` and `end`; -1 when there is none. */
export function findAttribute(bytes: Uint8Array, start: number, end: number, type: number): number {
  for (let at = start; at < end; at = attributeEnd(bytes, at)) {
    if (bytes[at + 1] === type) return at;
  }
  return -1;
}

/**
 * Completes an attribute at `at` whose value was written from `at + LONG_HEADER` to `valueEnd`:
 * puts the shortest header before it and returns the attribute's end.
 */
export function closeAttribute(
  target: Uint8Array,
  at: number,
  flags: number,
  type: number,
  valueEnd: number,
): number {
  const value = at + LONG_HEADER;
  const length = valueEnd - value;
  const isLong = length > MAX_SHORT_LENGTH;
  const form = isLong ? flags | FLAG.EXTENDED_LENGTH : flags & ~FLAG.EXTENDED_LENGTH;
  const start = writeAttributeHeader(target, at, form, type, length);
  if (start !== value) target.copyWithin(start, value, valueEnd);
  return start + length;
}
