/**
 * AS_PATH and AS4_PATH as plain values.
 *
 *   segment = type (1) | count (1) | that many AS numbers of 2 or 4 octets
 *
 * RFC 4271 section 4.3, RFC 5065 section 3, RFC 6793, RFC 7606 section 7.2, RFC 7607.
 */
import { type Asn, isAsn } from "@selvedge/net";
import { ByteReader } from "../byte-reader.ts";
import { ByteWriter } from "../byte-writer.ts";

/** A segment of an AS path; the confederation kinds only occur in AS4_PATH, where they are to be ignored. */
export interface AsPathSegment {
  readonly kind: "set" | "sequence" | "confederation-sequence" | "confederation-set";
  readonly asns: readonly Asn[];
}

const KINDS = ["set", "sequence", "confederation-sequence", "confederation-set"] as const;
const AS_PATH_KINDS = 2;

/** Decodes an AS_PATH or AS4_PATH whose AS numbers have `width` octets, or says what is wrong with it. */
export function decodeAsPath(
  value: Uint8Array,
  attribute: "AS_PATH" | "AS4_PATH",
  width: 2 | 4,
): readonly AsPathSegment[] | "as-path-segment" | "as-zero" {
  const allowed = KINDS.slice(0, attribute === "AS_PATH" ? AS_PATH_KINDS : KINDS.length);
  const reader = new ByteReader(value);
  const segments: AsPathSegment[] = [];
  let hasZero = false;
  while (reader.left > 0) {
    const kind = allowed[reader.u8() - 1];
    const count = reader.u8();
    if (kind === undefined || count === 0 || reader.left < count * width) return "as-path-segment";
    const numbers = Array.from({ length: count }, () =>
      width === 4 ? reader.u32() : reader.u16(),
    );
    const asns = numbers.filter(isAsn);
    hasZero ||= asns.length < count;
    segments.push({ kind, asns });
  }
  return hasZero ? "as-zero" : segments;
}

/** The octets of a path. Throws RangeError for a segment that its count octet or `width` cannot hold. */
export function encodeAsPath(segments: readonly AsPathSegment[], width: 2 | 4): Uint8Array {
  const out = new ByteWriter();
  for (const { kind, asns } of segments) {
    if (asns.length === 0 || asns.length > 255) {
      throw new RangeError(`an AS path segment holds 1 to 255 AS numbers, not ${asns.length}`);
    }
    out.u8(KINDS.indexOf(kind) + 1).u8(asns.length);
    for (const asn of asns) writeAsn(out, asn, width);
  }
  return out.finish();
}

/** Writes one AS number. Throws RangeError when it needs four octets and has two. */
export function writeAsn(out: ByteWriter, asn: Asn, width: 2 | 4): ByteWriter {
  if (width === 4) return out.u32(asn);
  if (asn > 0xffff) throw new RangeError(`AS ${asn} does not fit into two octets`);
  return out.u16(asn);
}
