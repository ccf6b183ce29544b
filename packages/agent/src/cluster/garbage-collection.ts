/**
 * Collects IPAM's garbage when it is this host's turn, which one host has until its lease is lost. Each change is compared
 * with what it was decided on and with the turn, so that one that was stopped for long takes back nothing when it goes on:
 * what it saw before may have been there meanwhile.
 */
import { randomUUID } from "node:crypto";
import { type Comparison, type Lease, type Store, StoreError } from "@selvedge/datastore";
import { type Collected, type GoneSince, poolName } from "@selvedge/ipam";
import type { Logger } from "../log.ts";

/** Whose turn it is. */
export const COLLECTOR_KEY = "liveness/collector";

/** What came of looking once. */
export interface Collection {
  readonly collected: Collected;
  readonly goneSince: GoneSince;
}

export interface GarbageCollectionOptions {
  readonly store: Store;
  /** The turn ends with it. */
  readonly lease: Lease;
  readonly host: string;
  /** Looks once, with what was seen before, and takes nothing back once `turn` does not hold. May throw StoreError. */
  readonly collect: (goneSince: GoneSince, turn: Comparison) => Promise<Collection>;
  readonly log: Logger;
}

export class GarbageCollection {
  readonly #options: GarbageCollectionOptions;
  /** Not of an agent of this host before, whose turn ends with its own lease. */
  readonly #holder: string;
  #goneSince: GoneSince = new Map();

  constructor(options: GarbageCollectionOptions) {
    this.#options = options;
    this.#holder = JSON.stringify({ host: options.host, instance: randomUUID() });
  }

  /** Collects if it is this host's turn, or can be; says whether it is. A failure is logged, and the host goes on. */
  async turn(): Promise<boolean> {
    const { collect, log } = this.#options;
    const seenBefore = this.#goneSince;
    // While the datastore is away, or others collect, hosts may be back that nobody here has seen: all grace begins anew.
    this.#goneSince = new Map();
    try {
      const turn = await this.#takeTurn();
      if (turn === undefined) return false;
      const { collected, goneSince } = await collect(seenBefore, turn);
      this.#goneSince = goneSince;
      this.#tell(collected);
      return true;
    } catch (error) {
      // Also one of ours, or a thread out of memory: nothing of the host depends on this.
      const level = error instanceof StoreError ? "warn" : "error";
      const reason = error instanceof Error ? error.message : String(error);
      log[level]({ err: error }, `the garbage of IPAM cannot be collected: ${reason}`);
      return false;
    }
  }

  /** That this host has the turn, as a comparison; undefined when another one has it. */
  async #takeTurn(): Promise<Comparison | undefined> {
    const { store, lease, log } = this.#options;
    const holder = await store.get(COLLECTOR_KEY);
    if (holder !== undefined) {
      const { value, modRevision } = holder;
      return value === this.#holder ? { key: COLLECTOR_KEY, modRevision } : undefined;
    }
    const outcome = await store.commit({
      compare: [{ key: COLLECTOR_KEY, modRevision: 0 }],
      writes: [{ kind: "put", key: COLLECTOR_KEY, value: this.#holder, lease }],
    });
    if (outcome.kind === "conflict") return undefined;
    log.info("this host collects the garbage of IPAM");
    return { key: COLLECTOR_KEY, modRevision: outcome.revision };
  }

  #tell({ released, orphaned, deleted }: Collected): void {
    const { log } = this.#options;
    for (const { pool, address, owner } of released) {
      log.info(
        { subnet: poolName(pool), address, owner },
        "an address whose owner is gone is free",
      );
    }
    for (const { pool, block, host } of orphaned) {
      log.info(
        { subnet: poolName(pool), block, host },
        "a block of a host that is gone is nobody's",
      );
    }
    for (const { pool, block } of deleted) {
      log.info({ subnet: poolName(pool), block }, "a block without addresses is free");
    }
  }
}
