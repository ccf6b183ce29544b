/** How much of a pool is in use. */

import { type IpFamily, type IpPrefix, prefixFamily } from "@selvedge/net";
import type { Block } from "./block.ts";
import type { PoolLayout } from "./pool-layout.ts";

/** Of the addresses of a family. `size` = `given` + `reserved` + `cooling` + `free`. */
export interface FamilyUsage {
  readonly family: IpFamily;
  readonly size: bigint;
  readonly given: number;
  /** Not given, and never given to who asks for any: network, broadcast, gateway, reserved and excluded. */
  readonly reserved: bigint;
  /** Released so lately that they are not given again yet. */
  readonly cooling: number;
  readonly free: bigint;
  /** Blocks that are stored. */
  readonly blocks: number;
  /** Given addresses of hosts' blocks that are used on another host. */
  readonly borrowed: number;
}

/** Of the addresses of a block, as FamilyUsage. */
export interface BlockUsage {
  readonly size: number;
  readonly given: number;
  readonly reserved: number;
  readonly cooling: number;
  readonly free: number;
  readonly borrowed: number;
}

/** Has an address that was released at `releasedAt` still to wait? Clocks of hosts may differ by less than `coolDown`. */
export function isCooling(releasedAt: number, now: number, coolDown: number): boolean {
  return Math.abs(now - releasedAt) < coolDown;
}

/** Counts one block; what lies outside the pool's CIDRs is no part of it. */
export function blockUsage(
  layout: PoolLayout,
  prefix: IpPrefix,
  { host, allocations, released }: Block,
  now: number,
  coolDown: number,
): BlockUsage {
  const usable = layout.usable(prefix);
  const size = layout.sizeOf(prefix);
  const given = [...allocations.keys()].filter((ordinal) => layout.isInside(prefix, ordinal));
  const open = new Set(usable);
  const givenOpen = given.filter((ordinal) => open.has(ordinal)).length;
  const cooling = usable.filter((ordinal) => {
    const releasedAt = released.get(ordinal);
    return releasedAt !== undefined && isCooling(releasedAt, now, coolDown);
  }).length;
  return {
    size,
    given: given.length,
    reserved: size - usable.length - (given.length - givenOpen),
    cooling,
    free: usable.length - givenOpen - cooling,
    borrowed:
      host === undefined
        ? 0
        : [...allocations.values()].filter((allocation) => allocation.host !== host).length,
  };
}

/** Counts a family of a pool; `blocks` may hold other families' too. */
export function familyUsage(
  layout: PoolLayout,
  family: IpFamily,
  blocks: Iterable<readonly [IpPrefix, Block]>,
  now: number,
  coolDown: number,
): FamilyUsage {
  const size = layout.size(family);
  let [given, cooling, borrowed, stored] = [0, 0, 0, 0];
  let reserved = size - layout.openSize(family);
  for (const [prefix, block] of blocks) {
    if (prefixFamily(prefix) !== family || !layout.hasBlock(prefix)) continue;
    const usage = blockUsage(layout, prefix, block, now, coolDown);
    stored += 1;
    given += usage.given;
    cooling += usage.cooling;
    borrowed += usage.borrowed;
    reserved -= BigInt(usage.size - layout.usable(prefix).length - usage.reserved);
  }
  const free = size - reserved - BigInt(given + cooling);
  return { family, size, given, reserved, cooling, free, blocks: stored, borrowed };
}
