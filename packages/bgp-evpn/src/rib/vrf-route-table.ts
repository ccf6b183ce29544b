/**
 * Table of VRF routes: per VRF and IP prefix, the NLRIs that lead there (one per route
 * distinguisher and Ethernet tag) and the next hops that were reported last.
 *
 *   key = VRF (4) | prefix length (1) | prefix (4 or 16)
 *
 * An entry ties one NLRI to one VRF route; entries are chained both ways.
 */
import { type IpPrefix, prefixFromBytes } from "@selvedge/net";
import { readU32, writeU32 } from "../wire/octets.ts";
import { ChangeQueue } from "./change-queue.ts";
import { Int32Column, Uint8Column } from "./column.ts";
import { InternTable } from "./intern-table.ts";

const PREFIX_OFFSET = 5;
const MAX_KEY = PREFIX_OFFSET + 16;
const IPV4_KEY = PREFIX_OFFSET + 4;

/** VRF routes and their entries; rows of both start at 1. */
export class VrfRouteTable {
  readonly #keys = new InternTable();
  readonly #key = new Uint8Array(MAX_KEY);
  readonly #queued = new Uint8Column();
  /** Set of next hops that was reported last; 0 for none (see next-hop-sets.ts). */
  readonly nextHops: Int32Column = new Int32Column();
  /** Head of a route's entries. */
  readonly firstEntry: Int32Column = new Int32Column();
  readonly entryRoute: Int32Column = new Int32Column();
  /** The NLRI of an entry, a row of the prefix table. */
  readonly entryPrefix: Int32Column = new Int32Column();
  /** The next entry of the same NLRI. */
  readonly nextOfPrefix: Int32Column = new Int32Column();
  readonly nextOfRoute: Int32Column = new Int32Column();
  readonly #previousOfRoute = new Int32Column();
  /** Routes to look at again. */
  readonly changes: ChangeQueue = new ChangeQueue(this.#queued);
  #highestEntry = 0;
  /** Head of the list of free entries, linked through `nextOfPrefix`. */
  #freeEntry = 0;

  /** The route of a VRF to the prefix whose length octet is at `at`; made when there is none. */
  intern(vrf: number, bytes: Uint8Array, at: number, addressLength: 4 | 16): number {
    writeU32(this.#key, 0, vrf);
    let bits = bytes[at] ?? 0;
    this.#key[PREFIX_OFFSET - 1] = bits;
    // Bits beyond the prefix length carry nothing, whatever was sent.
    for (let i = 0; i < addressLength; i++, bits -= 8) {
      const mask = bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff00 >> bits;
      this.#key[PREFIX_OFFSET + i] = (bytes[at + 1 + i] ?? 0) & mask;
    }
    return this.#keys.intern(this.#key, 0, PREFIX_OFFSET + addressLength);
  }

  /** Forgets a route without entries. */
  remove(route: number): void {
    this.nextHops.set(route, 0);
    this.#keys.remove(route);
  }

  vrfOf(route: number): number {
    return readU32(this.#keys.bytes(route), this.#keys.offset(route));
  }

  prefixOf(route: number): IpPrefix {
    const offset = this.#keys.offset(route);
    const bytes = this.#keys.bytes(route);
    const family = this.#keys.length(route) === IPV4_KEY ? 4 : 6;
    return prefixFromBytes(bytes, offset + PREFIX_OFFSET, family, bytes[offset + 4] ?? 0);
  }

  /** Adds an entry to a route; `next` is the present head of the NLRI's chain. Returns the new head. */
  link(route: number, prefix: number, next: number): number {
    const entry = this.#newEntry();
    this.entryRoute.set(entry, route);
    this.entryPrefix.set(entry, prefix);
    this.nextOfPrefix.set(entry, next);
    const head = this.firstEntry.get(route);
    this.nextOfRoute.set(entry, head);
    this.#previousOfRoute.set(entry, 0);
    if (head !== 0) this.#previousOfRoute.set(head, entry);
    this.firstEntry.set(route, entry);
    return entry;
  }

  /** Takes an entry out of its route; the caller has taken it out of its NLRI's chain. */
  unlink(entry: number): void {
    const next = this.nextOfRoute.get(entry);
    const previous = this.#previousOfRoute.get(entry);
    if (next !== 0) this.#previousOfRoute.set(next, previous);
    if (previous === 0) this.firstEntry.set(this.entryRoute.get(entry), next);
    else this.nextOfRoute.set(previous, next);
    this.nextOfPrefix.set(entry, this.#freeEntry);
    this.#freeEntry = entry;
  }

  /** Calls `visit` for each route of a VRF. */
  *routesOf(vrf: number): IterableIterator<number> {
    for (let route = 1; route <= this.#keys.highest; route++) {
      if (this.#keys.length(route) !== 0 && this.vrfOf(route) === vrf) yield route;
    }
  }

  get size(): number {
    return this.#keys.size;
  }

  /** Bytes held. */
  get memory(): number {
    return (
      this.#keys.memory +
      this.#queued.memory +
      this.nextHops.memory +
      this.firstEntry.memory +
      this.entryRoute.memory +
      this.entryPrefix.memory +
      this.nextOfPrefix.memory +
      this.nextOfRoute.memory +
      this.#previousOfRoute.memory +
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
