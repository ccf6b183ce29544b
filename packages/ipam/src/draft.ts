/**
 * Planned changes on top of what is known of a pool, and the transaction that makes them if all of it is still so. A
 * draft is a value: `with...` gives another one, so that what cannot be finished is simply left.
 */

import type { Comparison, Transaction, Write } from "@selvedge/datastore";
import type { IpAddress, IpPrefix } from "@selvedge/net";
import { type Block, encodeBlock } from "./block.ts";
import { encodeOwner } from "./owner-record.ts";
import type { PoolLayout } from "./pool-layout.ts";
import { blockKey, ownerKey } from "./store-key.ts";

/** A value and the revision that it was written by; revision 0: there is none in the datastore. */
export interface Known<T> {
  readonly value: T;
  readonly modRevision: number;
}

/** What is known of a pool. What is not in it is taken to be absent, which the datastore then compares. */
export interface PoolState {
  readonly layout: PoolLayout;
  readonly blocks: ReadonlyMap<IpPrefix, Known<Block>>;
  /** Blocks that are there and cannot be read: nothing in them is given or released. */
  readonly unreadable: ReadonlySet<IpPrefix>;
  readonly owners: ReadonlyMap<string, Known<readonly IpAddress[]>>;
}

/** See the file's head. */
export class Draft {
  readonly state: PoolState;
  /** Undefined: the block is deleted. */
  readonly #blocks: ReadonlyMap<IpPrefix, Block | undefined>;
  readonly #owners: ReadonlyMap<string, readonly IpAddress[]>;

  constructor(
    state: PoolState,
    blocks: ReadonlyMap<IpPrefix, Block | undefined> = new Map(),
    owners: ReadonlyMap<string, readonly IpAddress[]> = new Map(),
  ) {
    this.state = state;
    this.#blocks = blocks;
    this.#owners = owners;
  }

  /** The block as it would be; undefined when it is not stored. */
  block(prefix: IpPrefix): Block | undefined {
    return this.#blocks.has(prefix)
      ? this.#blocks.get(prefix)
      : this.state.blocks.get(prefix)?.value;
  }

  /** All blocks as they would be, in no order. */
  *blocks(): Generator<readonly [IpPrefix, Block]> {
    for (const [prefix, { value }] of this.state.blocks) {
      const block = this.#blocks.has(prefix) ? this.#blocks.get(prefix) : value;
      if (block !== undefined) yield [prefix, block];
    }
    for (const [prefix, block] of this.#blocks) {
      if (block !== undefined && !this.state.blocks.has(prefix)) yield [prefix, block];
    }
  }

  /** The addresses that the owner would have in this pool. */
  addressesOf(owner: string): readonly IpAddress[] {
    return this.#owners.get(owner) ?? this.state.owners.get(owner)?.value ?? [];
  }

  /** Without a block the stored one is deleted. */
  withBlock(prefix: IpPrefix, block: Block | undefined): Draft {
    return new Draft(this.state, new Map(this.#blocks).set(prefix, block), this.#owners);
  }

  /** With no addresses the owner's record goes. */
  withOwner(owner: string, addresses: readonly IpAddress[]): Draft {
    return new Draft(this.state, this.#blocks, new Map(this.#owners).set(owner, addresses));
  }

  /** Comparisons, and as many writes, that the transaction has. */
  get operations(): number {
    return this.#blocks.size + this.#owners.size;
  }

  /** Writes what changes. Each key is compared, so that nothing is written over what was not seen. */
  transaction(): Transaction {
    const { pool } = this.state.layout;
    const { compare, writes } = this.blockTransaction();
    const records = [...this.#owners].map(([owner, addresses]) => {
      const key = ownerKey(pool, owner);
      const modRevision = this.state.owners.get(owner)?.modRevision ?? 0;
      return { key, modRevision, addresses };
    });
    return {
      compare: [...compare, ...records.map(({ key, modRevision }) => ({ key, modRevision }))],
      writes: [
        ...writes,
        ...records.flatMap(({ key, modRevision, addresses }): Write[] => {
          if (addresses.length > 0) return [{ kind: "put", key, value: encodeOwner(addresses) }];
          return modRevision > 0 ? [{ kind: "delete", key }] : [];
        }),
      ],
    };
  }

  /** Only the blocks: for owners that keep their addresses elsewhere, in the same transaction. */
  blockTransaction(): Transaction {
    const compare: Comparison[] = [];
    const writes: Write[] = [];
    for (const [prefix, block] of this.#blocks) {
      const key = blockKey(this.state.layout.pool, prefix);
      compare.push({ key, modRevision: this.state.blocks.get(prefix)?.modRevision ?? 0 });
      writes.push(
        block === undefined
          ? { kind: "delete", key }
          : { kind: "put", key, value: encodeBlock(block) },
      );
    }
    return { compare, writes };
  }

  /** Owners' records that change; without addresses a record goes. */
  get changedOwners(): ReadonlyMap<string, readonly IpAddress[]> {
    return this.#owners;
  }

  /** Blocks that change, as the transaction writes them. */
  get changedBlocks(): ReadonlyMap<IpPrefix, Block | undefined> {
    return this.#blocks;
  }
}
