/**
 * Intern table: byte strings become small integers, equal strings the same integer.
 *
 * Identifiers start at 1 and are reused, last freed first. How they are found: hash-index.ts.
 */
import { ByteArena } from "./byte-arena.ts";
import { Int32Column, Uint16Column } from "./column.ts";
import { HashIndex } from "./hash-index.ts";

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
  readonly #index = new HashIndex();
  readonly #reference = new Int32Column();
  readonly #length = new Uint16Column();
  #highest = 0;
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
    this.#index.add(hash, id);
    return id;
  }

  /** Forgets an identifier of this table; it may be handed out again. */
  remove(id: number): void {
    const length = this.#length.get(id);
    const hash = hashBytes(this.bytes(id), this.offset(id), length);
    if (length === 0 || !this.#index.remove(hash, id)) {
      throw new RangeError(`No interned bytes have the number ${id}.`);
    }
    this.#arena.release(this.#reference.get(id), length);
    this.#reference.set(id, this.#free);
    this.#length.set(id, 0);
    this.#free = id;
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
    return this.#index.size;
  }

  /** The highest identifier ever handed out. */
  get highest(): number {
    return this.#highest;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#arena.memory + this.#index.memory + this.#reference.memory + this.#length.memory;
  }

  #newId(): number {
    if (this.#free === 0) return ++this.#highest;
    const id = this.#free;
    this.#free = this.#reference.get(id);
    return id;
  }

  #find(bytes: Uint8Array, offset: number, length: number, hash: number): number {
    for (let id = this.#index.first(hash); id !== 0; id = this.#index.next()) {
      const isSame =
        this.#length.get(id) === length &&
        this.#arena.equals(this.#reference.get(id), bytes, offset, length);
      if (isSame) return id;
    }
    return 0;
  }
}
