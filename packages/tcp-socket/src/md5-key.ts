/**
 * TCP-MD5 signatures (RFC 2385): struct tcp_md5sig of linux/tcp.h.
 *
 *   0    struct sockaddr_storage   whose segments are signed
 *   128  u8 flags                  TCP_MD5SIG_FLAG_PREFIX
 *   129  u8 prefix length
 *   130  u16 key length            0 removes the key
 *   132  int device                of an L3 master; not used here
 *   136  u8 key[80]
 *
 * A listening socket has one key a prefix; the kernel takes the longest one that contains the peer's address and drops
 * segments that are not signed with it. A connection keeps the key that its listener had.
 */
import { type IpPrefix, prefixAddress, prefixFamily, prefixLength } from "@selvedge/net";
import { encodeSocketAddress } from "./socket-address.ts";

/** The longest key, in octets of UTF-8 (TCP_MD5SIG_MAXKEYLEN). */
export const MAX_MD5_KEY_LENGTH = 80;

const OFFSET_OF_FLAGS = 128;
const OFFSET_OF_PREFIX_LENGTH = 129;
const OFFSET_OF_KEY_LENGTH = 130;
const OFFSET_OF_KEY = 136;
const STRUCTURE_LENGTH = OFFSET_OF_KEY + MAX_MD5_KEY_LENGTH;

/** Socket option TCP_MD5SIG: the key of one address. */
const TCP_MD5SIG = 14;
/** Socket option TCP_MD5SIG_EXT: the key of a prefix (Linux 4.13). */
const TCP_MD5SIG_EXT = 32;
const TCP_MD5SIG_FLAG_PREFIX = 1;

/** The socket option and its value that give the peers in `prefix` a key, or take it away. */
export function md5KeyOption(
  prefix: IpPrefix,
  key: string | undefined,
): { readonly option: number; readonly value: Uint8Array } {
  const octets = new TextEncoder().encode(key ?? "");
  const lowest = key === undefined ? 0 : 1;
  if (octets.length < lowest || octets.length > MAX_MD5_KEY_LENGTH) {
    throw new RangeError(
      `a TCP-MD5 key has 1 to ${MAX_MD5_KEY_LENGTH} octets, not ${octets.length}`,
    );
  }
  const value = new Uint8Array(STRUCTURE_LENGTH);
  value.set(encodeSocketAddress(prefixAddress(prefix), 0));
  new DataView(value.buffer).setUint16(OFFSET_OF_KEY_LENGTH, octets.length, true);
  value.set(octets, OFFSET_OF_KEY);
  const bits = prefixLength(prefix);
  if (bits === (prefixFamily(prefix) === 4 ? 32 : 128)) return { option: TCP_MD5SIG, value };
  value[OFFSET_OF_FLAGS] = TCP_MD5SIG_FLAG_PREFIX;
  value[OFFSET_OF_PREFIX_LENGTH] = bits;
  return { option: TCP_MD5SIG_EXT, value };
}
