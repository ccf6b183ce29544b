/**
 * Prefix table: one row per NLRI key (RFC 7432 section 7 and RFC 9136 section 3 say which fields
 * are the key), found by its bytes, with the chain of its paths and the chosen one.
 *
 * A row outlives its last path until every peer that was told of it has been told of the
 * withdrawal; the NLRI for that withdrawal is the last path's, kept as `spare`. So a row always has
 * an NLRI, and its key is not kept beside.
 */
import { evpnKey, MAX_EVPN_KEY_LENGTH } from "../wire/evpn/nlri-key.ts";
import { ByteArena } from "./byte-arena.ts";
import { Int32Column, Uint8Column, Uint16Column } from "./column.ts";
import { HashIndex } from "./hash-index.ts";
import type { NlriBatch } from "./nlri-batch.ts";
import { nlriHash } from "./nlri-hash.ts";
import type { PathTable } from "./path-table.ts";

/** Rows of NLRI keys; row numbers start at 1. */
export class PrefixTable {
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
  readonly #paths: PathTable;
  readonly #index = new HashIndex();
  /** Holds the key that `writeKey` has written. */
  readonly key: Uint8Array = new Uint8Array(MAX_EVPN_KEY_LENGTH);
  readonly #wantedKey = new Uint8Array(MAX_EVPN_KEY_LENGTH);
  #highest = 0;
  /** Rows that were removed, to be used again, the last one first. */
  readonly #freeRows = new Int32Column();
  #freeCount = 0;

  constructor(paths: PathTable) {
    this.#paths = paths;
  }

  /** Rows in use. */
  get size(): number {
    return this.#index.size;
  }

  /** The highest row number ever handed out. */
  get highest(): number {
    return this.#highest;
  }

  /** Fetches what `find` and `add` will look at for the routes of a batch. */
  touch({ count, keyHash }: NlriBatch): void {
    for (let i = 0; i < count; i++) this.#index.touch(keyHash[i] ?? 0);
  }

  /** The row of a route of a batch, 0 when there is none. */
  find(batch: NlriBatch, i: number): number {
    const index = this.#index;
    for (let row = index.first(batch.keyHash[i] ?? 0); row !== 0; row = index.next()) {
      if (this.#isOf(row, batch, i)) return row;
    }
    return 0;
  }

  /** A row for a route of a batch that has none; the caller gives it a path at once. */
  add(batch: NlriBatch, i: number): number {
    const isNew = this.#freeCount === 0;
    const row = isNew ? ++this.#highest : this.#freeRows.get(--this.#freeCount);
    this.#index.add(batch.keyHash[i] ?? 0, row);
    return row;
  }

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

  /** Writes the key of a row to the start of `key` and returns its length; 0 when the row is free. */
  writeKey(row: number): number {
    const nlri = this.#nlri(row);
    if (nlri === 0) return 0;
    return evpnKey(this.nlris.bytes(nlri), this.nlris.offset(nlri), this.key, 0);
  }

  /** Forgets a row that has no path and that nothing refers to. */
  remove(prefix: number): void {
    const nlri = this.#nlri(prefix);
    if (nlri === 0 || !this.#index.remove(this.#hash(nlri), prefix)) {
      throw new RangeError(`No prefix has the number ${prefix}.`);
    }
    this.dropSpare(prefix);
    this.#freeRows.set(this.#freeCount++, prefix);
  }

  /** Whether the row number is in use. */
  isLive(prefix: number): boolean {
    return this.firstPath.get(prefix) !== 0 || this.#spare.get(prefix) !== 0;
  }

  /** Bytes held. */
  get memory(): number {
    return (
      this.#index.memory +
      this.#freeRows.memory +
      this.nlris.memory +
      this.firstPath.memory +
      this.bestPath.memory +
      this.firstImport.memory +
      this.queued.memory +
      this.#spare.memory +
      this.#spareLength.memory
    );
  }

  /** Whether a row is that of a route. Most routes come again as they came before, so their keys need not be made. */
  #isOf(row: number, { bytes, length, offset }: NlriBatch, i: number): boolean {
    const at = offset[i] ?? 0;
    const size = length[i] ?? 0;
    const isWhole = this.#nlriLength(row) === size;
    if (isWhole && this.nlris.equals(this.#nlri(row), bytes, at, size)) return true;
    const wanted = this.#wantedKey;
    const wantedLength = evpnKey(bytes, at, wanted, 0);
    if (this.writeKey(row) !== wantedLength) return false;
    for (let n = 0; n < wantedLength; n++) if (this.key[n] !== wanted[n]) return false;
    return true;
  }

  #hash(nlri: number): number {
    return nlriHash(this.nlris.bytes(nlri), this.nlris.offset(nlri));
  }

  #nlri(row: number): number {
    const path = this.firstPath.get(row);
    return path === 0 ? this.#spare.get(row) : this.#paths.nlri.get(path);
  }

  #nlriLength(row: number): number {
    const path = this.firstPath.get(row);
    return path === 0 ? this.#spareLength.get(row) : this.#paths.nlriLength.get(path);
  }
}
