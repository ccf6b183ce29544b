/** Ranges of addresses: what they are written as, and arithmetic on sorted lists of them. */

import {
  type IpFamily,
  type IpPrefix,
  ipFamily,
  parseIpAddress,
  parseIpPrefix,
  prefixAddress,
  prefixFamily,
  prefixLength,
} from "@selvedge/net";
import { addressBits, addressNumber } from "./address-number.ts";

/** Addresses `first` to `last`, both included, as numbers of one family. */
export interface AddressRange {
  readonly family: IpFamily;
  readonly first: bigint;
  readonly last: bigint;
}

/** All addresses of a prefix. */
export function rangeOfPrefix(prefix: IpPrefix): AddressRange {
  const family = prefixFamily(prefix);
  const first = addressNumber(prefixAddress(prefix));
  const hostBits = BigInt(addressBits(family) - prefixLength(prefix));
  return { family, first, last: first + (1n << hostBits) - 1n };
}

/** Reads "10.1.0.0/28", "10.1.0.2-10.1.0.9" or "10.1.0.2". Throws ValueError, and RangeError for an empty range. */
export function parseAddressRange(text: string): AddressRange {
  if (text.includes("/")) return rangeOfPrefix(parseIpPrefix(text));
  const [from = "", to = from, ...more] = text.split("-");
  const [firstAddress, lastAddress] = [parseIpAddress(from.trim()), parseIpAddress(to.trim())];
  const family = ipFamily(firstAddress);
  const [first, last] = [addressNumber(firstAddress), addressNumber(lastAddress)];
  if (more.length > 0 || ipFamily(lastAddress) !== family || last < first) {
    throw new RangeError(
      `"${text}" is not a range of addresses; write a prefix, or FIRST-LAST of one family with the lower one first`,
    );
  }
  return { family, first, last };
}

/** The addresses that are in some range, as sorted ranges with gaps between them. Of one family. */
export function union(ranges: readonly AddressRange[]): AddressRange[] {
  const merged: AddressRange[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const top = merged.at(-1);
    if (top === undefined || range.first > top.last + 1n) merged.push(range);
    else if (range.last > top.last) merged[merged.length - 1] = { ...top, last: range.last };
  }
  return merged;
}

/** The addresses that are in `ranges` and in none of `taken`, sorted. Of one family. */
export function difference(
  ranges: readonly AddressRange[],
  taken: readonly AddressRange[],
): AddressRange[] {
  const holes = union(taken);
  return union(ranges).flatMap((range) => {
    const left: AddressRange[] = [];
    let first = range.first;
    for (const hole of holes) {
      if (hole.last < first || hole.first > range.last) continue;
      if (hole.first > first) left.push({ ...range, first, last: hole.first - 1n });
      first = hole.last + 1n;
    }
    if (first <= range.last) left.push({ ...range, first });
    return left;
  });
}

/** How many addresses there are in ranges that do not overlap. */
export function countAddresses(ranges: readonly AddressRange[]): bigint {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}
