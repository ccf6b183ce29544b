/** Waits between attempts: doubling, up to a limit, from the start again after a success. */
export class Backoff {
  readonly #first: number;
  readonly #limit: number;
  #next: number;

  /** Milliseconds. */
  constructor(first: number, limit: number) {
    this.#first = first;
    this.#limit = limit;
    this.#next = first;
  }

  /** How long to wait before the next attempt, in milliseconds. */
  next(): number {
    const wait = this.#next;
    this.#next = Math.min(wait * 2, this.#limit);
    return wait;
  }

  reset(): void {
    this.#next = this.#first;
  }
}
