/**
 * Changed attribute sets: what comes of an attribute set and a policy's change, computed once as long as both are in
 * use, and not once a route.
 *
 * A cache of fixed size without ownership: it keeps no set alive, and knows by the birth numbers of sets whether the
 * identifiers that it remembers still mean the same.
 */
import type { AttributeRewrite, RouteChange } from "./attribute-change.ts";
import type { AttributeTable } from "./attribute-table.ts";
import {
  attributeEnd,
  closeAttribute,
  findAttribute,
  LONG_HEADER,
  valueOffset,
} from "./attribute-walk.ts";
import { copyBytes } from "./byte-spans.ts";
import { MAX_CANONICAL_LENGTH } from "./canonical-attributes.ts";

/** Power of two. */
const SLOTS = 1024;
/** What changes can add to a set, generously: all lists of a message at once. */
const SCRATCH_LENGTH = 4 * MAX_CANONICAL_LENGTH;
const NO_VALUE = new Uint8Array(0);

/** Derives sets from sets. */
export class ChangedSets {
  readonly #table: AttributeTable;
  readonly #source = new Int32Array(SLOTS);
  readonly #sourceBirth = new Float64Array(SLOTS);
  readonly #change = new Float64Array(SLOTS);
  readonly #result = new Int32Array(SLOTS);
  readonly #resultBirth = new Float64Array(SLOTS);
  readonly #scratch = new Uint8Array(SCRATCH_LENGTH);

  constructor(table: AttributeTable) {
    this.#table = table;
  }

  /** The changed set, retained once for the caller; 0 when it would be too long. */
  intern(set: number, change: RouteChange): number {
    const slot = (Math.imul(set, 0x9e3779b1) ^ change.number) & (SLOTS - 1);
    if (this.#holds(slot, set, change)) {
      const known = this.#result[slot] ?? 0;
      this.#table.retain(known);
      return known;
    }
    const length = this.#write(set, change);
    if (length > MAX_CANONICAL_LENGTH) return 0;
    const result = this.#table.intern(this.#scratch, length);
    this.#source[slot] = set;
    this.#sourceBirth[slot] = this.#table.birth.get(set);
    this.#change[slot] = change.number;
    this.#result[slot] = result;
    this.#resultBirth[slot] = this.#table.birth.get(result);
    return result;
  }

  #holds(slot: number, set: number, change: RouteChange): boolean {
    const { birth, sets } = this.#table;
    const result = this.#result[slot] ?? 0;
    return (
      this.#source[slot] === set &&
      this.#change[slot] === change.number &&
      this.#sourceBirth[slot] === birth.get(set) &&
      sets.length(result) !== 0 &&
      this.#resultBirth[slot] === birth.get(result)
    );
  }

  #write(set: number, { rewrites }: RouteChange): number {
    const table = this.#table;
    const bytes = table.sets.bytes(set);
    const start = table.attributesOffset(set);
    const end = start + table.attributesLength(set);
    const missing = rewrites.filter(({ type }) => findAttribute(bytes, start, end, type) < 0);
    let added = 0;
    let out = copyBytes(
      bytes,
      table.sets.offset(set),
      start - table.sets.offset(set),
      this.#scratch,
      0,
    );
    for (let at = start; at < end; at = attributeEnd(bytes, at)) {
      const type = bytes[at + 1] ?? 0;
      for (; (missing[added]?.type ?? Number.POSITIVE_INFINITY) < type; added++) {
        out = this.#add(missing[added], out);
      }
      const rewrite = rewrites.find((one) => one.type === type);
      const next = attributeEnd(bytes, at);
      if (rewrite === undefined) out = copyBytes(bytes, at, next - at, this.#scratch, out);
      else {
        const old = bytes.subarray(valueOffset(bytes, at), next);
        out = this.#close(bytes[at] ?? 0, type, rewrite.rewrite(old), out);
      }
    }
    for (; added < missing.length; added++) out = this.#add(missing[added], out);
    return out;
  }

  #add(missing: AttributeRewrite | undefined, out: number): number {
    if (missing === undefined) return out;
    return this.#close(missing.flags, missing.type, missing.rewrite(NO_VALUE), out);
  }

  #close(flags: number, type: number, value: Uint8Array | undefined, out: number): number {
    if (value === undefined) return out;
    const end = copyBytes(value, 0, value.length, this.#scratch, out + LONG_HEADER);
    return closeAttribute(this.#scratch, out, flags, type, end);
  }
}
