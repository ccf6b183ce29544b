/**
 * IPv6 text: reads every form of RFC 4291 section 2.2, writes the one of RFC 5952 (lower case, no leading zeros, the
 * longest run of zero groups shortened, the first of equals, never a single group; IPv4-mapped addresses end in a
 * dotted quad, section 5). Zones (RFC 4007) are not part of an address here and are refused.
 */

import { ipv4Text, ipv4Value } from "./ipv4-text.ts";
import { hexDigit, requireRoom, uint16At, writeUint32 } from "./octets.ts";

const COLON = 58;

/**
 * Writes the 16 octets of the address in `text[start, end)` to `target`. Returns false when the text is not an IPv6
 * address; the target's octets are undefined then. No allocation. Throws RangeError when 16 octets do not fit.
 */
export function writeIpv6(
  text: string,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): boolean {
  requireRoom(target, offset, 16);
  let written = 0;
  /** Octets before the "::", or -1 while none was seen. */
  let gap = -1;
  let index = start;
  if (text.charCodeAt(index) === COLON) {
    if (text.charCodeAt(index + 1) !== COLON || end - start < 2) return false;
    gap = 0;
    index += 2;
  }
  while (index < end) {
    if (written === 16) return false;
    const groupEnd = endOfGroup(text, index, end);
    const width = groupEnd - index;
    if (groupEnd === end && width > 4) {
      // Only a dotted quad is that long, and it may stand only at the end.
      const quad = ipv4Value(text, index, end);
      if (quad < 0 || written > 12) return false;
      writeUint32(quad, target, offset + written);
      written += 4;
      break;
    }
    const group = hexGroup(text, index, groupEnd);
    if (group < 0) return false;
    target[offset + written] = group >> 8;
    target[offset + written + 1] = group;
    written += 2;
    index = groupEnd;
    if (index === end) break;
    index++;
    if (text.charCodeAt(index) === COLON && index < end) {
      if (gap >= 0) return false;
      gap = written;
      index++;
    } else if (index === end) {
      return false;
    }
  }
  if (gap < 0) return written === 16;
  if (written === 16) return false;
  target.copyWithin(offset + 16 - (written - gap), offset + gap, offset + written);
  target.fill(0, offset + gap, offset + 16 - (written - gap));
  return true;
}

function endOfGroup(text: string, start: number, end: number): number {
  let index = start;
  while (index < end && text.charCodeAt(index) !== COLON) index++;
  return index;
}

/** One to four hexadecimal digits as a number, or -1. */
function hexGroup(text: string, start: number, end: number): number {
  if (end === start || end - start > 4) return -1;
  let group = 0;
  for (let index = start; index < end; index++) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit < 0) return -1;
    group = (group << 4) | digit;
  }
  return group;
}

/** RFC 5952 text of the 16 octets at `offset`. Throws RangeError past the end. */
export function ipv6Text(bytes: Uint8Array, offset: number): string {
  if (isIpv4Mapped(bytes, offset)) return `::ffff:${ipv4Text(bytes, offset + 12)}`;
  const { first, length } = longestZeroRun(bytes, offset);
  if (length < 2) return groupsText(bytes, offset, 0, 8);
  return `${groupsText(bytes, offset, 0, first)}::${groupsText(bytes, offset, first + length, 8)}`;
}

function groupsText(bytes: Uint8Array, offset: number, from: number, to: number): string {
  let text = "";
  for (let group = from; group < to; group++) {
    if (group > from) text += ":";
    text += uint16At(bytes, offset + 2 * group).toString(16);
  }
  return text;
}

function longestZeroRun(bytes: Uint8Array, offset: number): { first: number; length: number } {
  let first = 0;
  let length = 0;
  let running = 0;
  for (let group = 0; group < 8; group++) {
    running = uint16At(bytes, offset + 2 * group) === 0 ? running + 1 : 0;
    if (running > length) {
      length = running;
      first = group - running + 1;
    }
  }
  return { first, length };
}

/** ::ffff:0:0/96, RFC 4291 section 2.5.5.2. */
function isIpv4Mapped(bytes: Uint8Array, offset: number): boolean {
  if (uint16At(bytes, offset + 10) !== 0xffff) return false;
  for (let index = 0; index < 10; index++) {
    if (bytes[offset + index] !== 0) return false;
  }
  return true;
}

/** Why `text` is not an IPv6 address: a phrase that goes after a colon. Only for text that was refused. */
export function ipv6Fault(text: string): string {
  if (text.split("::").length > 2) return '"::" may stand only once';
  const groups = text.split(":");
  for (const group of groups) {
    if (group.includes(".")) continue;
    if (!/^[0-9a-f]*$/i.test(group)) return `"${group}" is not a hexadecimal group`;
    if (group.length > 4) return `"${group}" has more than four digits`;
  }
  if (text.includes("::")) return 'it has too many groups beside "::"';
  const quad = text.includes(".") ? " (a dotted quad counts as two and stands last)" : "";
  return `it needs eight groups${quad}, or "::" for the zero ones`;
}
