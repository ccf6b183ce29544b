/**
 * Intern table: byte strings become small integers, equal strings the same integer.
 *
 * Open addressing with linear probing over typed arrays. Removal shifts the following entries of
 * the cluster back instead of leaving tombstones, so that a table which churns for months is as
 * fast as a new one. Growth is spread over the insertions that follow, so that none of them takes
 * long. Identifiers start at 1 and are reused, last freed first.
 */
import { ByteArena } from "./byte-arena.ts";
import { Int32Column, Uint16Column } from "./column.ts";

const INITIAL_SLOTS = 1024;
const NO_SLOTS = new Int32Array(0);
/** In the slots before growth: an entry that has been removed. Probing goes on over it. */
const REMOVED = -1;
/** Slots moved at each insertion; two would be enough to be done before the next growth. */
const MOVED_SLOTS = 16;

/** A 32-bit hash of `length` bytes; every input bit reaches the low bits, which choose the slot. */
export function hashBytes(bytes: Uint8Array, offset: number, length: number): number {
  let hash = Math.imul(length, 0x9e3779b1);
  const end = offset + length;
  let at = offset;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return hash ^ (hash >>> 15);
}

/** Byte strings of 1 to 65535 bytes and their identifiers. */
export class InternTable {
  readonly #arena = new ByteArena();
  readonly #reference = new Int32Column();
  readonly #length = new Uint16Column();
  readonly #hash = new Int32Column();
  /** Identifier per slot; 0 is free. The length is a power of two. */
  #slots = new Int32Array(INITIAL_SLOTS);
  /**
   * The slots before growth, while entries are copied from them; those before `#moved` have been.
   * They are looked into only for what is not in `#slots`, so the copies left behind do no harm.
   */
  #oldSlots = NO_SLOTS;
  #moved = 0;
  #highest = 0;
  #size = 0;
  /** Head of the list of freed identifiers, linked through `#reference`. */
  #free = 0;

  /** The identifier of the bytes, 0 when they are not in the table. */
  find(bytes: Uint8Array, offset: number, length: number): number {
    return this.#find(bytes, offset, length, hashBytes(bytes, offset, length));
  }

  /** The identifier of the bytes, which are copied into the table when they are not there yet. */
  intern(bytes: Uint8Array, offset: number, length: number): number {
    const hash = hashBytes(bytes, offset, length);
    const known = this.#find(bytes, offset, length, hash);
    if (known !== 0) return known;
    const id = this.#newId();
    this.#reference.set(id, this.#arena.store(bytes, offset, length));
    this.#length.set(id, length);
    this.#hash.set(id, hash);
    this.#place(id);
    this.#size++;
    if (this.#oldSlots.length > 0) this.#move();
    if (this.#size * 2 > this.#slots.length) this.#grow();
    return id;
  }

  /** Forgets an identifier of this table; it may be handed out again. */
  remove(id: number): void {
    const slot = this.#slotHolding(this.#slots, id);
    const oldSlot = this.#slotHolding(this.#oldSlots, id);
    if (slot < 0 && oldSlot < 0) throw new RangeError(`No interned bytes have the number ${id}.`);
    if (slot >= 0) this.#closeSlot(slot);
    if (oldSlot >= 0) this.#oldSlots[oldSlot] = REMOVED;
    this.#arena.release(this.#reference.get(id), this.#length.get(id));
    this.#reference.set(id, this.#free);
    this.#length.set(id, 0);
    this.#free = id;
    this.#size--;
  }

  /** The array that holds the bytes of an identifier, from `offset(id)` on. */
  bytes(id: number): Uint8Array {
    return this.#arena.bytes(this.#reference.get(id));
  }

  offset(id: number): number {
    return this.#arena.offset(this.#reference.get(id));
  }

  /** Length of the bytes of an identifier; 0 when the identifier is free. */
  length(id: number): number {
    return this.#length.get(id);
  }

  /** A view of the bytes of an identifier, valid until it is removed. */
  view(id: number): Uint8Array {
    const offset = this.offset(id);
    return this.bytes(id).subarray(offset, offset + this.#length.get(id));
  }

  /** Identifiers in use. */
  get size(): number {
    return this.#size;
  }

  /** The highest identifier ever handed out. */
  get highest(): number {
    return this.#highest;
  }

  /** Bytes held. */
  get memory(): number {
    return (
      this.#arena.memory +
      this.#reference.memory +
      this.#length.memory +
      this.#hash.memory +
      this.#slots.byteLength +
      this.#oldSlots.byteLength
    );
  }

  #newId(): number {
    if (this.#free === 0) return ++this.#highest;
    const id = this.#free;
    this.#free = this.#reference.get(id);
    return id;
  }

  #find(bytes: Uint8Array, offset: number, length: number, hash: number): number {
    const id = this.#findIn(this.#slots, bytes, offset, length, hash);
    if (id !== 0 || this.#oldSlots.length === 0) return id;
    return this.#findIn(this.#oldSlots, bytes, offset, length, hash);
  }

  #findIn(
    slots: Int32Array,
    bytes: Uint8Array,
    offset: number,
    length: number,
    hash: number,
  ): number {
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot] ?? 0;
      if (id === 0) return 0;
      if (
        id !== REMOVED &&
        this.#hash.get(id) === hash &&
        this.#length.get(id) === length &&
        this.#arena.equals(this.#reference.get(id), bytes, offset, length)
      ) {
        return id;
      }
    }
  }

  /** The slot of an identifier, negative when it is not among them. */
  #slotHolding(slots: Int32Array, id: number): number {
    const mask = slots.length - 1;
    if (mask < 0) return -1;
    let slot = this.#hash.get(id) & mask;
    while (slots[slot] !== id) {
      if (slots[slot] === 0) return -1;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Empties a slot and moves later entries of its cluster up, so that probing still finds them. */
  #closeSlot(start: number): void {
    const mask = this.#slots.length - 1;
    let hole = start;
    let slot = (hole + 1) & mask;
    for (;;) {
      const id = this.#slots[slot] ?? 0;
      if (id === 0) break;
      const home = this.#hash.get(id) & mask;
      // The entry may move into the hole unless its home lies after the hole, in ring order.
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#slots[hole] = id;
        hole = slot;
      }
      slot = (slot + 1) & mask;
    }
    this.#slots[hole] = 0;
  }

  #grow(): void {
    this.#move(this.#oldSlots.length);
    this.#oldSlots = this.#slots;
    this.#moved = 0;
    this.#slots = new Int32Array(this.#oldSlots.length * 2);
  }

  /** Copies entries of the next few old slots. */
  #move(count: number = MOVED_SLOTS): void {
    const end = Math.min(this.#moved + count, this.#oldSlots.length);
    for (; this.#moved < end; this.#moved++) {
      const id = this.#oldSlots[this.#moved] ?? 0;
      if (id > 0) this.#place(id);
    }
    if (this.#moved === this.#oldSlots.length) this.#oldSlots = NO_SLOTS;
  }

  #place(id: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hash.get(id) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id;
  }
}
