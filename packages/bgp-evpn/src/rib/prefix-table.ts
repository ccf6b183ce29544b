/**
 * Prefix table: one row per NLRI key (RFC 7432 section 7 and RFC 9136 section 3 say which fields
 * are the key), found by its bytes, with the chain of its paths and the chosen one.
 *
 * A row outlives its last path until every peer that was told of it has been told of the
 * withdrawal; the NLRI for that withdrawal is the last path's, kept as `spare`.
 */
import { ByteArena } from "./byte-arena.ts";
import { Int32Column, Uint8Column, Uint16Column } from "./column.ts";
import { InternTable } from "./intern-table.ts";

/** Rows of NLRI keys; row numbers start at 1. */
export class PrefixTable {
  readonly keys: InternTable = new InternTable();
  /** Head of the chain of paths, linked by `PathTable.nextOfPrefix`. */
  readonly firstPath: Int32Column = new Int32Column();
  /** The path the decision process chose; 0 when there is none. */
  readonly bestPath: Int32Column = new Int32Column();
  /** Head of the chain of VRF routes this NLRI contributes to. */
  readonly firstImport: Int32Column = new Int32Column();
  /** 1 while the row waits in the queue of changes. */
  readonly queued: Uint8Column = new Uint8Column();
  /** Full NLRIs, of paths and spares. */
  readonly nlris: ByteArena = new ByteArena();
  readonly #spare = new Int32Column();
  readonly #spareLength = new Uint16Column();

  /** Keeps an NLRI (a reference into `nlris`) of a prefix that has lost its last path. */
  keepSpare(prefix: number, nlri: number, length: number): void {
    this.dropSpare(prefix);
    this.#spare.set(prefix, nlri);
    this.#spareLength.set(prefix, length);
  }

  dropSpare(prefix: number): void {
    const spare = this.#spare.get(prefix);
    if (spare === 0) return;
    this.nlris.release(spare, this.#spareLength.get(prefix));
    this.#spare.set(prefix, 0);
  }

  spareNlri(prefix: number): number {
    return this.#spare.get(prefix);
  }

  spareNlriLength(prefix: number): number {
    return this.#spareLength.get(prefix);
  }

  /** Forgets a row that has no path and that nothing refers to. */
  remove(prefix: number): void {
    this.dropSpare(prefix);
    this.keys.remove(prefix);
  }

  /** Whether the row number is in use. */
  isLive(prefix: number): boolean {
    return this.keys.length(prefix) !== 0;
  }

  /** Bytes held. */
  get memory(): number {
    return (
      this.keys.memory +
      this.nlris.memory +
      this.firstPath.memory +
      this.bestPath.memory +
      this.firstImport.memory +
      this.queued.memory +
      this.#spare.memory +
      this.#spareLength.memory
    );
  }
}
