/**
 * Walking an EVPN NLRI field and cutting the key out of each route, for tables that hold bytes.
 *
 * The key is what makes two NLRI the same route; what is left out may change with each announcement, and a
 * withdrawal may carry anything there. A key starts with the route type, and the fields follow in their order:
 *
 *   1: RD 8 | ESI 10 | Ethernet tag 4                            (label left out; RFC 7432 section 7.1)
 *   2: RD 8 | Ethernet tag 4 | 48 | MAC 6 | IP bits 1 | IP       (ESI, labels left out; section 7.2)
 *   3: RD 8 | Ethernet tag 4 | IP bits 1 | IP                    (section 7.3)
 *   4: RD 8 | ESI 10 | IP bits 1 | IP                            (section 7.4)
 *   5: RD 8 | Ethernet tag 4 | prefix bits 1 | prefix 4 or 16    (ESI, gateway, label left out; RFC 9136 section 3.1)
 *   other: length 1 | all of the value
 *
 * Bits of a type 5 prefix beyond its length are zero in the key, whatever was sent: they carry nothing.
 */
import { readU8 } from "../octets.ts";
import { checkEvpnRoute } from "./nlri-check.ts";
import { EVPN_ROUTE, IP_PREFIX_V4_LENGTH, NLRI_HEADER_LENGTH } from "./route-type.ts";

/** Longest key that `evpnKey` writes, in octets: an unknown route of 255 octets. */
export const MAX_EVPN_KEY_LENGTH = 257;

const RD_LENGTH = 8;
const ESI_LENGTH = 10;
const TAG_LENGTH = 4;

/** Octets of the route at `offset` with its two-octet header, or -1 when it ends beyond `end`. */
export function evpnNlriLength(bytes: Uint8Array, offset: number, end: number): number {
  if (offset + NLRI_HEADER_LENGTH > end) return -1;
  const length = NLRI_HEADER_LENGTH + readU8(bytes, offset + 1);
  return offset + length <= end ? length : -1;
}

/**
 * Writes the key of the route at `offset`, all of whose octets are there, and returns its length in octets; 0
 * for a route of which no key can be made (see nlri-check.ts): it is passed over. Allocates nothing.
 */
export function evpnKey(
  bytes: Uint8Array,
  offset: number,
  out: Uint8Array,
  outOffset: number,
): number {
  if (checkEvpnRoute(bytes, offset) !== undefined) return 0;
  const type = readU8(bytes, offset);
  const end = offset + NLRI_HEADER_LENGTH + readU8(bytes, offset + 1);
  const rd = offset + NLRI_HEADER_LENGTH;
  const esi = rd + RD_LENGTH;
  out[outOffset] = type;
  let at = outOffset + 1;
  switch (type) {
    case EVPN_ROUTE.ETHERNET_AUTO_DISCOVERY:
      at = copy(bytes, rd, esi + ESI_LENGTH + TAG_LENGTH, out, at);
      break;
    case EVPN_ROUTE.MAC_IP: {
      const tag = esi + ESI_LENGTH;
      const ipEnd = tag + 12 + (readU8(bytes, tag + 11) >>> 3);
      at = copy(bytes, rd, esi, out, at);
      at = copy(bytes, tag, ipEnd, out, at);
      break;
    }
    case EVPN_ROUTE.INCLUSIVE_MULTICAST:
    case EVPN_ROUTE.ETHERNET_SEGMENT:
      at = copy(bytes, rd, end, out, at);
      break;
    case EVPN_ROUTE.IP_PREFIX: {
      const tag = esi + ESI_LENGTH;
      at = copy(bytes, rd, esi, out, at);
      at = copy(bytes, tag, tag + TAG_LENGTH, out, at);
      at = copyPrefix(bytes, tag + TAG_LENGTH, end - rd === IP_PREFIX_V4_LENGTH ? 4 : 16, out, at);
      break;
    }
    default:
      at = copy(bytes, offset + 1, end, out, at);
  }
  return at - outOffset;
}

function copy(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  for (let index = from; index < to; index++) target[at++] = readU8(source, index);
  return at;
}

/** Copies the length octet at `from` and the prefix after it, masked to that length. */
function copyPrefix(
  source: Uint8Array,
  from: number,
  octets: number,
  target: Uint8Array,
  at: number,
): number {
  let bits = readU8(source, from);
  target[at++] = bits;
  for (let index = from + 1; index <= from + octets; index++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff00 >> bits;
    target[at++] = readU8(source, index) & mask;
  }
  return at;
}
