/**
 * From the attributes of a received UPDATE to the bytes under which the RIB interns them.
 *
 *   next hop length (1) | next hop | attributes, in the order and with the flags they came with
 *
 * Left out: MP_REACH_NLRI and MP_UNREACH_NLRI (their next hop stands in front), NEXT_HOP (RFC 4760
 * section 3: ignored beside MP_REACH_NLRI), what the codec discards (RFC 7606, and attributes of the
 * inside of an AS from an external peer), unrecognised non-transitive attributes. Unrecognised
 * transitive ones get the Partial flag (both RFC 4271 section 5). AS numbers are widened to four
 * octets and AS4_PATH is merged away (RFC 6793). Unused bits of the flags are zero (RFC 4271 section
 * 4.3). Everything else stays byte for byte.
 */
import { ATTRIBUTE, FLAG } from "../wire/attribute/attribute-type.ts";
import { attributeRule } from "../wire/attribute/rules.ts";
import { readU16, writeU32 } from "../wire/octets.ts";
import type { UpdateScan } from "../wire/update-scan.ts";
import { AS_TRANS, mergeAs4Path, widenAsPath } from "./as-path.ts";
import { closeAttribute, LONG_HEADER } from "./attribute-walk.ts";
import { copyBytes } from "./byte-spans.ts";
import type { Source } from "./peer-table.ts";

/** The most bytes a canonical attribute set may have; larger ones are treated as malformed. */
export const MAX_CANONICAL_LENGTH = 0xffff;

/** The other four "MUST be zero when sent and MUST be ignored when received" (RFC 4271 section 4.3). */
const USED_FLAGS = 0xf0;
const SCRATCH_LENGTH = 4 * MAX_CANONICAL_LENGTH;
const NOT_KEPT: ReadonlySet<number> = new Set([
  ATTRIBUTE.MP_REACH_NLRI,
  ATTRIBUTE.MP_UNREACH_NLRI,
  ATTRIBUTE.NEXT_HOP,
  ATTRIBUTE.AS4_PATH,
  ATTRIBUTE.AS4_AGGREGATOR,
]);

/** Writes canonical attribute sets into one reused array. */
export class CanonicalAttributes {
  /** Holds the set that was written last. */
  readonly bytes: Uint8Array = new Uint8Array(SCRATCH_LENGTH);
  readonly #wide = new Uint8Array(2 * MAX_CANONICAL_LENGTH);

  /** Writes the attributes of an UPDATE and returns their length, 0 when they are too many. */
  write(update: UpdateScan, source: Source): number {
    this.bytes[0] = update.nextHopLength;
    let at = copyBytes(update.bytes, update.nextHopOffset, update.nextHopLength, this.bytes, 1);
    for (let index = 0; index < update.attributeCount; index++) {
      if (isKept(update, index)) at = this.#writeOne(update, index, source, at);
    }
    return at > MAX_CANONICAL_LENGTH ? 0 : at;
  }

  #writeOne(update: UpdateScan, index: number, source: Source, at: number): number {
    const type = update.attributeType[index] ?? 0;
    if (!source.fourOctetAs) {
      if (type === ATTRIBUTE.AS_PATH) return this.#writeAsPath(update, index, at);
      if (type === ATTRIBUTE.AGGREGATOR) return this.#writeAggregator(update, index, at);
    }
    const start = update.attributeStart[index] ?? 0;
    const end = (update.attributeOffset[index] ?? 0) + (update.attributeLength[index] ?? 0);
    const after = copyBytes(update.bytes, start, end - start, this.bytes, at);
    const flags = (this.bytes[at] ?? 0) & USED_FLAGS;
    this.bytes[at] = isRecognised(type) ? flags : flags | FLAG.PARTIAL;
    return after;
  }

  #writeAsPath(update: UpdateScan, index: number, at: number): number {
    const offset = update.attributeOffset[index] ?? 0;
    const length = update.attributeLength[index] ?? 0;
    const wideEnd = widenAsPath(update.bytes, offset, length, this.#wide, 0);
    const path = this.#wide.subarray(0, wideEnd);
    const as4 = as4AttributesApply(update) ? attributeValue(update, ATTRIBUTE.AS4_PATH) : undefined;
    const value = at + LONG_HEADER;
    const end =
      as4 === undefined
        ? copyBytes(path, 0, wideEnd, this.bytes, value)
        : mergeAs4Path(path, as4, this.bytes, value);
    return closeAttribute(
      this.bytes,
      at,
      (update.attributeFlags[index] ?? 0) & USED_FLAGS,
      ATTRIBUTE.AS_PATH,
      end,
    );
  }

  #writeAggregator(update: UpdateScan, index: number, at: number): number {
    const flags = (update.attributeFlags[index] ?? 0) & USED_FLAGS;
    const offset = update.attributeOffset[index] ?? 0;
    const as4 = as4AttributesApply(update)
      ? attributeValue(update, ATTRIBUTE.AS4_AGGREGATOR)
      : undefined;
    const value = at + LONG_HEADER;
    if (as4 === undefined) {
      writeU32(this.bytes, value, readU16(update.bytes, offset));
      copyBytes(update.bytes, offset + 2, 4, this.bytes, value + 4);
    } else {
      copyBytes(as4, 0, 8, this.bytes, value);
    }
    return closeAttribute(this.bytes, at, flags, ATTRIBUTE.AGGREGATOR, value + 8);
  }
}

function isRecognised(type: number): boolean {
  return attributeRule(type) !== undefined;
}

function isKept(update: UpdateScan, index: number): boolean {
  const type = update.attributeType[index] ?? 0;
  if (NOT_KEPT.has(type) || update.isDiscarded(index)) return false;
  return isRecognised(type) || ((update.attributeFlags[index] ?? 0) & FLAG.TRANSITIVE) !== 0;
}

/**
 * Whether the AS4_ attributes belong to the others: an AGGREGATOR other than AS_TRANS beside an
 * AS4_AGGREGATOR was set by an old speaker later on (RFC 6793 section 4.2.3).
 */
function as4AttributesApply(update: UpdateScan): boolean {
  const aggregator = attributeValue(update, ATTRIBUTE.AGGREGATOR);
  if (aggregator === undefined || readU16(aggregator, 0) === AS_TRANS) return true;
  return attributeValue(update, ATTRIBUTE.AS4_AGGREGATOR) === undefined;
}

function attributeValue(update: UpdateScan, type: number): Uint8Array | undefined {
  const index = update.indexOf(type);
  if (index < 0 || update.isDiscarded(index)) return undefined;
  const offset = update.attributeOffset[index] ?? 0;
  return update.bytes.subarray(offset, offset + (update.attributeLength[index] ?? 0));
}
