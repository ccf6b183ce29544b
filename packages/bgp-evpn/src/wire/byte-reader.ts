/**
 * A cursor over octets, for the slow path: reads on past the end give zeros and are remembered, so that a decoder reads
 * all fields first and asks once whether they were all there and nothing else.
 */
import { readU8, readU16, readU24, readU32 } from "./octets.ts";

/** Reads big-endian integers and octets one after the other. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Octets not read yet; negative when more was read than there is. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether exactly what is there has been read. */
  get isExact(): boolean {
    return this.left === 0;
  }

  u8(): number {
    return readU8(this.#bytes, this.#advance(1));
  }

  u16(): number {
    return readU16(this.#bytes, this.#advance(2));
  }

  u24(): number {
    return readU24(this.#bytes, this.#advance(3));
  }

  u32(): number {
    return readU32(this.#bytes, this.#advance(4));
  }

  /** The next octets: a view of the input, or a copy with zeros at the end when there are too few. */
  octets(count: number): Uint8Array {
    const at = this.#advance(count);
    const view = this.#bytes.subarray(at, at + count);
    if (view.length === count) return view;
    const padded = new Uint8Array(count);
    padded.set(view);
    return padded;
  }

  /** All octets that are left. */
  rest(): Uint8Array {
    return this.octets(Math.max(this.left, 0));
  }

  #advance(octets: number): number {
    const at = this.#at;
    this.#at += octets;
    return at;
  }
}
