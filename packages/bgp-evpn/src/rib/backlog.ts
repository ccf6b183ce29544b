/**
 * Backlog of a peer that is out of step with its update group: which prefixes it has yet to be told
 * about. Two bits a prefix, whatever happens while the peer is slow.
 *
 *   pending   the peer's knowledge of the prefix is out of date
 *   told      among those: the peer holds a route, so a withdrawal is owed if none is left
 *
 * What the peer will be told is the state at the time of telling, so nothing is kept per change.
 */

const WORD_BITS = 32;
const WORD_SHIFT = 5;
const BIT_MASK = 31;
/** Words of a window: the unit of work in which a backlog is read. */
const WINDOW_WORDS = 64;
const INITIAL_WORDS = WINDOW_WORDS;

/** Prefixes in a window; `readWindow` never gives more. */
export const WINDOW_ROWS: number = WINDOW_WORDS * WORD_BITS;

/** Pending and told bits by prefix row. */
export class Backlog {
  #pending = new Int32Array(INITIAL_WORDS);
  #told = new Int32Array(INITIAL_WORDS);
  #size = 0;
  /** Word at which the next window starts to be looked for. */
  #cursor = 0;
  /** The first pending word of the window that `nextWindow` gave last. */
  #first = 0;

  /** Prefixes pending. */
  get size(): number {
    return this.#size;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#pending.byteLength + this.#told.byteLength;
  }

  /** Makes rows 1 to `highest` pending in an empty backlog: the peer has been told nothing. */
  markAllUntold(highest: number): void {
    const words = (highest >>> WORD_SHIFT) + 1;
    if (words > this.#pending.length) this.#grow(words - 1);
    this.#pending.fill(-1, 0, words);
    const beyond = BIT_MASK - (highest & BIT_MASK);
    this.#pending[words - 1] = (this.#pending[words - 1] ?? 0) >>> beyond;
    this.#pending[0] = (this.#pending[0] ?? 0) & ~1;
    this.#size = highest;
  }

  /** Makes a row pending. What the peer holds matters only when the row was not pending before. */
  mark(row: number, told: boolean): void {
    const word = row >>> WORD_SHIFT;
    if (word >= this.#pending.length) this.#grow(word);
    const bit = 1 << (row & BIT_MASK);
    const pending = this.#pending[word] ?? 0;
    if ((pending & bit) !== 0) return;
    this.#pending[word] = pending | bit;
    if (told) this.#told[word] = (this.#told[word] ?? 0) | bit;
    this.#size++;
  }

  /** The row is no longer pending. */
  clear(row: number): void {
    const word = row >>> WORD_SHIFT;
    const bit = 1 << (row & BIT_MASK);
    const pending = this.#pending[word] ?? 0;
    if ((pending & bit) === 0) return;
    this.#pending[word] = pending & ~bit;
    this.#told[word] = (this.#told[word] ?? 0) & ~bit;
    this.#size--;
  }

  /** Whether what the peer knows of the row is out of date. */
  isPending(row: number): boolean {
    return ((this.#pending[row >>> WORD_SHIFT] ?? 0) & (1 << (row & BIT_MASK))) !== 0;
  }

  /** Whether the row is pending and the peer holds a route for it. */
  isTold(row: number): boolean {
    return ((this.#told[row >>> WORD_SHIFT] ?? 0) & (1 << (row & BIT_MASK))) !== 0;
  }

  /** Calls `visit` for every row whose withdrawal would be owed. */
  forEachTold(visit: (row: number) => void): void {
    for (let word = 0; word < this.#told.length; word++) {
      if (this.#told[word] === 0) continue;
      for (let bit = 0; bit < WORD_BITS; bit++) {
        const row = (word << WORD_SHIFT) | bit;
        if (this.isTold(row)) visit(row);
      }
    }
  }

  /** The window to read next, by its first word: the one with the next pending row, in ring order. */
  nextWindow(): number {
    const length = this.#pending.length;
    for (let i = 0; i < length; i++) {
      const word = (this.#cursor + i) % length;
      if (this.#pending[word] === 0) continue;
      this.#first = word;
      const window = word - (word % WINDOW_WORDS);
      this.#cursor = (window + WINDOW_WORDS) % length;
      return window;
    }
    return 0;
  }

  /** Writes the pending rows of a window into `target` and returns how many. */
  readWindow(window: number, target: Int32Array): number {
    let count = 0;
    for (let word = window; word < window + WINDOW_WORDS; word++) {
      const pending = this.#pending[word] ?? 0;
      if (pending === 0) continue;
      for (let bit = 0; bit < WORD_BITS; bit++) {
        if ((pending & (1 << bit)) !== 0) target[count++] = (word << WORD_SHIFT) | bit;
      }
    }
    return count;
  }

  /** Whether the other backlog holds the same bits in its window, so that both can be served at once. */
  equalsIn(window: number, other: Backlog): boolean {
    // Told of different routes, members differ here already.
    if ((this.#pending[other.#first] ?? 0) !== (other.#pending[other.#first] ?? 0)) return false;
    for (let word = window; word < window + WINDOW_WORDS; word++) {
      if ((this.#pending[word] ?? 0) !== (other.#pending[word] ?? 0)) return false;
      if ((this.#told[word] ?? 0) !== (other.#told[word] ?? 0)) return false;
    }
    return true;
  }

  #grow(word: number): void {
    let length = this.#pending.length;
    while (length <= word) length *= 2;
    const pending = new Int32Array(length);
    pending.set(this.#pending);
    this.#pending = pending;
    const told = new Int32Array(length);
    told.set(this.#told);
    this.#told = told;
  }
}
