/**
 * Queue of prefixes whose best path changed, first in first out, each at most once.
 *
 * Because a prefix waits at most once, the queue is never longer than the table, however fast
 * routes flap; what is sent in the end is the state at the time of sending.
 */
import type { Uint8Column } from "./column.ts";

const INITIAL_LENGTH = 1024;

/** Ring of row numbers; membership is a column of the table itself. */
export class ChangeQueue {
  readonly #queued: Uint8Column;
  /** The length is a power of two. */
  #ring = new Int32Array(INITIAL_LENGTH);
  #first = 0;
  #size = 0;

  /** `queued` marks the rows that wait; nobody else writes it. */
  constructor(queued: Uint8Column) {
    this.#queued = queued;
  }

  push(row: number): void {
    if (this.#queued.get(row) !== 0) return;
    this.#queued.set(row, 1);
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#size) & (this.#ring.length - 1)] = row;
    this.#size++;
  }

  /** Moves up to `limit` rows to the start of `target` and returns how many. */
  take(target: Int32Array, limit: number): number {
    const count = Math.min(limit, this.#size, target.length);
    const mask = this.#ring.length - 1;
    for (let i = 0; i < count; i++) {
      const row = this.#ring[(this.#first + i) & mask] ?? 0;
      this.#queued.set(row, 0);
      target[i] = row;
    }
    this.#first = (this.#first + count) & mask;
    this.#size -= count;
    return count;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes held. */
  get memory(): number {
    return this.#ring.byteLength;
  }

  #grow(): void {
    const ring = new Int32Array(this.#ring.length * 2);
    for (let i = 0; i < this.#size; i++) {
      ring[i] = this.#ring[(this.#first + i) & (this.#ring.length - 1)] ?? 0;
    }
    this.#ring = ring;
    this.#first = 0;
  }
}
