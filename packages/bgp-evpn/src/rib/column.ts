/**
 * Columns: typed arrays that grow. A table of the RIB is a set of columns that share row numbers,
 * so that a row costs its bytes and no object.
 *
 * Cells start as 0 and reading past the end gives 0, which every table uses as "none": rows are
 * numbered from 1. How a column grows: growable-memory.ts. A column that
 * holds nothing but 0 takes no memory, so what few tables use (refusals, imports) costs the others nothing.
 * One class per element type on purpose: a shared one would make every access polymorphic.
 */

import { growMemory } from "./growable-memory.ts";

const INITIAL_ROWS = 256;

/** The memory for cells of `width` octets up to that of `row`. */
function withRoomFor(row: number, { buffer }: ArrayBufferView, width: number): ArrayBufferLike {
  return growMemory(buffer, Math.max(row + 1, INITIAL_ROWS) * width);
}

/** A column of signed 32-bit integers: row numbers, arena references, hashes. */
export class Int32Column {
  #cells: Int32Array = new Int32Array(0);

  get(row: number): number {
    return this.#cells[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) {
      if (value === 0) return;
      this.#grow(row);
    }
    this.#cells[row] = value;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#cells.byteLength;
  }

  #grow(row: number): void {
    const width = Int32Array.BYTES_PER_ELEMENT;
    const memory = withRoomFor(row, this.#cells, width);
    // With a length: a view that follows a growing buffer by itself is slower.
    this.#cells = new Int32Array(memory, 0, memory.byteLength / width);
  }
}

/** A column of unsigned 32-bit integers: metrics, identifiers, AS numbers. */
export class Uint32Column {
  #cells: Uint32Array = new Uint32Array(0);

  get(row: number): number {
    return this.#cells[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) {
      if (value === 0) return;
      this.#grow(row);
    }
    this.#cells[row] = value;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#cells.byteLength;
  }

  #grow(row: number): void {
    const width = Uint32Array.BYTES_PER_ELEMENT;
    const memory = withRoomFor(row, this.#cells, width);
    // With a length: a view that follows a growing buffer by itself is slower.
    this.#cells = new Uint32Array(memory, 0, memory.byteLength / width);
  }
}

/** A column of numbers that count for ever. */
export class Float64Column {
  #cells: Float64Array = new Float64Array(0);

  get(row: number): number {
    return this.#cells[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) {
      if (value === 0) return;
      this.#grow(row);
    }
    this.#cells[row] = value;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#cells.byteLength;
  }

  #grow(row: number): void {
    const width = Float64Array.BYTES_PER_ELEMENT;
    const memory = withRoomFor(row, this.#cells, width);
    // With a length: a view that follows a growing buffer by itself is slower.
    this.#cells = new Float64Array(memory, 0, memory.byteLength / width);
  }
}

/** A column of unsigned 16-bit integers: lengths, peers. */
export class Uint16Column {
  #cells: Uint16Array = new Uint16Array(0);

  get(row: number): number {
    return this.#cells[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) {
      if (value === 0) return;
      this.#grow(row);
    }
    this.#cells[row] = value;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#cells.byteLength;
  }

  #grow(row: number): void {
    const width = Uint16Array.BYTES_PER_ELEMENT;
    const memory = withRoomFor(row, this.#cells, width);
    // With a length: a view that follows a growing buffer by itself is slower.
    this.#cells = new Uint16Array(memory, 0, memory.byteLength / width);
  }
}

/** A column of bytes: flags and small codes. */
export class Uint8Column {
  #cells: Uint8Array = new Uint8Array(0);

  get(row: number): number {
    return this.#cells[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) {
      if (value === 0) return;
      this.#grow(row);
    }
    this.#cells[row] = value;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#cells.byteLength;
  }

  #grow(row: number): void {
    const width = Uint8Array.BYTES_PER_ELEMENT;
    const memory = withRoomFor(row, this.#cells, width);
    // With a length: a view that follows a growing buffer by itself is slower.
    this.#cells = new Uint8Array(memory, 0, memory.byteLength / width);
  }
}
