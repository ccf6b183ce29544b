/**
 * A table of one stage: its rows by natural key, and the changes since they were last taken. Setting
 * an equal row is no change, and a row set and removed in between leaves none.
 */
import { isDeepStrictEqual } from "node:util";

/** A row that was set or removed; `before` is the row as it was last taken. */
export type RowChange<Row> =
  | { readonly kind: "set"; readonly key: string; readonly row: Row; readonly before?: Row }
  | { readonly kind: "removed"; readonly key: string; readonly before: Row };

/** Rows by key, and what has changed since it was last asked. */
export class IntentTable<Row> {
  readonly #rows = new Map<string, Row>();
  /** The row before the first change since the last `takeChanges`. */
  readonly #before = new Map<string, Row | undefined>();

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  entries(): IterableIterator<[string, Row]> {
    return this.#rows.entries();
  }

  values(): IterableIterator<Row> {
    return this.#rows.values();
  }

  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }

  /** `undefined` removes the row. */
  replace(key: string, row: Row | undefined): void {
    const current = this.#rows.get(key);
    if (isDeepStrictEqual(current, row)) return;
    if (!this.#before.has(key)) this.#before.set(key, current);
    if (row === undefined) this.#rows.delete(key);
    else this.#rows.set(key, row);
  }

  /** The changes since the last call, in the order of their first change. */
  takeChanges(): RowChange<Row>[] {
    const changes: RowChange<Row>[] = [];
    for (const [key, before] of this.#before) {
      const row = this.#rows.get(key);
      if (isDeepStrictEqual(before, row)) continue;
      if (row !== undefined) {
        changes.push({ kind: "set", key, row, ...(before === undefined ? {} : { before }) });
      } else if (before !== undefined) {
        changes.push({ kind: "removed", key, before });
      }
    }
    this.#before.clear();
    return changes;
  }
}
