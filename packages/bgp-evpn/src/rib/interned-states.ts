/**
 * What was reported last, interned: many imported things share few states, so each stores one number, and a change is a
 * comparison of numbers. A state is written octet by octet, then named by `finish`.
 */
import { writeU24, writeU32 } from "../wire/octets.ts";
import { copyBytes } from "./byte-spans.ts";
import { Int32Column } from "./column.ts";
import { InternTable } from "./intern-table.ts";

/** Longest state in octets; what is beyond is the caller's mistake. */
const MAX_STATE = 0x2000;

/** Counted byte strings; number 0 is the empty one, which stands for "not there". */
export class InternedStates {
  readonly #states = new InternTable();
  readonly #references = new Int32Column();
  readonly #scratch = new Uint8Array(MAX_STATE);
  #length = 0;

  u8(value: number): void {
    this.#scratch[this.#length++] = value;
  }

  u24(value: number): void {
    writeU24(this.#scratch, this.#length, value);
    this.#length += 3;
  }

  u32(value: number): void {
    writeU32(this.#scratch, this.#length, value);
    this.#length += 4;
  }

  octets(source: Uint8Array, from: number, length: number): void {
    this.#length = copyBytes(source, from, length, this.#scratch, this.#length);
  }

  /** The number of the state that was written, retained once; starts over. */
  finish(): number {
    const length = this.#length;
    this.#length = 0;
    if (length === 0) return 0;
    const state = this.#states.intern(this.#scratch, 0, length);
    this.#references.set(state, this.#references.get(state) + 1);
    return state;
  }

  release(state: number): void {
    if (state === 0) return;
    const references = this.#references.get(state) - 1;
    this.#references.set(state, references);
    if (references === 0) this.#states.remove(state);
  }

  /** The octets of a state, valid until it is released. */
  view(state: number): Uint8Array {
    return this.#states.view(state);
  }

  get size(): number {
    return this.#states.size;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#states.memory + this.#references.memory;
  }
}
