/**
 * The work on paths that sessions have left behind, done in slices: drop those of a peer that is gone, drop stale ones,
 * make stale ones long-lived stale.
 *
 * RFC 4724 section 4.2, RFC 7313 section 4, RFC 9494 section 4.2.
 */
import type { LocRib } from "./loc-rib.ts";
import type { Source } from "./peer-table.ts";

/** Sources whose paths have to be gone through, and how far that is. */
export class LeftoverPaths {
  readonly #table: LocRib;
  readonly #onAged: (source: Source) => void;
  /** Sources that are gone and still have paths. */
  readonly #departing: Source[] = [];
  /** Sources whose stale paths are being dropped. */
  readonly #sweeping = new Set<Source>();
  /** Sources whose stale paths are becoming long-lived stale. */
  readonly #ageing = new Set<Source>();

  /** `onAged` is told when the stale paths of a source have become long-lived stale: a policy may go by that. */
  constructor(table: LocRib, onAged: (source: Source) => void) {
    this.#table = table;
    this.#onAged = onAged;
  }

  /** Has all paths of a source dropped, and the source forgotten. */
  drop(source: Source): void {
    this.#departing.push(source);
  }

  /** Has the stale paths of a source dropped, or only its own of them. */
  sweep(source: Source, which: "stale" | "own"): void {
    this.#table.startSweep(source, which);
    this.#sweeping.add(source);
  }

  /** Has the stale paths of a source made long-lived stale. */
  age(source: Source): void {
    this.#table.startAgeing(source);
    this.#ageing.add(source);
  }

  get hasWork(): boolean {
    return this.#departing.length > 0 || this.#sweeping.size > 0 || this.#ageing.size > 0;
  }

  /** Goes through about `rows` paths of each kind and source. */
  work(rows: number): void {
    this.#dropDeparted(rows);
    for (const source of this.#sweeping) {
      this.#table.sweepStale(source, rows);
      if (source.sweep === 0) this.#sweeping.delete(source);
    }
    for (const source of this.#ageing) {
      this.#table.ageStale(source, rows);
      if (source.ageing !== 0) continue;
      this.#ageing.delete(source);
      this.#onAged(source);
    }
  }

  /** Drops paths of the source that left first; others wait for their turn. */
  #dropDeparted(rows: number): void {
    const source = this.#departing[0];
    if (source === undefined) return;
    this.#table.dropPaths(source, rows);
    if (source.firstPath !== 0) return;
    this.#departing.shift();
    this.#table.peers.remove(source);
  }
}
