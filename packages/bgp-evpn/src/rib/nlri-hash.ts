/**
 * Hashes of the keys of EVPN routes (wire/evpn/nlri-key.ts), read from where the routes lie: routes of one key have one
 * hash, whatever else is in them.
 */
import { evpnKey, MAX_EVPN_KEY_LENGTH } from "../wire/evpn/nlri-key.ts";
import { EVPN_ROUTE, IP_PREFIX_V4_LENGTH } from "../wire/evpn/route-type.ts";
import { readU8, readU16, readU32 } from "../wire/octets.ts";
import { hashBytes } from "./intern-table.ts";

/** Positions in a route of type 2 or 5: type and length (2), RD (8), ESI (10), Ethernet tag (4). */
const RD = 2;
const TAG = 20;
/** Type 2: length of the MAC (1), MAC (6), length of the address in bits (1), address. */
const MAC = 25;
const IP_BITS = 31;
const IP = 32;
/** Type 5: length of the prefix in bits (1), prefix. */
const PREFIX_BITS = 24;
const PREFIX = 25;
const WORD_BITS = 32;

/** Serves every route of another type; nothing of it outlives the call. */
const key = new Uint8Array(MAX_EVPN_KEY_LENGTH);

/** The hash of the key of the route at `at`, of which a key can be made. */
export function nlriHash(bytes: Uint8Array, at: number): number {
  const type = readU8(bytes, at);
  if (type === EVPN_ROUTE.IP_PREFIX) return finish(prefixHash(bytes, at, start(bytes, at)));
  if (type === EVPN_ROUTE.MAC_IP) return finish(macIpHash(bytes, at, start(bytes, at)));
  return hashBytes(key, 0, evpnKey(bytes, at, key, 0));
}

function prefixHash(bytes: Uint8Array, at: number, hash: number): number {
  const bits = readU8(bytes, at + PREFIX_BITS);
  const words = readU8(bytes, at + 1) === IP_PREFIX_V4_LENGTH ? 1 : 4;
  let mixed = mix(hash, (words << 8) | bits);
  for (let word = 0; word < words; word++) {
    const octets = readU32(bytes, at + PREFIX + 4 * word);
    mixed = mix(mixed, octets & leadingBits(bits - WORD_BITS * word));
  }
  return mixed;
}

function macIpHash(bytes: Uint8Array, at: number, hash: number): number {
  const bits = readU8(bytes, at + IP_BITS);
  let mixed = mix(hash, readU32(bytes, at + MAC));
  mixed = mix(mixed, (readU16(bytes, at + MAC + 4) << 8) | bits);
  for (let ip = at + IP; ip < at + IP + (bits >>> 3); ip += 4) {
    mixed = mix(mixed, readU32(bytes, ip));
  }
  return mixed;
}

/** Type, RD and Ethernet tag. */
function start(bytes: Uint8Array, at: number): number {
  const hash = mix(readU8(bytes, at), readU32(bytes, at + RD));
  return mix(mix(hash, readU32(bytes, at + RD + 4)), readU32(bytes, at + TAG));
}

function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x85ebca6b);
  return product ^ (product >>> 15);
}

/** Every bit of the key reaches the low bits, which choose the slot. */
function finish(hash: number): number {
  const product = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return product ^ (product >>> 15);
}

/** A word whose first `count` bits are set. */
function leadingBits(count: number): number {
  if (count >= WORD_BITS) return -1;
  return count <= 0 ? 0 : -1 << (WORD_BITS - count);
}
