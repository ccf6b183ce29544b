/**
 * Table of what MAC-VRFs import, each row with the NLRIs that it follows from and the state that was reported last.
 *
 *   key = MAC-VRF (4) | kind (1) | MAC (6), IP address or VTEP (4 or 16), ESI (10)
 *
 *   mac          routes of type 2 for the MAC, with and without IP address
 *   neighbour    routes of type 2 for the IP address
 *   vtep         routes of type 3 whose tunnel ends there
 *   segment      routes of type 1 for the ESI, per segment and per EVPN instance
 *   segment-macs routes of type 2 with the ESI: what depends on the row `segment`; not reported
 */
import { readU32, writeU32 } from "../wire/octets.ts";
import { copyBytes } from "./byte-spans.ts";
import { Int32Column } from "./column.ts";
import { ImportTable } from "./import-table.ts";

/** Kinds of rows. */
export const ROW = { MAC: 1, NEIGHBOUR: 2, VTEP: 3, SEGMENT: 4, SEGMENT_MACS: 5 } as const;

const KIND_AT = 4;
const ID_AT = 5;
const MAX_KEY = ID_AT + 16;

/** Rows of all MAC-VRFs. */
export class MacVrfTable extends ImportTable {
  readonly #key = new Uint8Array(MAX_KEY);
  /** State that was reported last; 0 for none (see interned-states.ts). */
  readonly state: Int32Column = new Int32Column();

  /** The row of a MAC-VRF for the identifier at `at`; made when there is none. */
  intern(macVrf: number, kind: number, bytes: Uint8Array, at: number, length: number): number {
    return this.keys.intern(this.#key, 0, this.#write(macVrf, kind, bytes, at, length));
  }

  /** As `intern`, but 0 when there is none. */
  find(macVrf: number, kind: number, bytes: Uint8Array, at: number, length: number): number {
    return this.keys.find(this.#key, 0, this.#write(macVrf, kind, bytes, at, length));
  }

  /** Forgets a row without entries. */
  remove(row: number): void {
    this.state.set(row, 0);
    this.keys.remove(row);
  }

  macVrfOf(row: number): number {
    return readU32(this.keys.bytes(row), this.keys.offset(row));
  }

  kindOf(row: number): number {
    return this.keys.bytes(row)[this.keys.offset(row) + KIND_AT] ?? 0;
  }

  /** The array that holds the identifier of a row, from `idOffset` on. */
  idBytes(row: number): Uint8Array {
    return this.keys.bytes(row);
  }

  idOffset(row: number): number {
    return this.keys.offset(row) + ID_AT;
  }

  idLength(row: number): number {
    return this.keys.length(row) - ID_AT;
  }

  /** Bytes held. */
  override get memory(): number {
    return super.memory + this.state.memory;
  }

  #write(macVrf: number, kind: number, bytes: Uint8Array, at: number, length: number): number {
    writeU32(this.#key, 0, macVrf);
    this.#key[KIND_AT] = kind;
    return copyBytes(bytes, at, length, this.#key, ID_AT);
  }
}
