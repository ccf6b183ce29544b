/**
 * AS_PATH as bytes: measuring, searching, prepending and changing the width of AS numbers, without
 * decoding into objects.
 *
 * Inside the RIB an AS_PATH always has four-octet AS numbers; peers that speak two-octet ones are
 * translated at the edge (RFC 6793). The codec has checked the segments (RFC 7606 section 7.2) and
 * takes no confederation segments but in AS4_PATH, where they are to be ignored.
 *
 *   segment = type (1 octet) | count (1 octet) | that many AS numbers
 */
import { readU16, readU32, writeU16, writeU32 } from "../wire/octets.ts";
import { copyBytes } from "./byte-spans.ts";

const AS_SET = 1;
const AS_SEQUENCE = 2;
const HEADER = 2;
const MAX_COUNT = 255;

/** Stands for an AS number that does not fit two octets (RFC 6793 section 9). */
export const AS_TRANS = 23456;

/** Octets of the segment at `at` whose AS numbers have `width` octets. */
function segmentLength(bytes: Uint8Array, at: number, width: number): number {
  return HEADER + (bytes[at + 1] ?? 0) * width;
}

/** Hops a segment counts for: a set is one, a confederation segment none. */
function segmentHops(bytes: Uint8Array, at: number): number {
  const type = bytes[at];
  if (type === AS_SEQUENCE) return bytes[at + 1] ?? 0;
  return type === AS_SET ? 1 : 0;
}

/** Path length for the decision process (RFC 4271 section 9.1.2.2 a). */
export function countHops(bytes: Uint8Array, offset: number, length: number): number {
  let hops = 0;
  for (let at = offset; at < offset + length; at += segmentLength(bytes, at, 4)) {
    hops += segmentHops(bytes, at);
  }
  return hops;
}

/** The neighbouring AS: the first of the first sequence, 0 when the path is from this AS. */
export function neighbourAs(bytes: Uint8Array, offset: number, length: number): number {
  for (let at = offset; at < offset + length; at += segmentLength(bytes, at, 4)) {
    if (bytes[at] === AS_SEQUENCE && bytes[at + 1] !== 0) return readU32(bytes, at + HEADER);
    if (bytes[at] === AS_SET) return 0;
  }
  return 0;
}

export function containsAs(
  bytes: Uint8Array,
  offset: number,
  length: number,
  asn: number,
): boolean {
  for (let at = offset; at < offset + length; at += segmentLength(bytes, at, 4)) {
    const end = at + segmentLength(bytes, at, 4);
    for (let as = at + HEADER; as < end; as += 4) if (readU32(bytes, as) === asn) return true;
  }
  return false;
}

/** Writes the path with `asn` in front (RFC 4271 section 5.1.2 b) and returns the end. */
export function prependAs(
  bytes: Uint8Array,
  offset: number,
  length: number,
  asn: number,
  target: Uint8Array,
  at: number,
): number {
  const count = bytes[offset + 1] ?? 0;
  const extend = length > 0 && bytes[offset] === AS_SEQUENCE && count < MAX_COUNT;
  target[at] = AS_SEQUENCE;
  target[at + 1] = extend ? count + 1 : 1;
  writeU32(target, at + HEADER, asn);
  const rest = extend ? HEADER : 0;
  return copyBytes(bytes, offset + rest, length - rest, target, at + HEADER + 4);
}

/** Writes a path of two-octet AS numbers with four octets each and returns the end. */
export function widenAsPath(
  bytes: Uint8Array,
  offset: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  let out = at;
  for (let from = offset; from < offset + length; ) {
    const end = from + segmentLength(bytes, from, 2);
    out = copyBytes(bytes, from, HEADER, target, out);
    for (from += HEADER; from < end; from += 2, out += 4) {
      writeU32(target, out, readU16(bytes, from));
    }
  }
  return out;
}

/** Writes a path with two octets an AS, AS_TRANS where that is too few, and returns the end. */
export function narrowAsPath(
  bytes: Uint8Array,
  offset: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  let out = at;
  for (let from = offset; from < offset + length; ) {
    const end = from + segmentLength(bytes, from, 4);
    out = copyBytes(bytes, from, HEADER, target, out);
    for (from += HEADER; from < end; from += 4, out += 2) {
      const asn = readU32(bytes, from);
      writeU16(target, out, asn > 0xffff ? AS_TRANS : asn);
    }
  }
  return out;
}

/** Whether two octets are too few for an AS of the path, so that it needs an AS4_PATH. */
export function needsAs4Path(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at += segmentLength(bytes, at, 4)) {
    const end = at + segmentLength(bytes, at, 4);
    for (let as = at + HEADER; as < end; as += 4) if (readU16(bytes, as) !== 0) return true;
  }
  return false;
}

/** Writes the path without confederation segments (RFC 6793 section 6) and returns the end. */
export function writeAs4Path(
  bytes: Uint8Array,
  offset: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  let out = at;
  for (let from = offset; from < offset + length; ) {
    const size = segmentLength(bytes, from, 4);
    const type = bytes[from];
    if (type === AS_SEQUENCE || type === AS_SET) out = copyBytes(bytes, from, size, target, out);
    from += size;
  }
  return out;
}

/**
 * Writes the AS_PATH that a two-octet speaker's AS_PATH (already widened) and AS4_PATH stand for,
 * and returns the end: the leading hops that AS4_PATH lacks, then AS4_PATH (RFC 6793 section
 * 4.2.3) without confederation segments (section 6).
 */
export function mergeAs4Path(
  path: Uint8Array,
  as4Path: Uint8Array,
  target: Uint8Array,
  at: number,
): number {
  let missing = countHops(path, 0, path.length) - countHops(as4Path, 0, as4Path.length);
  if (missing < 0) return copyBytes(path, 0, path.length, target, at);
  let out = at;
  for (let from = 0; from < path.length && missing > 0; ) {
    const size = segmentLength(path, from, 4);
    const hops = segmentHops(path, from);
    const taken = hops > missing ? HEADER + missing * 4 : size;
    out = copyBytes(path, from, taken, target, out);
    if (hops > missing) target[out - taken + 1] = missing;
    missing -= hops;
    from += size;
  }
  return writeAs4Path(as4Path, 0, as4Path.length, target, out);
}
