/**
 * Table of VRF routes: per VRF and IP prefix, the NLRIs that lead there (one per route
 * distinguisher and Ethernet tag) and the next hops that were reported last.
 *
 *   key = VRF (4) | prefix length (1) | prefix (4 or 16)
 */
import { type IpPrefix, prefixFromBytes } from "@selvedge/net";
import { readU32, writeU32 } from "../wire/octets.ts";
import { copyBytes } from "./byte-spans.ts";
import { Int32Column } from "./column.ts";
import { ImportTable } from "./import-table.ts";

const PREFIX_OFFSET = 5;
const MAX_KEY = PREFIX_OFFSET + 16;
const IPV4_KEY = PREFIX_OFFSET + 4;

/** VRF routes and their entries; rows of both start at 1. */
export class VrfRouteTable extends ImportTable {
  readonly #key = new Uint8Array(MAX_KEY);
  /** Set of next hops that was reported last; 0 for none (see next-hop-sets.ts). */
  readonly nextHops: Int32Column = new Int32Column();

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
    return this.keys.intern(this.#key, 0, PREFIX_OFFSET + addressLength);
  }

  /** The route of a VRF to the one address at `at`; 0 when there is none. */
  findHost(vrf: number, bytes: Uint8Array, at: number, addressLength: number): number {
    writeU32(this.#key, 0, vrf);
    this.#key[PREFIX_OFFSET - 1] = 8 * addressLength;
    const end = copyBytes(bytes, at, addressLength, this.#key, PREFIX_OFFSET);
    return this.keys.find(this.#key, 0, end);
  }

  /** Forgets a route without entries. */
  remove(route: number): void {
    this.nextHops.set(route, 0);
    this.keys.remove(route);
  }

  vrfOf(route: number): number {
    return readU32(this.keys.bytes(route), this.keys.offset(route));
  }

  prefixOf(route: number): IpPrefix {
    const offset = this.keys.offset(route);
    const bytes = this.keys.bytes(route);
    const family = this.keys.length(route) === IPV4_KEY ? 4 : 6;
    return prefixFromBytes(bytes, offset + PREFIX_OFFSET, family, bytes[offset + 4] ?? 0);
  }

  /** Calls `visit` for each route of a VRF. */
  *routesOf(vrf: number): IterableIterator<number> {
    for (let route = 1; route <= this.keys.highest; route++) {
      if (this.keys.length(route) !== 0 && this.vrfOf(route) === vrf) yield route;
    }
  }

  /** Bytes held. */
  override get memory(): number {
    return super.memory + this.nextHops.memory;
  }
}
