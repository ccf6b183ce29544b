/**
 * Path table: one row per (prefix, peer), chained per prefix and per peer.
 *
 * The full NLRI is kept per path, since label, ESI and gateway address are not part of the key and
 * may differ from peer to peer.
 */
import { Int32Column, Uint8Column, Uint16Column } from "./column.ts";

/**
 * Path flag: the route may be imported into VRFs, as a prefix (RFC 9136 section 3.2, MAC overlay index) or as a host
 * route (RFC 9135 section 5.4).
 */
export const PATH_IMPORTABLE = 1;
/** Path flag: a policy has refused the route; `PathTable.refusal` says why. It is kept, and never chosen. */
export const PATH_REFUSED = 128;

/** Path flag, beside `PATH_IMPORTABLE`: by the MAC/IP route of its gateway address (RFC 9136 sections 4.1 and 4.2). */
export const PATH_BY_GATEWAY = 2;

/** Path flag, beside `PATH_IMPORTABLE`: by the routes of its Ethernet segment (RFC 9136 section 4.3). */
export const PATH_BY_SEGMENT = 4;

/** Rows of paths; row numbers start at 1. */
export class PathTable {
  readonly prefix: Int32Column = new Int32Column();
  readonly peer: Uint16Column = new Uint16Column();
  readonly attributes: Int32Column = new Int32Column();
  /**
   * The attributes as received, when a policy has changed them; 0: `attributes` are. As long as no policy does that,
   * neither this column nor `refusal` takes memory.
   */
  readonly received: Int32Column = new Int32Column();
  /** Number of the reason for which a policy has refused the route; 0: accepted (refusals.ts). */
  readonly refusal: Uint16Column = new Uint16Column();
  /** Reference into `PrefixTable.nlris`. */
  readonly nlri: Int32Column = new Int32Column();
  readonly nlriLength: Uint16Column = new Uint16Column();
  readonly flags: Uint8Column = new Uint8Column();
  /** `Source.generation` when the path was announced last. */
  readonly generation: Uint8Column = new Uint8Column();
  readonly nextOfPrefix: Int32Column = new Int32Column();
  readonly nextOfPeer: Int32Column = new Int32Column();
  readonly previousOfPeer: Int32Column = new Int32Column();
  #highest = 0;
  #size = 0;
  /** Head of the list of free rows, linked through `nextOfPrefix`. */
  #free = 0;

  /** A row for a new path; the caller fills every column. */
  add(): number {
    this.#size++;
    if (this.#free === 0) return ++this.#highest;
    const row = this.#free;
    this.#free = this.nextOfPrefix.get(row);
    return row;
  }

  remove(row: number): void {
    this.#size--;
    this.prefix.set(row, 0);
    this.nextOfPrefix.set(row, this.#free);
    this.#free = row;
  }

  /** Paths in the table. */
  get size(): number {
    return this.#size;
  }

  /** Bytes held. */
  get memory(): number {
    return (
      this.prefix.memory +
      this.peer.memory +
      this.attributes.memory +
      this.received.memory +
      this.refusal.memory +
      this.nlri.memory +
      this.nlriLength.memory +
      this.flags.memory +
      this.generation.memory +
      this.nextOfPrefix.memory +
      this.nextOfPeer.memory +
      this.previousOfPeer.memory
    );
  }
}
