/**
 * Values by prefix, found by longest match. For tables of configuration: a look-up costs one Map access for each prefix
 * length in use, not a walk of a trie.
 */

import { type IpAddress, ipFamily } from "./ip-address.ts";
import { type IpPrefix, prefixFamily, prefixLength, prefixOf } from "./ip-prefix.ts";

/** A value for each of some prefixes of either family. Values are not undefined. */
export class PrefixMap<T> implements Iterable<readonly [IpPrefix, T]> {
  readonly #values = new Map<IpPrefix, T>();
  /** Per family the prefix lengths in use, longest first, and how many prefixes have each. */
  readonly #lengths = { 4: new Map<number, number>(), 6: new Map<number, number>() };

  get size(): number {
    return this.#values.size;
  }

  /** The value of exactly this prefix. */
  get(prefix: IpPrefix): T | undefined {
    return this.#values.get(prefix);
  }

  /** Adds or replaces the value of a prefix. */
  set(prefix: IpPrefix, value: T): void {
    if (!this.#values.has(prefix)) this.#count(prefix, 1);
    this.#values.set(prefix, value);
  }

  /** True when there was such a prefix. */
  delete(prefix: IpPrefix): boolean {
    const existed = this.#values.delete(prefix);
    if (existed) this.#count(prefix, -1);
    return existed;
  }

  /** The longest prefix that contains the address, and its value. */
  longest(address: IpAddress): readonly [IpPrefix, T] | undefined {
    for (const length of this.#lengths[ipFamily(address)].keys()) {
      const prefix = prefixOf(address, length);
      const value = this.#values.get(prefix);
      if (value !== undefined) return [prefix, value];
    }
    return undefined;
  }

  [Symbol.iterator](): Iterator<readonly [IpPrefix, T]> {
    return this.#values[Symbol.iterator]();
  }

  #count(prefix: IpPrefix, change: 1 | -1): void {
    const family = prefixFamily(prefix);
    const length = prefixLength(prefix);
    const counts = [...this.#lengths[family]].filter(([known]) => known !== length);
    const count = (this.#lengths[family].get(length) ?? 0) + change;
    if (count > 0) counts.push([length, count]);
    this.#lengths[family] = new Map(counts.sort(([a], [b]) => b - a));
  }
}
