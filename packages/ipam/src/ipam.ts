/**
 * Addresses for owners, from pools that many processes use at once. An address belongs to one owner at most at every
 * moment: each change is one transaction that compares what it was planned on. For Endpoints there is endpointCompanion,
 * which gives and takes addresses in the transaction of the resource itself.
 */

import { isDeepStrictEqual } from "node:util";
import type { Store } from "@selvedge/datastore";
import type { IpAddress, IpPrefix } from "@selvedge/net";
import { type Allocation, decodeBlock } from "./block.ts";
import { IpamError } from "./ipam-error.ts";
import { decodeOwner, isEndpointOwner } from "./owner-record.ts";
import type { AllocationRequest, PlanContext } from "./plan-allocation.ts";
import type { ReleaseRequest } from "./plan-release.ts";
import { type Pool, poolFamilies, poolName } from "./pool.ts";
import { ordinalOf, PoolLayout } from "./pool-layout.ts";
import { PoolQueue, type PoolRequest } from "./pool-queue.ts";
import { blockKey, ownerKey } from "./store-key.ts";
import { LOWEST_FREE, type Strategy } from "./strategy.ts";

/** Milliseconds that a released address waits, so that nobody's caches and connections lead to its next owner. */
export const DEFAULT_COOL_DOWN = 60_000;

/** How addresses are given. */
export interface IpamOptions {
  /** Default LOWEST_FREE. */
  readonly strategy?: Strategy;
  /** Milliseconds that a released address waits before it is given to who asks for any. Default one minute. */
  readonly coolDown?: number;
  /** Milliseconds since 1970. Default Date.now. */
  readonly now?: () => number;
}

/** Addresses that are wanted. Without `want`: one of each family of the pool. */
export type Wanted = Omit<AllocationRequest, "want"> &
  Partial<Pick<AllocationRequest, "want">> & { readonly pool: Pool };

/** Addresses to release: of an owner, or one of whoever has it. */
export type Unwanted = { readonly pool: Pool } & (
  | ReleaseRequest
  | { readonly address: IpAddress; readonly owner?: undefined }
);

/** Who has an address, and in which block it is. */
export interface AddressUse extends Allocation {
  readonly address: IpAddress;
  readonly block: IpPrefix;
  /** The host that the block is of. */
  readonly blockHost?: string;
}

/** See the file's head. Every method may throw StoreError. */
export class Ipam {
  readonly #store: Store;
  readonly #context: () => PlanContext;
  readonly #queues = new Map<string, PoolQueue>();

  constructor(store: Store, options: IpamOptions = {}) {
    const { strategy = LOWEST_FREE, coolDown = DEFAULT_COOL_DOWN, now = Date.now } = options;
    this.#store = store;
    this.#context = () => ({ now: now(), coolDown, strategy });
  }

  /**
   * All addresses that are wanted, IPv4 first, or none. The same again for the same owner, which is no Endpoint (those
   * have their addresses by endpointCompanion). Throws IpamError. After a StoreError "unknown-outcome" they may have been given: asking again for this owner tells.
   */
  async allocate({ pool, want, ...request }: Wanted): Promise<readonly IpAddress[]> {
    const { owner } = request;
    if (isEndpointOwner(owner)) throw new IpamError(pool, { kind: "endpoint", owner });
    const any = { kind: "any", families: poolFamilies(pool), count: 1 } as const;
    return this.#ask(pool, { kind: "allocate", request: { ...request, want: want ?? any } });
  }

  /**
   * The addresses released; those that nobody had, or another owner has by now, are not among them, nor those whose
   * release the datastore did not answer. Throws IpamError for an address of an Endpoint.
   */
  async release({ pool, ...request }: Unwanted): Promise<readonly IpAddress[]> {
    if (request.owner !== undefined) return this.#ask(pool, { kind: "release", request });
    const { address } = request;
    const use = await this.lookup(pool, address);
    if (use === undefined) return [];
    const { owner } = use;
    if (isEndpointOwner(owner)) throw new IpamError(pool, { kind: "endpoint", owner });
    return this.#ask(pool, { kind: "release", request: { owner, addresses: [address] } });
  }

  /** Who has the address. Throws IpamError when its block cannot be read. */
  async lookup(pool: Pool, address: IpAddress): Promise<AddressUse | undefined> {
    const block = new PoolLayout(pool).blockOf(address);
    const key = blockKey(pool, block);
    const entry = await this.#store.get(key);
    if (entry === undefined) return undefined;
    const decoded = decodeBlock(entry.value);
    if (decoded.kind === "unreadable") throw new IpamError(pool, { kind: "unreadable", key });
    const { allocations, host } = decoded.block;
    const allocation = allocations.get(ordinalOf(block, address));
    if (allocation === undefined) return undefined;
    return { address, block, ...allocation, ...(host === undefined ? {} : { blockHost: host }) };
  }

  /** The addresses that the owner has in the pool. */
  async byOwner(pool: Pool, owner: string): Promise<readonly IpAddress[]> {
    const entry = await this.#store.get(ownerKey(pool, owner));
    return entry === undefined ? [] : (decodeOwner(entry.value) ?? []);
  }

  #ask(pool: Pool, asked: PoolRequest): Promise<readonly IpAddress[]> {
    const name = poolName(pool);
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new PoolQueue(this.#store, pool, this.#context);
      this.#queues.set(name, queue);
    } else if (queue.pool !== pool && !isDeepStrictEqual(queue.pool, pool)) {
      queue.setPool(pool);
    }
    return queue.ask(asked);
  }
}
