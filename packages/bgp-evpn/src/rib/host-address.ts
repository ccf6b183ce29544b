/**
 * What kind of address the octets of one are, without making it a value (RFC 4291 section 2.4, RFC 1122 section
 * 3.2.1.3).
 */
import { areZero } from "./byte-spans.ts";

/**
 * Whether 4 or 16 octets may be the address of a host: not unspecified, loopback, multicast, "this network" or
 * broadcast.
 */
export function isHostAddress(bytes: Uint8Array, at: number, length: number): boolean {
  const first = bytes[at] ?? 0;
  if (length === 4) return first !== 0 && first !== 127 && first < 224;
  if (first === 0xff) return false;
  return !areZero(bytes, at, 15) || (bytes[at + 15] ?? 0) > 1;
}

/** Whether 4 or 16 octets are a link-local address. */
export function isLinkLocalAddress(bytes: Uint8Array, at: number, length: number): boolean {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (length === 4) return first === 169 && second === 254;
  return first === 0xfe && (second & 0xc0) === 0x80;
}
