/**
 * What this process knows of a pool's blocks. It may be outdated; every transaction compares what it was planned on, so
 * that costs an attempt and never an address. What others change is read when a comparison has failed.
 */

import type { Entry, Store } from "@selvedge/datastore";
import type { IpAddress, IpPrefix } from "@selvedge/net";
import { type Block, decodeBlock } from "./block.ts";
import type { Draft, Known, PoolState } from "./draft.ts";
import { listAll } from "./list-all.ts";
import { decodeOwner } from "./owner-record.ts";
import type { Pool } from "./pool.ts";
import { ordinalOf, PoolLayout } from "./pool-layout.ts";
import { blockKey, blocksOf, ownerKey, parseBlockKey } from "./store-key.ts";

/** See the file's head. Every method may throw StoreError. */
export class PoolCache {
  readonly #store: Store;
  readonly #blocks = new Map<IpPrefix, Known<Block>>();
  readonly #unreadable = new Set<IpPrefix>();
  #owners = new Map<string, Known<readonly IpAddress[]>>();
  #layout: PoolLayout;
  #isLoaded = false;

  constructor(store: Store, pool: Pool) {
    this.#store = store;
    this.#layout = new PoolLayout(pool);
  }

  /** What is known now. Valid until the cache is told of something else. */
  get state(): PoolState {
    return {
      layout: this.#layout,
      blocks: this.#blocks,
      unreadable: this.#unreadable,
      owners: this.#owners,
    };
  }

  /** The pool may have got other CIDRs. */
  setPool(pool: Pool): void {
    this.#layout = new PoolLayout(pool);
  }

  /** Reads all blocks if none were read yet. */
  async ensureLoaded(): Promise<void> {
    if (!this.#isLoaded) await this.load();
  }

  /** Reads all blocks, as of one revision. */
  async load(): Promise<void> {
    const { entries } = await listAll(this.#store, blocksOf(this.#layout.pool));
    this.#blocks.clear();
    this.#unreadable.clear();
    for (const entry of entries) {
      const block = parseBlockKey(entry.key)?.block;
      if (block !== undefined) this.#learn(block, entry);
    }
    this.#isLoaded = true;
  }

  /** Reads one block. */
  async refresh(block: IpPrefix): Promise<void> {
    this.#learn(block, await this.#store.get(blockKey(this.#layout.pool, block)));
  }

  /** Reads blocks again; true when one of them is not what was known. */
  async revalidate(blocks: Iterable<IpPrefix>): Promise<boolean> {
    const before = [...new Set(blocks)].map(
      (block) => [block, this.#blocks.get(block)?.modRevision] as const,
    );
    await Promise.all(before.map(([block]) => this.refresh(block)));
    return before.some(([block, revision]) => this.#blocks.get(block)?.modRevision !== revision);
  }

  /** Reads what the key names, as far as it is a block of this pool. */
  async refreshKey(key: string): Promise<void> {
    const block = parseBlockKey(key)?.block;
    if (block !== undefined && blockKey(this.#layout.pool, block) === key)
      await this.refresh(block);
  }

  /** Reads the records of owners, and blocks of theirs that do not yet show what the records say. */
  async loadOwners(owners: Iterable<string>): Promise<void> {
    await Promise.all([...new Set(owners)].map((owner) => this.#loadOwner(owner)));
  }

  /** Owners' records are not kept: another host may change them without a block that this one writes. */
  forgetOwners(): void {
    this.#owners = new Map();
  }

  /** Learns what a committed draft has written. */
  commit(draft: Draft, revision: number): void {
    for (const [prefix, value] of draft.changedBlocks) {
      if (value === undefined) this.#blocks.delete(prefix);
      else this.#blocks.set(prefix, { value, modRevision: revision });
    }
  }

  async #loadOwner(owner: string): Promise<void> {
    const entry = await this.#store.get(ownerKey(this.#layout.pool, owner));
    if (entry === undefined) {
      this.#owners.delete(owner);
      return;
    }
    const addresses = decodeOwner(entry.value) ?? [];
    this.#owners.set(owner, { value: addresses, modRevision: entry.modRevision });
    for (const address of addresses) {
      const prefix = this.#layout.blockOf(address);
      const allocation = this.#blocks
        .get(prefix)
        ?.value.allocations.get(ordinalOf(prefix, address));
      if (allocation?.owner !== owner) await this.refresh(prefix);
    }
  }

  #learn(prefix: IpPrefix, entry: Entry | undefined): void {
    this.#blocks.delete(prefix);
    this.#unreadable.delete(prefix);
    if (entry === undefined) return;
    const decoded = decodeBlock(entry.value);
    if (decoded.kind === "unreadable") this.#unreadable.add(prefix);
    else this.#blocks.set(prefix, { value: decoded.block, modRevision: entry.modRevision });
  }
}
