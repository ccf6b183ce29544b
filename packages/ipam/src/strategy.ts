/**
 * Which address is given next. A strategy is a value, so that a user of the library can bring one; whatever it says,
 * only free addresses are given, and none twice.
 */

import { createHash } from "node:crypto";
import type { IpPrefix } from "@selvedge/net";
import type { Block } from "./block.ts";
import { type Pool, poolName } from "./pool.ts";

/** An address that can be given. */
export interface FreeAddress {
  /** Its place in the block. */
  readonly ordinal: number;
  /** When it was released, in milliseconds since 1970; absent for one that was not given before. */
  readonly releasedAt?: number;
}

/** A block of those that a strategy orders. */
export interface BlockCandidate {
  readonly prefix: IpPrefix;
  readonly block: Block;
}

/** See the file's head. */
export interface Strategy {
  /** One of the free addresses of a block; there is at least one. */
  readonly pickAddress: (free: readonly FreeAddress[]) => FreeAddress | undefined;
  /** In which order a host tries blocks: its own ones, or, at last, those of others. */
  readonly orderBlocks: (
    blocks: readonly BlockCandidate[],
    host: string,
  ) => readonly BlockCandidate[];
  /** Where a host begins to look for a new block, among `count`. Different hosts should begin far apart. */
  readonly firstBlock: (host: string, pool: Pool, count: bigint) => bigint;
}

/** The lowest free address of the first block that has one; for a new block each host begins where its hash says. */
export const LOWEST_FREE: Strategy = {
  pickAddress: ([lowest]) => lowest,
  orderBlocks: (blocks) => blocks,
  firstBlock: (host, pool, count) =>
    hash(`${host} ${poolName(pool)}`) % (count === 0n ? 1n : count),
};

/** Any free address of a block. `random` gives numbers from 0 up to 1, as Math.random does. */
export function randomFree(random: () => number): Strategy {
  return { ...LOWEST_FREE, pickAddress: (free) => free[Math.floor(random() * free.length)] };
}

/** Addresses that were never given before, then those that have been free for longest. */
export const LEAST_RECENTLY_RELEASED: Strategy = {
  ...LOWEST_FREE,
  pickAddress: (free) =>
    free.reduce<FreeAddress | undefined>(
      (best, candidate) =>
        best === undefined || (candidate.releasedAt ?? 0) < (best.releasedAt ?? 0)
          ? candidate
          : best,
      undefined,
    ),
};

/** 64 bits of SHA-256: the same on every host and in every version. */
function hash(text: string): bigint {
  return createHash("sha256").update(text).digest().readBigUInt64BE();
}
