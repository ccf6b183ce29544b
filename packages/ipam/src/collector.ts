/**
 * Garbage collection: addresses of Endpoints that are gone, blocks of hosts that are gone, blocks that nobody needs. What
 * is to go must have been so for a grace as whoever collects saw it; one that knows nothing of before begins the grace anew.
 */

import { type Comparison, ResourceStore, type Store } from "@selvedge/datastore";
import { type IpAddress, type IpPrefix, prefixFamily } from "@selvedge/net";
import type { Block } from "./block.ts";
import { check, type OwnerExists } from "./check.ts";
import type { Finding } from "./finding.ts";
import { DEFAULT_COOL_DOWN } from "./ipam.ts";
import { listAll } from "./list-all.ts";
import { LIVENESS, livenessKey } from "./liveness.ts";
import { poolName } from "./pool.ts";
import { commitDraft, draftOf, repair } from "./repair.ts";
import type { PoolId } from "./store-key.ts";
import { readStoredPools, type StoredPool } from "./stored-pools.ts";
import { isCooling } from "./usage.ts";

/** Milliseconds that an Endpoint or a host must have been gone. */
export const DEFAULT_GRACE = 300_000;

/** How garbage is collected. */
export interface CollectorOptions {
  /** Milliseconds. Default five minutes. */
  readonly grace?: number;
  /** Milliseconds that released addresses wait; until then their block stays. Default one minute. */
  readonly coolDown?: number;
  /** Milliseconds since 1970, for when something was released. Default Date.now. */
  readonly now?: () => number;
  /**
   * Milliseconds of a clock that nobody sets, for the grace: the same one in all threads that pass `goneSince` on. Default
   * CLOCK_MONOTONIC of clock_gettime(2).
   */
  readonly monotonic?: () => number;
  /** Does an owner that is no Endpoint still exist? Default: all do. */
  readonly ownerExists?: OwnerExists;
  /** What another collector has seen before; default nothing. */
  readonly goneSince?: GoneSince;
  /** What must still hold when anything is taken back, such as whose turn it is to collect. Default nothing. */
  readonly compare?: readonly Comparison[];
}

/** Since when something has been gone, in milliseconds of the monotonic clock, by names of the collector's own. */
export type GoneSince = ReadonlyMap<string, number>;

/** What one collection did. */
export interface Collected {
  readonly released: readonly {
    readonly pool: PoolId;
    readonly address: IpAddress;
    readonly owner: string;
  }[];
  /** Blocks that are no host's any more. */
  readonly orphaned: readonly {
    readonly pool: PoolId;
    readonly block: IpPrefix;
    readonly host: string;
  }[];
  /** Blocks without allocations that went. */
  readonly deleted: readonly { readonly pool: PoolId; readonly block: IpPrefix }[];
}

/** See the file's head. */
export class Collector {
  readonly #store: Store;
  readonly #options: Required<Omit<CollectorOptions, "goneSince">>;
  #goneSince: GoneSince;

  constructor(store: Store, options: CollectorOptions = {}) {
    const { grace = DEFAULT_GRACE, coolDown = DEFAULT_COOL_DOWN } = options;
    const { now = Date.now, ownerExists = () => true, compare = [] } = options;
    const { monotonic = monotonicMilliseconds } = options;
    this.#store = store;
    this.#options = { grace, coolDown, now, monotonic, ownerExists, compare };
    this.#goneSince = options.goneSince ?? new Map();
  }

  /** For the next collector, where that is another one. */
  get goneSince(): GoneSince {
    return this.#goneSince;
  }

  /** Looks once, and takes back what has been gone for the grace. May throw StoreError. */
  async collect(): Promise<Collected> {
    const { now, monotonic } = this.#options;
    // Allocations before resources and hosts: what is given later is not judged by what was there before.
    const stored = await readStoredPools(this.#store);
    const { resources } = await new ResourceStore(this.#store).snapshot();
    const live = await this.#liveHosts();
    const { ownerExists } = this.#options;
    const leaks = check({ stored, resources, ownerExists }).filter(
      (finding) => finding.kind === "leaked",
    );
    const deadHosts = [...hostsOf(stored.pools.values())].filter((host) => !live.has(host));
    // Hosts do not all die at once; leases do, when the datastore was away.
    const deadKeys = live.size === 0 ? [] : deadHosts.map(hostKey);
    const isOver = this.#keepTime([...leaks.map(leakKey), ...deadKeys], monotonic());
    const repairs = await repair(
      this.#store,
      stored,
      leaks.filter((leak) => isOver(leakKey(leak))),
      this.#options,
    );
    const released = repairs.flatMap(({ finding, outcome }) =>
      finding.kind === "leaked" && outcome === "repaired" ? [finding] : [],
    );
    const dead = new Set(deadHosts.filter((host) => isOver(hostKey(host))));
    const blocks = await Promise.all(
      [...stored.pools.values()].map((pool) => this.#collectBlocks(pool, dead, now())),
    );
    return {
      released: released.map(({ pool, address, owner }) => ({ pool, address, owner })),
      orphaned: blocks.flatMap(({ orphaned }) => orphaned),
      deleted: blocks.flatMap(({ deleted }) => deleted),
    };
  }

  /** Remembers since when each of `gone` has been gone, and tells for which the grace is over. */
  #keepTime(gone: readonly string[], now: number): (key: string) => boolean {
    const goneSince = new Map(gone.map((key) => [key, this.#goneSince.get(key) ?? now]));
    this.#goneSince = goneSince;
    return (key) => now - (goneSince.get(key) ?? now) >= this.#options.grace;
  }

  async #liveHosts(): Promise<ReadonlySet<string>> {
    const { entries } = await listAll(this.#store, LIVENESS);
    return new Set(entries.map(({ key }) => key.slice(LIVENESS.length)));
  }

  async #collectBlocks(
    pool: StoredPool,
    dead: ReadonlySet<string>,
    now: number,
  ): Promise<Pick<Collected, "orphaned" | "deleted">> {
    const orphaned: { pool: PoolId; block: IpPrefix; host: string }[] = [];
    const deleted: { pool: PoolId; block: IpPrefix }[] = [];
    const spares = new Set<string>();
    for (const [prefix, { value }] of [...pool.blocks]) {
      const { host, ...ownerless } = value;
      const isDead = host !== undefined && dead.has(host);
      // The comparison holds off a host that has come back since.
      const compare = isDead ? [{ key: livenessKey(host), modRevision: 0 }] : [];
      if (this.#isUnused(value, now)) {
        const family = `${host} ${prefixFamily(prefix)}`;
        const isSpare = host !== undefined && !isDead && !spares.has(family);
        if (isSpare) spares.add(family);
        else if (await this.#write(pool, prefix, undefined, compare)) {
          deleted.push({ pool: pool.id, block: prefix });
        }
      } else if (isDead && (await this.#write(pool, prefix, ownerless, compare))) {
        orphaned.push({ pool: pool.id, block: prefix, host });
      }
    }
    return { orphaned, deleted };
  }

  #isUnused({ allocations, released }: Block, now: number): boolean {
    const { coolDown } = this.#options;
    return (
      allocations.size === 0 && [...released.values()].every((at) => !isCooling(at, now, coolDown))
    );
  }

  #write(
    pool: StoredPool,
    prefix: IpPrefix,
    block: Block | undefined,
    compare: readonly Comparison[],
  ): Promise<boolean> {
    const draft = draftOf(pool).withBlock(prefix, block);
    return commitDraft(this.#store, pool, draft, [...this.#options.compare, ...compare]);
  }
}

function monotonicMilliseconds(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

function leakKey({ pool, address, owner }: Extract<Finding, { kind: "leaked" }>): string {
  return `address ${poolName(pool)} ${address} ${owner}`;
}

function hostKey(host: string): string {
  return `host ${host}`;
}

function hostsOf(pools: Iterable<StoredPool>): Set<string> {
  const hosts = new Set<string>();
  for (const { blocks } of pools) {
    for (const { value } of blocks.values()) if (value.host !== undefined) hosts.add(value.host);
  }
  return hosts;
}
