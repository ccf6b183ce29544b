/**
 * Checks the NLRI field of an MP attribute of family L2VPN EVPN without decoding it.
 *
 * Which rule applies to what:
 *  - A route that ends beyond the field, or a length that its type cannot have: the NLRI field is syntactically
 *    incorrect (RFC 7606 section 5.3), so the session is reset (section 3 j).
 *  - A length that is right and a MAC address or prefix length that is not: where the routes are is known, so
 *    all of the UPDATE is treated as withdraw. The route itself has no key, cannot have been announced before,
 *    and is passed over.
 *  - A route type that is not known: kept opaque (RFC 7606 section 5.4 leaves it to the receiver).
 */
import type { UpdateFault } from "../attribute/rules.ts";
import { readU8 } from "../octets.ts";
import {
  AUTO_DISCOVERY_LENGTH,
  EVPN_ROUTE,
  IP_PREFIX_V4_LENGTH,
  IP_PREFIX_V6_LENGTH,
  MAC_BITS,
  MAC_IP_BASE_LENGTH,
  MULTICAST_BASE_LENGTH,
  NLRI_HEADER_LENGTH,
  SEGMENT_BASE_LENGTH,
} from "./route-type.ts";

/** Octets of a path identifier (RFC 7911 section 3). */
const PATH_ID_LENGTH = 4;

/** The worst fault in the field, or undefined. `pathIds`: each route follows a path identifier. */
export function checkEvpnField(
  bytes: Uint8Array,
  offset: number,
  end: number,
  pathIds: boolean,
): UpdateFault | undefined {
  const skip = pathIds ? PATH_ID_LENGTH : 0;
  let fault: UpdateFault | undefined;
  for (let at = offset; at < end; ) {
    at += skip;
    if (at + NLRI_HEADER_LENGTH > end) return "nlri-overrun";
    const next = at + NLRI_HEADER_LENGTH + readU8(bytes, at + 1);
    if (next > end) return "nlri-overrun";
    const found = checkEvpnRoute(bytes, at);
    if (found === "nlri-length") return found;
    fault ??= found;
    at = next;
  }
  return fault;
}

/** What is wrong with the one route at `offset`, all of whose octets are there. */
export function checkEvpnRoute(
  bytes: Uint8Array,
  offset: number,
): "nlri-length" | "nlri-value" | undefined {
  const length = readU8(bytes, offset + 1);
  switch (readU8(bytes, offset)) {
    case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY:
      return length === AUTO_DISCOVERY_LENGTH ? undefined : "nlri-length";
    case EVPN_ROUTE.MAC_IP:
      return checkMacIp(bytes, offset, length);
    case EVPN_ROUTE.INCLUSIVE_MULTICAST:
      return checkOriginator(bytes, offset, length, MULTICAST_BASE_LENGTH);
    case EVPN_ROUTE.ETHERNET_SEGMENT:
      return checkOriginator(bytes, offset, length, SEGMENT_BASE_LENGTH);
    case EVPN_ROUTE.IP_PREFIX:
      return checkIpPrefix(bytes, offset, length);
    default:
      return undefined;
  }
}

function checkMacIp(bytes: Uint8Array, offset: number, length: number) {
  if (length < MAC_IP_BASE_LENGTH) return "nlri-length";
  const address = addressLength(readU8(bytes, offset + 31));
  const labels = length - MAC_IP_BASE_LENGTH - address;
  if (address < 0 || (labels !== 0 && labels !== 3)) return "nlri-length";
  return readU8(bytes, offset + 24) === MAC_BITS ? undefined : "nlri-value";
}

/** Types 3 and 4 end with the length of the originating router's address in bits, and that address. */
function checkOriginator(bytes: Uint8Array, offset: number, length: number, base: number) {
  if (length <= base) return "nlri-length";
  const address = addressLength(readU8(bytes, offset + 1 + base));
  return length === base + address ? undefined : "nlri-length";
}

function checkIpPrefix(bytes: Uint8Array, offset: number, length: number) {
  if (length !== IP_PREFIX_V4_LENGTH && length !== IP_PREFIX_V6_LENGTH) return "nlri-length";
  const maxBits = length === IP_PREFIX_V4_LENGTH ? 32 : 128;
  return readU8(bytes, offset + 24) <= maxBits ? undefined : "nlri-value";
}

/** Octets of an address of that many bits; -1 where there is none of that length. */
function addressLength(bits: number): number {
  if (bits === 0) return 0;
  if (bits === 32) return 4;
  return bits === 128 ? 16 : -1;
}
