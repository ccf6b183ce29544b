/**
 * Byte arena: many small byte strings in one growing stretch of memory, named by integer references.
 *
 * Does: allocate and free blocks of 1 to 65536 bytes, with free lists by size class. Does not:
 * remember lengths (the caller's table does) nor move blocks.
 *
 *   reference = position in granules of 4 bytes
 */
import { readU32 } from "../wire/octets.ts";
import { growMemory } from "./growable-memory.ts";

const GRANULE = 4;
/** Blocks up to this many granules have a class of their own; above, classes widen. */
const EXACT_GRANULES = 64;
const CLASSES_PER_DOUBLING = 4;
const MAX_BLOCK_BYTES = 65536;

/** Number of granules a class hands out for a wish of `granules`. */
function roundToClass(granules: number): number {
  if (granules <= EXACT_GRANULES) return granules;
  const step = (1 << (31 - Math.clz32(granules - 1))) / CLASSES_PER_DOUBLING;
  return Math.ceil(granules / step) * step;
}

/** Storage for byte strings; reference 0 is never handed out and means "none". */
export class ByteArena {
  #bytes: Uint8Array = new Uint8Array(0);
  /** The same memory as words, for the links of the free lists. */
  #words: Int32Array = new Int32Array(0);
  /** The same memory, to be copied from and to by four octets. */
  #view = new DataView(this.#bytes.buffer);
  /** Head of the free list per block size in granules. */
  readonly #free = new Map<number, number>();
  readonly #freeExact = new Int32Array(EXACT_GRANULES + 1);
  /** Granule 0 stays unused, so that no reference is 0. */
  #nextGranule = 1;
  #live = 0;

  /**
   * Stores a copy of `length` bytes and returns its reference.
   * Throws RangeError when `length` is not within 1 to 65536.
   */
  store(source: Uint8Array, offset: number, length: number): number {
    if (length < 1 || length > MAX_BLOCK_BYTES) {
      throw new RangeError(`A block of ${length} bytes does not fit the arena.`);
    }
    const granules = roundToClass((length + GRANULE - 1) >> 2);
    const reference = this.#take(granules);
    const end = offset + length;
    let to = reference * GRANULE;
    let at = offset;
    for (; at + GRANULE <= end; at += GRANULE, to += GRANULE) {
      this.#view.setInt32(to, readU32(source, at));
    }
    for (; at < end; at++, to++) this.#bytes[to] = source[at] ?? 0;
    this.#live += granules;
    return reference;
  }

  /** Gives the block of `length` bytes at `reference` back. */
  release(reference: number, length: number): void {
    const granules = roundToClass((length + GRANULE - 1) >> 2);
    this.#live -= granules;
    if (granules <= EXACT_GRANULES) {
      this.#words[reference] = this.#freeExact[granules] ?? 0;
      this.#freeExact[granules] = reference;
    } else {
      this.#words[reference] = this.#free.get(granules) ?? 0;
      this.#free.set(granules, reference);
    }
  }

  /** The array that holds the block, which starts at `offset(reference)` in it; it need not hold blocks stored later. */
  bytes(_reference: number): Uint8Array {
    return this.#bytes;
  }

  /** The same as a view, of which whole granules may be read: blocks end with one. */
  view(_reference: number): DataView {
    return this.#view;
  }

  offset(reference: number): number {
    return reference * GRANULE;
  }

  /** Whether the block's first `length` bytes equal those at `offset` of `other`. */
  equals(reference: number, other: Uint8Array, offset: number, length: number): boolean {
    const bytes = this.#bytes;
    const start = reference * GRANULE;
    for (let i = 0; i < length; i++) {
      if (bytes[start + i] !== other[offset + i]) return false;
    }
    return true;
  }

  /** Bytes reserved from the system. */
  get memory(): number {
    return this.#bytes.byteLength;
  }

  /** Bytes in blocks that are in use. */
  get used(): number {
    return this.#live * GRANULE;
  }

  #take(granules: number): number {
    const recycled =
      granules <= EXACT_GRANULES
        ? (this.#freeExact[granules] ?? 0)
        : (this.#free.get(granules) ?? 0);
    if (recycled === 0) return this.#carve(granules);
    const next = this.#words[recycled] ?? 0;
    if (granules <= EXACT_GRANULES) this.#freeExact[granules] = next;
    else this.#free.set(granules, next);
    return recycled;
  }

  #carve(granules: number): number {
    const reference = this.#nextGranule;
    this.#nextGranule += granules;
    const end = this.#nextGranule * GRANULE;
    if (end > this.#bytes.length) this.#grow(end);
    return reference;
  }

  #grow(bytes: number): void {
    const memory = growMemory(this.#bytes.buffer, bytes);
    this.#bytes = new Uint8Array(memory, 0, memory.byteLength);
    this.#words = new Int32Array(memory, 0, memory.byteLength / GRANULE);
    this.#view = new DataView(memory, 0, memory.byteLength);
  }
}
