/**
 * IPv4 and IPv6 unicast routes as plain values.
 *
 *   length in bits (1) | as many octets as it takes
 *
 * RFC 4271 section 4.3, RFC 4760 section 5.
 */
import { type IpPrefix, prefixBytes, prefixFromBytes, prefixLength } from "@selvedge/net";
import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/** A prefix of family IPv4 or IPv6 unicast. */
export interface UnicastRoute {
  readonly kind: "unicast";
  readonly prefix: IpPrefix;
}

/** Decodes the next prefix, or says what is wrong with it. */
export function decodeUnicastRoute(
  field: ByteReader,
  octets: 4 | 16,
): UnicastRoute | "nlri-length" | "nlri-overrun" {
  if (field.left < 1) return "nlri-overrun";
  const bits = field.u8();
  if (bits > 8 * octets) return "nlri-length";
  const used = Math.ceil(bits / 8);
  if (field.left < used) return "nlri-overrun";
  const address = new Uint8Array(octets);
  address.set(field.octets(used));
  return { kind: "unicast", prefix: prefixFromBytes(address, 0, octets === 4 ? 4 : 6, bits) };
}

/** The octets of a prefix. */
export function encodeUnicastRoute(route: UnicastRoute): Uint8Array {
  const bits = prefixLength(route.prefix);
  const used = prefixBytes(route.prefix).subarray(0, Math.ceil(bits / 8));
  return new ByteWriter().u8(bits).octets(used).finish();
}
