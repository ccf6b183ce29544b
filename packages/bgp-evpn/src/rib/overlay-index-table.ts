/**
 * Which prefixes wait for a gateway address or a segment: routes of type 5 whose overlay index another route has to
 * resolve (RFC 9136 sections 4.1 to 4.3), found by that index.
 *
 *   key = gateway address (4 or 16), or ESI (10)
 *
 * Of whatever VRF: when a route for the index comes, changes or goes, all prefixes with it are looked at again.
 */
import { Int32Column } from "./column.ts";
import { ImportTable } from "./import-table.ts";

/** Prefixes by overlay index. */
export class OverlayIndexTable extends ImportTable {
  /** The entry of each NLRI, by prefix. */
  readonly #entry = new Int32Column();

  /** Makes a prefix wait for the index at `at`, and for no other. */
  wait(prefix: number, bytes: Uint8Array, at: number, length: number): void {
    this.stopWaiting(prefix);
    const row = this.keys.intern(bytes, at, length);
    this.#entry.set(prefix, this.link(row, prefix, 0));
  }

  stopWaiting(prefix: number): void {
    const entry = this.#entry.get(prefix);
    if (entry === 0) return;
    const row = this.entryRow.get(entry);
    this.#entry.set(prefix, 0);
    this.unlink(entry);
    if (this.firstEntry.get(row) === 0) this.keys.remove(row);
  }

  /** Head of the prefixes that wait for the index at `at`, chained by `nextOfRow`; 0 when there is none. */
  firstWaiting(bytes: Uint8Array, at: number, length: number): number {
    const row = this.size === 0 ? 0 : this.keys.find(bytes, at, length);
    return row === 0 ? 0 : this.firstEntry.get(row);
  }

  /** Bytes held. */
  override get memory(): number {
    return super.memory + this.#entry.memory;
  }
}
