/**
 * Byte arena: many small byte strings in few large pages, named by integer references.
 *
 * Does: allocate and free blocks of 1 to 65536 bytes, with free lists by size class. Does not:
 * remember lengths (the caller's table does) nor move blocks; pages are never copied, so growth
 * costs nothing but the new page.
 *
 *   reference = page number (upper bits) | granule inside the page (lower 16 bits)
 *   granule   = 4 bytes; a page has 65536 of them, 256 KiB
 */

const GRANULE = 4;
const PAGE_BITS = 16;
const PAGE_GRANULES = 1 << PAGE_BITS;
const GRANULE_MASK = PAGE_GRANULES - 1;
const PAGE_BYTES = PAGE_GRANULES * GRANULE;
/** Blocks up to this many granules have a class of their own; above, classes widen. */
const EXACT_GRANULES = 64;
const CLASSES_PER_DOUBLING = 4;
const MAX_BLOCK_BYTES = 65536;

interface Page {
  readonly bytes: Uint8Array;
  /** The same memory as words, for the links of the free lists. */
  readonly words: Int32Array;
}

/** Number of granules a class hands out for a wish of `granules`. */
function roundToClass(granules: number): number {
  if (granules <= EXACT_GRANULES) return granules;
  const step = (1 << (31 - Math.clz32(granules - 1))) / CLASSES_PER_DOUBLING;
  return Math.ceil(granules / step) * step;
}

/** Storage for byte strings; reference 0 is never handed out and means "none". */
export class ByteArena {
  readonly #pages: Page[] = [];
  /** Head of the free list per block size in granules. */
  readonly #free = new Map<number, number>();
  readonly #freeExact = new Int32Array(EXACT_GRANULES + 1);
  #nextGranule = PAGE_GRANULES;
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
    const target = this.bytes(reference);
    const start = this.offset(reference);
    for (let i = 0; i < length; i++) target[start + i] = source[offset + i] ?? 0;
    this.#live += granules;
    return reference;
  }

  /** Gives the block of `length` bytes at `reference` back. */
  release(reference: number, length: number): void {
    const granules = roundToClass((length + GRANULE - 1) >> 2);
    this.#live -= granules;
    const words = this.#page(reference).words;
    if (granules <= EXACT_GRANULES) {
      words[reference & GRANULE_MASK] = this.#freeExact[granules] ?? 0;
      this.#freeExact[granules] = reference;
    } else {
      words[reference & GRANULE_MASK] = this.#free.get(granules) ?? 0;
      this.#free.set(granules, reference);
    }
  }

  /** The page that holds the block; the block starts at `offset(reference)` in it. */
  bytes(reference: number): Uint8Array {
    return this.#page(reference).bytes;
  }

  offset(reference: number): number {
    return (reference & GRANULE_MASK) * GRANULE;
  }

  /** Whether the block's first `length` bytes equal those at `offset` of `other`. */
  equals(reference: number, other: Uint8Array, offset: number, length: number): boolean {
    const page = this.bytes(reference);
    const start = this.offset(reference);
    for (let i = 0; i < length; i++) {
      if (page[start + i] !== other[offset + i]) return false;
    }
    return true;
  }

  /** Bytes reserved from the system. */
  get memory(): number {
    return this.#pages.length * PAGE_BYTES;
  }

  /** Bytes in blocks that are in use. */
  get used(): number {
    return this.#live * GRANULE;
  }

  #page(reference: number): Page {
    const page = this.#pages[reference >>> PAGE_BITS];
    if (page === undefined) throw new RangeError(`No block has the reference ${reference}.`);
    return page;
  }

  #take(granules: number): number {
    const recycled =
      granules <= EXACT_GRANULES
        ? (this.#freeExact[granules] ?? 0)
        : (this.#free.get(granules) ?? 0);
    if (recycled === 0) return this.#carve(granules);
    const next = this.#page(recycled).words[recycled & GRANULE_MASK] ?? 0;
    if (granules <= EXACT_GRANULES) this.#freeExact[granules] = next;
    else this.#free.set(granules, next);
    return recycled;
  }

  #carve(granules: number): number {
    if (this.#nextGranule + granules > PAGE_GRANULES) {
      const buffer = new ArrayBuffer(PAGE_BYTES);
      this.#pages.push({ bytes: new Uint8Array(buffer), words: new Int32Array(buffer) });
      // Granule 0 of the first page stays unused, so that no reference is 0.
      this.#nextGranule = this.#pages.length === 1 ? 1 : 0;
    }
    const reference = ((this.#pages.length - 1) << PAGE_BITS) | this.#nextGranule;
    this.#nextGranule += granules;
    return reference;
  }
}
