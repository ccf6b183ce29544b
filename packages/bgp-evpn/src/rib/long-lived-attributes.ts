/**
 * From an interned attribute set to the one that the same route has when it is long-lived stale: with the community
 * LLGR_STALE (RFC 9494 section 4.2).
 *
 * A stale path is given the new set in place of its old one. Decision and export then treat it as they treat a route
 * that came with the community, and where there is no such route it costs nothing.
 */
import { ATTRIBUTE, attributeValueLength, FLAG } from "../wire/attribute/attribute-type.ts";
import { writeU32 } from "../wire/octets.ts";
import { type AttributeTable, FACT, LLGR_STALE } from "./attribute-table.ts";
import {
  attributeEnd,
  closeAttribute,
  findAttribute,
  LONG_HEADER,
  valueOffset,
} from "./attribute-walk.ts";
import { copyBytes } from "./byte-spans.ts";
import { MAX_CANONICAL_LENGTH } from "./canonical-attributes.ts";

const COMMUNITY = 4;

/** Makes attribute sets of long-lived stale routes. */
export class LongLivedAttributes {
  readonly #table: AttributeTable;
  readonly #bytes = new Uint8Array(MAX_CANONICAL_LENGTH + LONG_HEADER + COMMUNITY);

  constructor(table: AttributeTable) {
    this.#table = table;
  }

  /** Set `id` with the community, retained once for the caller; 0 when it would be too long to be interned. */
  derive(id: number): number {
    const table = this.#table;
    if (table.has(id, FACT.LLGR_STALE)) {
      table.retain(id);
      return id;
    }
    const length = this.#write(id);
    return length > MAX_CANONICAL_LENGTH ? 0 : table.intern(this.#bytes, length);
  }

  #write(id: number): number {
    const from = this.#table.sets.bytes(id);
    const start = this.#table.sets.offset(id);
    const first = this.#table.attributesOffset(id);
    const end = start + this.#table.sets.length(id);
    const known = findAttribute(from, first, end, ATTRIBUTE.COMMUNITIES);
    const at = known < 0 ? placeOf(ATTRIBUTE.COMMUNITIES, from, first, end) : known;
    const out = copyBytes(from, start, at - start, this.#bytes, 0);
    const flags = known < 0 ? FLAG.OPTIONAL | FLAG.TRANSITIVE : (from[known] ?? 0);
    const value = out + LONG_HEADER;
    const before = known < 0 ? 0 : attributeValueLength(from, known);
    const added = copyBytes(from, valueOffset(from, at), before, this.#bytes, value);
    writeU32(this.#bytes, added, LLGR_STALE);
    const closed = closeAttribute(
      this.#bytes,
      out,
      flags,
      ATTRIBUTE.COMMUNITIES,
      added + COMMUNITY,
    );
    const rest = known < 0 ? at : attributeEnd(from, known);
    return copyBytes(from, rest, end - rest, this.#bytes, closed);
  }
}

/** Where an attribute goes so that an ascending order stays ascending (RFC 4271 section 5). */
function placeOf(type: number, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at + 1] ?? 0) <= type) at = attributeEnd(bytes, at);
  return at;
}
