/**
 * Route target sets: the targets that an attribute set carries, each distinct list once and counted.
 *
 * Whether a peer wants a route depends on its route targets alone (RFC 4684 section 6), and there are far fewer lists
 * of them than attribute sets: about one a VRF. So a verdict is found once for a list and holds for all of its routes.
 *
 * A target here is what a membership can name: a route target of one of the three forms (RFC 4360 section 4), or the
 * ES-Import route target of route type 4 (RFC 7432 section 7.6). Lists that differ in order are different lists: that
 * costs a second verdict and saves sorting what a peer has sent.
 */
import { readU16 } from "../wire/octets.ts";
import { copyBytes } from "./byte-spans.ts";
import { Int32Column } from "./column.ts";
import { InternTable } from "./intern-table.ts";

/** Octets of a target: one extended community. */
export const TARGET_LENGTH = 8;
/** First two octets of an ES-Import route target (RFC 7432 section 7.6). */
export const ES_IMPORT = 0x0602;

const TARGETS: ReadonlySet<number> = new Set([0x0002, 0x0102, 0x0202, ES_IMPORT]);
/** Extended communities are less than 65536 octets; one more leads, since the empty list must be interned too. */
const MAX_LENGTH = 0x10000;

/** Distinct lists of targets; numbers start at 1. */
export class TargetSets {
  readonly #lists = new InternTable();
  readonly #references = new Int32Column();
  readonly #scratch = new Uint8Array(MAX_LENGTH);

  /** The number of the targets among `count` extended communities, retained once for the caller. */
  intern(communities: Uint8Array, offset: number, count: number): number {
    let end = 1;
    for (let n = 0, at = offset; n < count; n++, at += TARGET_LENGTH) {
      if (!TARGETS.has(readU16(communities, at))) continue;
      end = copyBytes(communities, at, TARGET_LENGTH, this.#scratch, end);
    }
    const before = this.#lists.size;
    const set = this.#lists.intern(this.#scratch, 0, end);
    if (this.#lists.size !== before) this.#references.set(set, 0);
    this.retain(set);
    return set;
  }

  retain(set: number): void {
    this.#references.set(set, this.#references.get(set) + 1);
  }

  /** Takes back one `retain` or `intern`; the last one frees the number. */
  release(set: number): void {
    const references = this.#references.get(set) - 1;
    this.#references.set(set, references);
    if (references === 0) this.#lists.remove(set);
  }

  /** The targets one after the other; valid until the set is released. */
  targets(set: number): Uint8Array {
    return this.#lists.view(set).subarray(1);
  }

  /** Lists in use. */
  get size(): number {
    return this.#lists.size;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#lists.memory + this.#references.memory + this.#scratch.byteLength;
  }
}
