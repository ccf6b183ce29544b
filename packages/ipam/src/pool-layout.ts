/**
 * The geometry of a pool: its blocks, and which of their addresses may be given. Blocks are aligned to their length
 * whatever the CIDRs are, so that a subnet may get more CIDRs without a block ever meeting another. A CIDR smaller than
 * a block is a part of one.
 */

import {
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  ipFamily,
  prefixAddress,
  prefixFamily,
  prefixLength,
  prefixOf,
} from "@selvedge/net";
import { addressBits, addressNumber, addressOf } from "./address-number.ts";
import {
  type AddressRange,
  countAddresses,
  difference,
  rangeOfPrefix,
  union,
} from "./address-range.ts";
import { MAX_BLOCK_SIZE, type Pool, poolName } from "./pool.ts";

/** Why nobody may have an address. */
export type AddressFault = "outside" | "gateway" | "excluded";

interface FamilyLayout {
  readonly cidrs: readonly AddressRange[];
  /** Addresses that may be given to who asks for any. */
  readonly open: readonly AddressRange[];
  /** Numbers (address >> host bits) of the blocks that have open addresses, as sorted ranges. */
  readonly blocks: readonly AddressRange[];
}

/** See the file's head. */
export class PoolLayout {
  readonly pool: Pool;
  readonly #families: { readonly [Family in IpFamily]: FamilyLayout };
  readonly #excluded: readonly AddressRange[];
  readonly #usable = new Map<IpPrefix, readonly number[]>();

  /** @throws RangeError for a block length that cannot be. */
  constructor(pool: Pool) {
    this.pool = pool;
    this.#excluded = pool.excluded;
    this.#families = { 4: layOut(pool, 4), 6: layOut(pool, 6) };
  }

  /** Addresses in the CIDRs. */
  size(family: IpFamily): bigint {
    return countAddresses(this.#families[family].cidrs);
  }

  /** Addresses in the CIDRs that may be given to who asks for any. */
  openSize(family: IpFamily): bigint {
    return countAddresses(this.#families[family].open);
  }

  /** The block of an address. */
  blockOf(address: IpAddress): IpPrefix {
    return prefixOf(address, this.pool.blockLength[ipFamily(address)]);
  }

  /** Is it one of the blocks that this pool is cut into? */
  hasBlock(block: IpPrefix): boolean {
    const family = prefixFamily(block);
    if (prefixLength(block) !== this.pool.blockLength[family]) return false;
    const { first, last } = rangeOfPrefix(block);
    return this.#families[family].cidrs.some((cidr) => cidr.first <= last && first <= cidr.last);
  }

  /**
   * Ordinals of the block's addresses that may be given to who asks for any, lowest first. None of a block of a length
   * that the pool is not cut into.
   */
  usable(block: IpPrefix): readonly number[] {
    const known = this.#usable.get(block);
    if (known !== undefined) return known;
    const { family, first, last } = rangeOfPrefix(block);
    const isOurs = prefixLength(block) === this.pool.blockLength[family];
    const open = isOurs ? this.#families[family].open : [];
    const ordinals = open.flatMap((range) => {
      const from = range.first > first ? range.first : first;
      const to = range.last < last ? range.last : last;
      const length = to < from ? 0 : Number(to - from) + 1;
      return Array.from({ length }, (_, index) => Number(from - first) + index);
    });
    this.#usable.set(block, ordinals);
    return ordinals;
  }

  /** How many addresses of the block are in the CIDRs. */
  sizeOf(block: IpPrefix): number {
    const { family, first, last } = rangeOfPrefix(block);
    const outside = difference([{ family, first, last }], this.#families[family].cidrs);
    return Number(last - first + 1n - countAddresses(outside));
  }

  /** Is this address of the block in the CIDRs? */
  isInside(block: IpPrefix, ordinal: number): boolean {
    const { family, first } = rangeOfPrefix(block);
    const number = first + BigInt(ordinal);
    return this.#families[family].cidrs.some((cidr) => cidr.first <= number && number <= cidr.last);
  }

  /** Why nobody may have the address, or undefined. The network's own address may be asked for, as any reserved one. */
  faultOf(address: IpAddress): AddressFault | undefined {
    const family = ipFamily(address);
    const number = addressNumber(address);
    const isIn = (range: AddressRange) =>
      range.family === family && range.first <= number && number <= range.last;
    if (!this.#families[family].cidrs.some(isIn)) return "outside";
    if (this.pool.gateway.includes(address)) return "gateway";
    return this.#excluded.some(isIn) ? "excluded" : undefined;
  }

  /** How many blocks have addresses to give to who asks for any. */
  blockCount(family: IpFamily): bigint {
    return countAddresses(this.#families[family].blocks);
  }

  /** All of these blocks once, from the one with index `start` on and around. */
  *blocksFrom(family: IpFamily, start: bigint): Generator<IpPrefix> {
    const { blocks } = this.#families[family];
    const count = countAddresses(blocks);
    const length = this.pool.blockLength[family];
    const hostBits = BigInt(addressBits(family) - length);
    for (let index = 0n; index < count; index++) {
      let rest = (start + index) % count;
      for (const { first, last } of blocks) {
        if (first + rest <= last) {
          yield prefixOf(addressOf((first + rest) << hostBits, family), length);
          break;
        }
        rest -= last - first + 1n;
      }
    }
  }
}

/** The place of an address in its block. */
export function ordinalOf(block: IpPrefix, address: IpAddress): number {
  return Number(addressNumber(address) - addressNumber(prefixAddress(block)));
}

/** The address at a place of a block. */
export function addressAt(block: IpPrefix, ordinal: number): IpAddress {
  const first = addressNumber(prefixAddress(block));
  return addressOf(first + BigInt(ordinal), prefixFamily(block));
}

function layOut(pool: Pool, family: IpFamily): FamilyLayout {
  const hostBits = addressBits(family) - pool.blockLength[family];
  if (!Number.isInteger(hostBits) || hostBits < 0 || 2 ** hostBits > MAX_BLOCK_SIZE) {
    const lengths = `${addressBits(family) - Math.log2(MAX_BLOCK_SIZE)} to ${addressBits(family)}`;
    throw new RangeError(
      `pool ${poolName(pool)}: an IPv${family} block is a prefix of ${lengths} bits, not of ${pool.blockLength[family]}`,
    );
  }
  const cidrs = union(pool.cidrs.map(rangeOfPrefix).filter((range) => range.family === family));
  const withheld = [...pool.cidrs.flatMap(specialAddresses), ...pool.reserved, ...pool.excluded];
  for (const gateway of pool.gateway) {
    const number = addressNumber(gateway);
    withheld.push({ family: ipFamily(gateway), first: number, last: number });
  }
  const open = difference(
    cidrs,
    withheld.filter((range) => range.family === family),
  );
  const shift = BigInt(hostBits);
  const blocks = union(
    open.map(({ first, last }) => ({ family, first: first >> shift, last: last >> shift })),
  );
  return { cidrs, open, blocks };
}

/** Network and broadcast address, or the subnet-router anycast address; none in prefixes of two (RFC 3021, RFC 6164). */
function specialAddresses(cidr: IpPrefix): AddressRange[] {
  const { family, first, last } = rangeOfPrefix(cidr);
  if (last - first < 2n) return [];
  const network = { family, first, last: first };
  return family === 4 ? [network, { family, first: last, last }] : [network];
}
