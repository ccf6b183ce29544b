/**
 * Hash index: finds the numbers of rows by 32-bit hashes of what the rows hold, which it does not know itself.
 *
 * Open addressing with linear probing over one typed array; the hash stands beside the number, so that a row that is
 * looked at is almost always the right one. Removal shifts the following entries of the cluster back instead of
 * leaving tombstones, so that a table which churns for months is as fast as a new one. Growth is spread over the
 * insertions that follow, so that none of them takes long.
 */

import { growMemory } from "./growable-memory.ts";

const INITIAL_SLOTS = 512;
/** A slot is two cells: hash, number. A number of 0 is a free slot. */
const SLOT_SHIFT = 1;
const NO_CELLS = new Int32Array(0);
/** In the slots before growth: an entry that has been removed. Probing goes on over it. */
const REMOVED = -1;
/** Slots moved at each insertion; two would be enough to be done before the next growth. */
const MOVED_SLOTS = 16;

function maskOf(cells: Int32Array): number {
  return (cells.length >> SLOT_SHIFT) - 1;
}

/** Row numbers from 1 on, by hash; several may have the same one. */
export class HashIndex {
  /** The number of slots is a power of two. */
  #cells: Int32Array = new Int32Array(INITIAL_SLOTS << SLOT_SHIFT);
  /**
   * The slots before growth, while entries are copied from them; those before `#moved` have been.
   * They are looked into only for what is not in `#cells`, so the copies left behind do no harm.
   */
  #oldCells: Int32Array = NO_CELLS;
  #moved = 0;
  #size = 0;
  /** Where the search goes on. */
  #searched = this.#cells;
  #slot = 0;
  #hash = 0;

  /** Numbers in the index. */
  get size(): number {
    return this.#size;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#cells.byteLength + this.#oldCells.byteLength;
  }

  /**
   * Fetches the slot where a hash belongs, for what comes along: a search for it soon afterwards finds the slot in the
   * processor's cache. Fetches of many slots in a row wait for memory together, searches one after the other.
   *
   * Written back as it is, since it is about to be written to in most cases: a page of which nothing has been written
   * yet would be mapped twice, first to be read.
   */
  touch(hash: number): void {
    const cells = this.#cells;
    const at = (hash & maskOf(cells)) << SLOT_SHIFT;
    cells[at] = cells[at] ?? 0;
  }

  /** The first number with a hash, 0 when there is none. `next` gives the others. */
  first(hash: number): number {
    this.#hash = hash;
    this.#searched = this.#cells;
    this.#slot = hash & maskOf(this.#cells);
    return this.next();
  }

  /** Another number with the hash that `first` was asked for, perhaps one that was given before; 0 at the end. */
  next(): number {
    const found = this.#search();
    if (found !== 0 || this.#searched === this.#oldCells || this.#oldCells.length === 0) {
      return found;
    }
    this.#searched = this.#oldCells;
    this.#slot = this.#hash & maskOf(this.#oldCells);
    return this.#search();
  }

  /** Adds a number that is not in the index. */
  add(hash: number, number: number): void {
    this.#place(hash, number);
    this.#size++;
    if (this.#oldCells.length > 0) this.#move(MOVED_SLOTS);
    if (this.#size * 2 > maskOf(this.#cells)) this.#grow();
  }

  /** Takes a number with its hash out; says whether it was there. */
  remove(hash: number, number: number): boolean {
    const slot = slotHolding(this.#cells, hash, number);
    const oldSlot = slotHolding(this.#oldCells, hash, number);
    if (slot < 0 && oldSlot < 0) return false;
    if (slot >= 0) this.#close(slot);
    if (oldSlot >= 0) this.#oldCells[(oldSlot << SLOT_SHIFT) | 1] = REMOVED;
    this.#size--;
    return true;
  }

  #search(): number {
    const cells = this.#searched;
    const hash = this.#hash;
    const mask = maskOf(cells);
    let slot = this.#slot;
    for (;;) {
      const at = slot << SLOT_SHIFT;
      const number = cells[at | 1] ?? 0;
      if (number === 0) return 0;
      slot = (slot + 1) & mask;
      if (cells[at] === hash && number !== REMOVED) {
        this.#slot = slot;
        return number;
      }
    }
  }

  /** Empties a slot and moves later entries of its cluster up, so that probing still finds them. */
  #close(start: number): void {
    const cells = this.#cells;
    const mask = maskOf(cells);
    let hole = start;
    let slot = (hole + 1) & mask;
    for (;;) {
      const at = slot << SLOT_SHIFT;
      const number = cells[at | 1] ?? 0;
      if (number === 0) break;
      const hash = cells[at] ?? 0;
      // The entry may move into the hole unless its home lies after the hole, in ring order.
      if (((slot - (hash & mask)) & mask) >= ((slot - hole) & mask)) {
        cells[hole << SLOT_SHIFT] = hash;
        cells[(hole << SLOT_SHIFT) | 1] = number;
        hole = slot;
      }
      slot = (slot + 1) & mask;
    }
    cells[(hole << SLOT_SHIFT) | 1] = 0;
  }

  #grow(): void {
    this.#move(maskOf(this.#oldCells) + 1);
    this.#oldCells = this.#cells;
    this.#moved = 0;
    const length = this.#oldCells.length * 2;
    const memory = growMemory(new ArrayBuffer(0), length * Int32Array.BYTES_PER_ELEMENT);
    this.#cells = new Int32Array(memory, 0, length);
  }

  /** Copies entries of the next few old slots. */
  #move(count: number): void {
    const cells = this.#oldCells;
    const slots = cells.length >> SLOT_SHIFT;
    const end = Math.min(this.#moved + count, slots);
    for (let slot = this.#moved; slot < end; slot++) {
      const at = slot << SLOT_SHIFT;
      const number = cells[at | 1] ?? 0;
      if (number > 0) this.#place(cells[at] ?? 0, number);
    }
    this.#moved = end;
    if (end < slots) return;
    this.#oldCells = NO_CELLS;
    // Nor must an old search keep them.
    this.#searched = this.#cells;
  }

  #place(hash: number, number: number): void {
    const cells = this.#cells;
    const mask = maskOf(cells);
    let slot = hash & mask;
    while (cells[(slot << SLOT_SHIFT) | 1] !== 0) slot = (slot + 1) & mask;
    cells[slot << SLOT_SHIFT] = hash;
    cells[(slot << SLOT_SHIFT) | 1] = number;
  }
}

/** The slot of a number, negative when it is not among them. */
function slotHolding(cells: Int32Array, hash: number, number: number): number {
  const mask = maskOf(cells);
  if (mask < 0) return -1;
  let slot = hash & mask;
  for (;;) {
    const held = cells[(slot << SLOT_SHIFT) | 1];
    if (held === number) return slot;
    if (held === 0) return -1;
    slot = (slot + 1) & mask;
  }
}
