/**
 * Sets of next hops of VRF routes, interned: many routes share few sets, so a route stores one
 * number, a change is a comparison of numbers, and the values for listeners are made once a set.
 *
 *   one next hop = address length (1) | VTEP address (4 or 16) | Router's MAC (6) | VNI (3)
 *
 * A set is its next hops in the order of their bytes, each once.
 */
import { ipFromBytes, macFromBytes, vniFromBytes } from "@selvedge/net";
import { writeU24 } from "../wire/octets.ts";
import type { AttributeTable } from "./attribute-table.ts";
import { copyBytes } from "./byte-spans.ts";
import { Int32Column } from "./column.ts";
import { InternTable } from "./intern-table.ts";
import type { VrfNextHop } from "./vrf.ts";

const MAC_LENGTH = 6;
const VNI_LENGTH = 3;
const MAX_NEXT_HOP = 1 + 16 + MAC_LENGTH + VNI_LENGTH;
/** More equal-cost next hops than any forwarding plane takes; those beyond are left out. */
const MAX_NEXT_HOPS = 512;

/** Interned sets of next hops; number 0 is the empty set. */
export class NextHopSets {
  readonly #sets = new InternTable();
  readonly #references = new Int32Column();
  readonly #values: (readonly VrfNextHop[] | undefined)[] = [];
  readonly #scratch = new Uint8Array(MAX_NEXT_HOP * MAX_NEXT_HOPS);
  #building: Uint8Array[] = [];

  /** Adds the next hop of a route with these attributes and VNI to the set that is being built. */
  add(table: AttributeTable, attributes: number, vni: number): void {
    const mac = table.routerMacOffset(attributes);
    this.addWithMac(table, attributes, vni, table.sets.bytes(attributes), mac);
  }

  /** As `add`, with the six octets at `macAt` for the Router's MAC. */
  addWithMac(
    table: AttributeTable,
    attributes: number,
    vni: number,
    macBytes: Uint8Array,
    macAt: number,
  ): void {
    const bytes = table.sets.bytes(attributes);
    const length = table.nextHopLength(attributes);
    const hop = new Uint8Array(1 + length + MAC_LENGTH + VNI_LENGTH);
    hop[0] = length;
    let at = copyBytes(bytes, table.nextHopOffset(attributes), length, hop, 1);
    at = copyBytes(macBytes, macAt, MAC_LENGTH, hop, at);
    writeU24(hop, at, vni);
    this.#building.push(hop);
  }

  /** The number of the set that was built, of which the first `limit` remain, retained once; starts over. */
  finish(limit: number = MAX_NEXT_HOPS): number {
    const hops = this.#building.sort(compareBytes);
    this.#building = [];
    const distinct = hops.filter((hop, i) => {
      const previous = hops[i - 1];
      return previous === undefined || compareBytes(previous, hop) !== 0;
    });
    let end = 0;
    for (const hop of distinct.slice(0, Math.min(limit, MAX_NEXT_HOPS))) {
      end = copyBytes(hop, 0, hop.length, this.#scratch, end);
    }
    if (end === 0) return 0;
    const set = this.#sets.intern(this.#scratch, 0, end);
    this.#references.set(set, this.#references.get(set) + 1);
    return set;
  }

  release(set: number): void {
    if (set === 0) return;
    const references = this.#references.get(set) - 1;
    this.#references.set(set, references);
    if (references > 0) return;
    this.#sets.remove(set);
    this.#values[set] = undefined;
  }

  /** The next hops of a set as values; the same array every time. */
  values(set: number): readonly VrfNextHop[] {
    if (set === 0) return [];
    const known = this.#values[set];
    if (known !== undefined) return known;
    const values = decode(this.#sets.view(set));
    this.#values[set] = values;
    return values;
  }

  get size(): number {
    return this.#sets.size;
  }

  /** Bytes held, without the values made for listeners. */
  get memory(): number {
    return this.#sets.memory + this.#references.memory;
  }
}

function decode(bytes: Uint8Array): readonly VrfNextHop[] {
  const hops: VrfNextHop[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    const mac = at + 1 + length;
    hops.push({
      vtep: ipFromBytes(bytes, at + 1, length === 4 ? 4 : 6),
      routerMac: macFromBytes(bytes, mac),
      vni: vniFromBytes(bytes, mac + MAC_LENGTH),
    });
    at = mac + MAC_LENGTH + VNI_LENGTH;
  }
  return hops;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
