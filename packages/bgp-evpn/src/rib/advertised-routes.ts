/** Whose route an update group advertises of each prefix, and how many of whom. */
import { Int32Column, Uint16Column } from "./column.ts";

/** Source numbers a prefix; grows with the highest one. */
export class AdvertisedRoutes {
  readonly #source = new Uint16Column();
  readonly #ofSource = new Int32Column();
  #total = 0;

  /** The source of the advertised route; 0 when none is advertised. */
  sourceOf(prefix: number): number {
    return this.#source.get(prefix);
  }

  /** Notes that the route of `source` is advertised from now on; 0: none is. */
  note(prefix: number, source: number): void {
    const before = this.#source.get(prefix);
    if (before === source) return;
    this.#source.set(prefix, source);
    if (before === 0) this.#total++;
    else this.#ofSource.set(before, this.#ofSource.get(before) - 1);
    if (source === 0) this.#total--;
    else this.#ofSource.set(source, this.#ofSource.get(source) + 1);
  }

  /** Routes that are not those of a peer itself: what it is told as a member. */
  countOfOthers(peer: number): number {
    return this.#total - this.#ofSource.get(peer);
  }

  /** Bytes held. */
  get memory(): number {
    return this.#source.memory + this.#ofSource.memory;
  }
}
