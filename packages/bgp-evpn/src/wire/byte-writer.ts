/** A byte array that grows while it is written. For messages of the slow path; the RIB's have `UpdateWriter`. */
import { writeU16, writeU24, writeU32 } from "./octets.ts";

const INITIAL_LENGTH = 256;

/** Appends big-endian integers and octets. */
export class ByteWriter {
  #bytes = new Uint8Array(INITIAL_LENGTH);
  #length = 0;

  /** Octets written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#extend(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#extend(2);
    writeU16(this.#bytes, at, value);
    return this;
  }

  u24(value: number): this {
    const at = this.#extend(3);
    writeU24(this.#bytes, at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#extend(4);
    writeU32(this.#bytes, at, value);
    return this;
  }

  octets(octets: Uint8Array): this {
    const at = this.#extend(octets.length);
    this.#bytes.set(octets, at);
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #extend(octets: number): number {
    const at = this.#length;
    this.#length += octets;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}
