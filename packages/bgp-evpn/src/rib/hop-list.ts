/**
 * The next hops of one MAC while they are being collected: ordered by address, each once, without an object for any.
 *
 *   slot = address length (1) | VTEP address (16) | VNI (3)
 */
import { writeU24 } from "../wire/octets.ts";
import type { AttributeTable } from "./attribute-table.ts";
import { copyBytes } from "./byte-spans.ts";
import type { InternedStates } from "./interned-states.ts";

const SLOT = 20;
const VNI_AT = 17;
/** More routers on one segment than there will be; those beyond are left out. */
const MAX_HOPS = 128;

/** A list that is filled, written, and cleared. */
export class HopList {
  readonly #slots = new Uint8Array(SLOT * (MAX_HOPS + 1));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
  }

  /** Adds the next hop of an attribute set with a VNI, unless its address is there. */
  add(table: AttributeTable, attributes: number, vni: number): void {
    if (this.#size === MAX_HOPS) return;
    const candidate = this.#size * SLOT;
    const length = table.nextHopLength(attributes);
    this.#slots[candidate] = length;
    const bytes = table.sets.bytes(attributes);
    copyBytes(bytes, table.nextHopOffset(attributes), length, this.#slots, candidate + 1);
    writeU24(this.#slots, candidate + VNI_AT, vni);
    this.#insert(candidate, 1 + length);
  }

  /** Appends all to the state that is being written. */
  writeTo(states: InternedStates): void {
    for (let slot = 0; slot < this.#size * SLOT; slot += SLOT) {
      states.octets(this.#slots, slot, 1 + (this.#slots[slot] ?? 0));
      states.octets(this.#slots, slot + VNI_AT, 3);
    }
  }

  /** Moves the slot behind the last one to its place, or leaves it out. */
  #insert(candidate: number, length: number): void {
    let place = 0;
    for (; place < candidate; place += SLOT) {
      const order = this.#compare(candidate, place, length);
      if (order === 0) return;
      if (order < 0) break;
    }
    this.#size++;
    if (place === candidate) return;
    const slots = this.#slots;
    const spare = SLOT * MAX_HOPS;
    slots.copyWithin(spare, candidate, candidate + SLOT);
    slots.copyWithin(place + SLOT, place, candidate);
    slots.copyWithin(place, spare, spare + SLOT);
  }

  #compare(a: number, b: number, length: number): number {
    for (let i = 0; i < length; i++) {
      const difference = (this.#slots[a + i] ?? 0) - (this.#slots[b + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
