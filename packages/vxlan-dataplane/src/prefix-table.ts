/**
 * Numbers prefixes: an open-addressing hash table over octets in flat arrays, for hundreds of thousands
 * of prefixes without an object for each. Pure.
 *
 *     row      0          1          2              octets[16 * row], family and length of a row
 *     slots    [ 0 3 0 1 0 0 2 0 ]                  row + 1, or 0; linear probing by the row's hash
 */
import {
  type IpFamily,
  type IpPrefix,
  prefixFromBytes,
  prefixLength,
  writePrefix,
} from "@selvedge/net";

/** Octets and words that a row has, whatever the family. */
const ROW_OCTETS = 16;
const ROW_WORDS = 4;
/** Rows to begin with; a power of two. */
const FIRST_CAPACITY = 64;
/** Slots for each row of capacity: the table is never more than half full. */
const SLOTS_PER_ROW = 2;

/** Prefixes with small, reused numbers. */
export class PrefixTable {
  /** Addresses; the row `n` starts at `16 * n` and has 4 or 16 octets. Replaced when the table grows. */
  octets: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_CAPACITY * ROW_OCTETS);
  #words = new Uint32Array(this.octets.buffer);
  /** Prefix length; for IPv6 plus 256. */
  #lengths = new Uint16Array(FIRST_CAPACITY);
  #hashes = new Uint32Array(FIRST_CAPACITY);
  #slots = new Int32Array(FIRST_CAPACITY * SLOTS_PER_ROW);
  readonly #freeRows: number[] = [];
  /** Rows that have ever been used. */
  #extent = 0;

  /** Every row number is below this. */
  get capacity(): number {
    return this.#lengths.length;
  }

  /** Every row in use is below this. */
  get extent(): number {
    return this.#extent;
  }

  /** The prefix's row, or -1. */
  find(prefix: IpPrefix): number {
    return (this.#slots[this.#probe(prefix)] ?? 0) - 1;
  }

  /** The prefix's row, a new one if it has none. */
  add(prefix: IpPrefix): number {
    const slot = this.#probe(prefix);
    const known = this.#slots[slot] ?? 0;
    if (known !== 0) {
      return known - 1;
    }
    // The probe has left the prefix in this row.
    const row = this.#candidate();
    if (this.#freeRows.length > 0) {
      this.#freeRows.pop();
    } else {
      this.#extent += 1;
    }
    this.#slots[slot] = row + 1;
    if (this.#extent === this.capacity) {
      this.#grow();
    }
    return row;
  }

  /** Forgets the prefix of a row; the number will be used again. */
  remove(row: number): void {
    const mask = this.#slots.length - 1;
    let hole = (this.#hashes[row] ?? 0) & mask;
    while (this.#slots[hole] !== row + 1) {
      hole = (hole + 1) & mask;
    }
    // Moves later entries of the run into the hole, so that no probe ends too early.
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) {
        break;
      }
      const home = (this.#hashes[entry - 1] ?? 0) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#slots[hole] = entry;
        hole = slot;
      }
    }
    this.#slots[hole] = 0;
    this.#freeRows.push(row);
  }

  familyOf(row: number): IpFamily {
    return (this.#lengths[row] ?? 0) < 256 ? 4 : 6;
  }

  lengthOf(row: number): number {
    return (this.#lengths[row] ?? 0) & 255;
  }

  prefixOf(row: number): IpPrefix {
    return prefixFromBytes(this.octets, row * ROW_OCTETS, this.familyOf(row), this.lengthOf(row));
  }

  /** The row that the next new prefix gets. */
  #candidate(): number {
    return this.#freeRows.at(-1) ?? this.#extent;
  }

  /** The slot of the prefix, or the empty one where it belongs; writes it into the candidate's row. */
  #probe(prefix: IpPrefix): number {
    const candidate = this.#candidate();
    const family = writePrefix(prefix, this.octets, candidate * ROW_OCTETS);
    const length = prefixLength(prefix) + (family === 4 ? 0 : 256);
    this.#lengths[candidate] = length;
    const hash = this.#hash(candidate, length);
    this.#hashes[candidate] = hash;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0 || this.#isEqual(entry - 1, candidate)) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #isEqual(a: number, b: number): boolean {
    if (this.#hashes[a] !== this.#hashes[b] || this.#lengths[a] !== this.#lengths[b]) {
      return false;
    }
    const words = this.#words;
    const [first, second] = [a * ROW_WORDS, b * ROW_WORDS];
    const count = this.familyOf(a) === 4 ? 1 : ROW_WORDS;
    for (let word = 0; word < count; word += 1) {
      if (words[first + word] !== words[second + word]) {
        return false;
      }
    }
    return true;
  }

  /** Multiplies and folds word by word, with the finisher of MurmurHash3. */
  #hash(row: number, length: number): number {
    const first = row * ROW_WORDS;
    const count = length < 256 ? 1 : ROW_WORDS;
    let hash = length;
    for (let word = 0; word < count; word += 1) {
      hash = Math.imul(hash ^ (this.#words[first + word] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #grow(): void {
    const capacity = this.capacity * 2;
    const octets = new Uint8Array(capacity * ROW_OCTETS);
    octets.set(this.octets);
    this.octets = octets;
    this.#words = new Uint32Array(octets.buffer);
    const lengths = new Uint16Array(capacity);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
    const hashes = new Uint32Array(capacity);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const entries = this.#slots;
    const slots = new Int32Array(capacity * SLOTS_PER_ROW);
    const mask = slots.length - 1;
    for (const entry of entries) {
      if (entry !== 0) {
        let slot = (hashes[entry - 1] ?? 0) & mask;
        while (slots[slot] !== 0) {
          slot = (slot + 1) & mask;
        }
        slots[slot] = entry;
      }
    }
    this.#slots = slots;
  }
}
