/** Ethernet segment identifiers: ten octets, written as colon-separated hex (RFC 7432 section 5). */
import { bytesFromHex, hex } from "../hex.ts";

/** "00:00:00:00:00:00:00:00:00:00" for a segment with one attachment; the first octet is the type. */
export type EthernetSegmentId = string;

/** Octets of an ESI. */
export const ESI_LENGTH = 10;

/** The ESI of a single-homed site (RFC 7432 section 5). */
export const ZERO_ESI: EthernetSegmentId = "00:00:00:00:00:00:00:00:00:00";

/** The text of ten octets. */
export function esiFromBytes(bytes: Uint8Array): EthernetSegmentId {
  return hex(bytes).replace(/(?!^)(?=(?:..)+$)/g, ":");
}

/** The ten octets of a text. Throws RangeError for any other text. */
export function esiBytes(esi: EthernetSegmentId): Uint8Array {
  const bytes = bytesFromHex(esi.replaceAll(":", ""));
  if (bytes.length !== ESI_LENGTH) throw new RangeError(`"${esi}" is not ten octets`);
  return bytes;
}
