/**
 * ROUTE-REFRESH: asks for the routes of a family again, or marks where the answer begins and ends.
 *
 *   AFI (2) | subtype (1) | SAFI (1)
 *
 * RFC 2918, RFC 7313; a request may carry ORFs after that (RFC 5291), which are kept as hex and not interpreted.
 */
import { ByteWriter } from "./byte-writer.ts";
import { ERROR, ROUTE_REFRESH_ERROR } from "./error-code.ts";
import { type Family, familyCodes, familyFromCodes } from "./family.ts";
import { encodeMessage, HEADER_LENGTH, MESSAGE } from "./header.ts";
import { bytesFromHex, hex } from "./hex.ts";
import { readU8, readU16 } from "./octets.ts";
import { type SessionReset, sessionReset } from "./session-reset.ts";

/** Demarcation (RFC 7313 section 3.2): a request, or beginning and end of the answer (BoRR, EoRR). */
export type RouteRefreshSubtype = "request" | "begin" | "end";

/** What a ROUTE-REFRESH says. */
export interface RouteRefreshFields {
  readonly family: Family;
  /** A number for a subtype that has no name; such a message is ignored (RFC 7313 section 5). */
  readonly subtype: RouteRefreshSubtype | number;
  /** Outbound route filters of a request, as hex (RFC 5291). */
  readonly orf?: string;
}

/** A ROUTE-REFRESH as a plain value. */
export interface RouteRefreshMessage extends RouteRefreshFields {
  readonly kind: "route-refresh";
}

const SUBTYPES = ["request", "begin", "end"] as const;
const MESSAGE_LENGTH = HEADER_LENGTH + 4;

/** Decodes the ROUTE-REFRESH of `length` octets at `offset`, header included; or says how the session has to end. */
export function decodeRouteRefresh(
  bytes: Uint8Array,
  offset: number,
  length: number,
): RouteRefreshMessage | SessionReset {
  const at = offset + HEADER_LENGTH;
  const code = readU8(bytes, at + 2);
  if (length !== MESSAGE_LENGTH && (code === 1 || code === 2)) {
    // The data is the whole message (RFC 7313 section 5).
    const reason = `a ROUTE-REFRESH that marks a beginning or end cannot have length ${length}`;
    const data = bytes.slice(offset, offset + length);
    return sessionReset(
      ERROR.ROUTE_REFRESH_MESSAGE,
      ROUTE_REFRESH_ERROR.INVALID_MESSAGE_LENGTH,
      reason,
      data,
    );
  }
  const orf = bytes.subarray(offset + MESSAGE_LENGTH, offset + length);
  return {
    kind: "route-refresh",
    family: familyFromCodes(readU16(bytes, at), readU8(bytes, at + 3)),
    subtype: SUBTYPES[code] ?? code,
    ...(orf.length === 0 ? {} : { orf: hex(orf) }),
  };
}

/** A whole ROUTE-REFRESH. */
export function encodeRouteRefresh(fields: RouteRefreshFields): Uint8Array {
  const { afi, safi } = familyCodes(fields.family);
  const { subtype } = fields;
  const body = new ByteWriter()
    .u16(afi)
    .u8(typeof subtype === "number" ? subtype : SUBTYPES.indexOf(subtype))
    .u8(safi)
    .octets(bytesFromHex(fields.orf ?? ""));
  return encodeMessage(MESSAGE.ROUTE_REFRESH, body.finish());
}
