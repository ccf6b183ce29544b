/**
 * Columns: typed arrays that grow. A table of the RIB is a set of columns that share row numbers,
 * so that a row costs its bytes and no object.
 *
 * Cells start as 0 and reading past the end gives 0, which every table uses as "none": rows are
 * numbered from 1. Growth doubles, so a cell is copied about once over the life of a column. A column that
 * holds nothing but 0 takes no memory, so what few tables use (refusals, imports) costs the others nothing.
 * One class per element type on purpose: a shared one would make every access polymorphic.
 */

const INITIAL_ROWS = 256;

function grownLength(current: number, row: number): number {
  let length = Math.max(current, INITIAL_ROWS);
  while (length <= row) length *= 2;
  return length;
}

/** A column of signed 32-bit integers: row numbers, arena references, hashes. */
export class Int32Column {
  #cells = new Int32Array(0);

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
    const cells = new Int32Array(grownLength(this.#cells.length, row));
    cells.set(this.#cells);
    this.#cells = cells;
  }
}

/** A column of unsigned 32-bit integers: metrics, identifiers, AS numbers. */
export class Uint32Column {
  #cells = new Uint32Array(0);

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
    const cells = new Uint32Array(grownLength(this.#cells.length, row));
    cells.set(this.#cells);
    this.#cells = cells;
  }
}

/** A column of numbers that count for ever. */
export class Float64Column {
  #cells = new Float64Array(0);

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
    const cells = new Float64Array(grownLength(this.#cells.length, row));
    cells.set(this.#cells);
    this.#cells = cells;
  }
}

/** A column of unsigned 16-bit integers: lengths, peers. */
export class Uint16Column {
  #cells = new Uint16Array(0);

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
    const cells = new Uint16Array(grownLength(this.#cells.length, row));
    cells.set(this.#cells);
    this.#cells = cells;
  }
}

/** A column of bytes: flags and small codes. */
export class Uint8Column {
  #cells = new Uint8Array(0);

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
    const cells = new Uint8Array(grownLength(this.#cells.length, row));
    cells.set(this.#cells);
    this.#cells = cells;
  }
}
