/**
 * Table of imported things: rows found by their keys, each with the NLRIs that contribute to it.
 *
 * An entry ties one NLRI to one row. Entries are chained both ways: those of a row, and those of an NLRI, whose head
 * the caller keeps. Rows and entries are numbered from 1.
 */
import { ChangeQueue } from "./change-queue.ts";
import { Int32Column, Uint8Column } from "./column.ts";
import { InternTable } from "./intern-table.ts";

/** Rows and their entries; what a key is made of is up to the subclass. */
export class ImportTable {
  protected readonly keys: InternTable = new InternTable();
  readonly #queued = new Uint8Column();
  /** Head of a row's entries. */
  readonly firstEntry: Int32Column = new Int32Column();
  readonly entryRow: Int32Column = new Int32Column();
  /** The NLRI of an entry, a row of the prefix table. */
  readonly entryPrefix: Int32Column = new Int32Column();
  /** The next entry of the same NLRI. */
  readonly nextOfPrefix: Int32Column = new Int32Column();
  readonly nextOfRow: Int32Column = new Int32Column();
  readonly #previousOfRow = new Int32Column();
  /** Rows to look at again. */
  readonly changes: ChangeQueue = new ChangeQueue(this.#queued);
  #highestEntry = 0;
  /** Head of the list of free entries, linked through `nextOfPrefix`. */
  #freeEntry = 0;

  /** Adds an entry to a row; `next` is the present head of the NLRI's chain. Returns the new head. */
  link(row: number, prefix: number, next: number): number {
    const entry = this.#newEntry();
    this.entryRow.set(entry, row);
    this.entryPrefix.set(entry, prefix);
    this.nextOfPrefix.set(entry, next);
    const head = this.firstEntry.get(row);
    this.nextOfRow.set(entry, head);
    this.#previousOfRow.set(entry, 0);
    if (head !== 0) this.#previousOfRow.set(head, entry);
    this.firstEntry.set(row, entry);
    return entry;
  }

  /** Takes an entry out of its row; the caller has taken it out of its NLRI's chain. */
  unlink(entry: number): void {
    const next = this.nextOfRow.get(entry);
    const previous = this.#previousOfRow.get(entry);
    if (next !== 0) this.#previousOfRow.set(next, previous);
    if (previous === 0) this.firstEntry.set(this.entryRow.get(entry), next);
    else this.nextOfRow.set(previous, next);
    this.nextOfPrefix.set(entry, this.#freeEntry);
    this.#freeEntry = entry;
  }

  /** Whether a NLRI of the row waits in a queue, so that the row comes back here when it has been looked at. */
  hasQueuedEntry(row: number, queuedPrefixes: Uint8Column): boolean {
    for (let entry = this.firstEntry.get(row); entry !== 0; entry = this.nextOfRow.get(entry)) {
      if (queuedPrefixes.get(this.entryPrefix.get(entry)) !== 0) return true;
    }
    return false;
  }

  /** Rows in use. */
  get size(): number {
    return this.keys.size;
  }

  /** Bytes held. */
  get memory(): number {
    return (
      this.keys.memory +
      this.#queued.memory +
      this.firstEntry.memory +
      this.entryRow.memory +
      this.entryPrefix.memory +
      this.nextOfPrefix.memory +
      this.nextOfRow.memory +
      this.#previousOfRow.memory +
      this.changes.memory
    );
  }

  #newEntry(): number {
    if (this.#freeEntry === 0) return ++this.#highestEntry;
    const entry = this.#freeEntry;
    this.#freeEntry = this.nextOfPrefix.get(entry);
    return entry;
  }
}
