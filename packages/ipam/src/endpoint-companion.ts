/**
 * Addresses for Endpoints as they are declared: an Endpoint without addresses gets some, one with addresses claims them,
 * and what is not used any more is released, all in the transaction that writes the resources. Moving an Endpoint to
 * another host keeps its addresses.
 */

import { isDeepStrictEqual } from "node:util";
import type { Companion, Companionship, Comparison, Store, Write } from "@selvedge/datastore";
import type { IpAddress } from "@selvedge/net";
import {
  type Change,
  type FieldPath,
  type Issue,
  type ResourceKey,
  resourceKey,
} from "@selvedge/resources";
import { blockLengthFault } from "./block-length.ts";
import type { PoolState } from "./draft.ts";
import { type PoolChange, poolChanges, type Resources } from "./endpoint-changes.ts";
import { DEFAULT_COOL_DOWN, type IpamOptions } from "./ipam.ts";
import { type Refusal, refusalMessage } from "./ipam-error.ts";
import { listAll } from "./list-all.ts";
import { isEndpointOwner } from "./owner-record.ts";
import type { PlanContext } from "./plan-allocation.ts";
import { type EndpointChange, type EndpointsPlan, planEndpoints } from "./plan-endpoints.ts";
import { type Pool, poolName } from "./pool.ts";
import { PoolCache } from "./pool-cache.ts";
import { addressAt, ordinalOf } from "./pool-layout.ts";
import { blocksOf, ownersOf } from "./store-key.ts";
import { LOWEST_FREE } from "./strategy.ts";

/** For `ResourceStore.apply`; one for a store and process, since it remembers blocks. */
export function endpointCompanion(store: Store, options: IpamOptions = {}): Companion {
  const companion = new EndpointCompanion(store, options);
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: they share what is known of the blocks.
  return (changes, current) => {
    const outcome = last.then(() => companion.complete(changes, current));
    last = outcome.catch(() => undefined);
    return outcome;
  };
}

interface RememberedPool {
  readonly cache: PoolCache;
  /** Of undeclaredIn, when the blocks were read. */
  readonly undeclared: Map<IpAddress, ResourceKey>;
}

class EndpointCompanion {
  readonly #store: Store;
  readonly #context: () => PlanContext;
  readonly #pools = new Map<string, RememberedPool>();

  constructor(store: Store, options: IpamOptions) {
    const { strategy = LOWEST_FREE, coolDown = DEFAULT_COOL_DOWN, now = Date.now } = options;
    this.#store = store;
    this.#context = () => ({ now: now(), coolDown, strategy });
  }

  async complete(changes: readonly Change[], current: Resources): Promise<Companionship> {
    const { changed, removed, recut } = poolChanges(changes, current);
    const byKey = new Map(
      changes.map((change) => [
        change.kind === "put" ? resourceKey(change.resource) : change.key,
        change,
      ]),
    );
    const compare: Comparison[] = [];
    const writes: Write[] = [];
    const issues: Issue[] = [];
    const addresses = new Map<ResourceKey, readonly IpAddress[]>();
    for (const change of changed) {
      const plan = await this.#plan(change, current);
      const transaction = plan.draft.blockTransaction();
      compare.push(...transaction.compare);
      writes.push(...transaction.writes);
      for (const [key, given] of plan.addresses) addresses.set(key, given);
      issues.push(...plan.refusals.map((one) => issueOf(change.pool, one, byKey.get(one.key))));
    }
    for (const { key, pool } of removed) {
      const removal = await this.#remove(pool);
      if (removal.kind === "refused") issues.push({ key, path: [], message: removal.message });
      else writes.push(...removal.writes);
    }
    for (const { key, pool } of recut) {
      const message = await blockLengthFault(this.#store, pool);
      const path = ["spec", "blockLength"];
      if (message !== undefined) issues.push(placed({ key, path, message }, byKey.get(key)));
    }
    if (issues.length > 0) return { kind: "refused", issues };
    const complete = changes.map((change) => withAddresses(change, addresses));
    return { kind: "complete", changes: complete, compare, writes };
  }

  /** Plans on what is remembered, and again where the datastore has something else by now. */
  async #plan({ pool, endpoints }: PoolChange, current: Resources): Promise<EndpointsPlan> {
    const known = this.#pools.get(poolName(pool));
    const remembered = known ?? { cache: new PoolCache(this.#store, pool), undeclared: new Map() };
    this.#pools.set(poolName(pool), remembered);
    const { cache, undeclared } = remembered;
    cache.setPool(pool);
    const blockOf = (address: IpAddress) => cache.state.layout.blockOf(address);
    const load = async (): Promise<void> => {
      await cache.load();
      undeclared.clear();
      for (const [address, key] of undeclaredIn(cache.state, current)) undeclared.set(address, key);
    };
    const isInUse = (address: IpAddress): boolean => {
      const key = undeclared.get(address);
      const endpoint = key === undefined ? undefined : current.get(key);
      return endpoint?.kind === "Endpoint" && endpoint.spec.addresses.includes(address);
    };
    let isFresh = known === undefined;
    if (isFresh) await load();
    else await cache.revalidate(addressesOfChanged(endpoints).map(blockOf));
    while (true) {
      const plan = planEndpoints(cache.state, endpoints, { ...this.#context(), isInUse });
      if (plan.refusals.length > 0 && !isFresh) {
        await load();
        isFresh = true;
      } else if (isFresh || !(await cache.revalidate(plan.draft.changedBlocks.keys()))) {
        return plan;
      }
    }
  }

  /** With a subnet goes all that is kept of its addresses, unless somebody who is no Endpoint has one. */
  async #remove(
    pool: Pool,
  ): Promise<
    | { readonly kind: "removed"; readonly writes: readonly Write[] }
    | { readonly kind: "refused"; readonly message: string }
  > {
    const cache = new PoolCache(this.#store, pool);
    await cache.load();
    for (const [prefix, { value }] of cache.state.blocks) {
      for (const [ordinal, { owner }] of value.allocations) {
        if (isEndpointOwner(owner)) continue;
        const message = `${addressAt(prefix, ordinal)} is given to ${owner}; release it first`;
        return { kind: "refused", message };
      }
    }
    this.#pools.delete(poolName(pool));
    const listings = await Promise.all(
      [blocksOf(pool), ownersOf(pool)].map((prefix) => listAll(this.#store, prefix)),
    );
    const keys = listings.flatMap(({ entries }) => entries.map(({ key }) => key));
    return { kind: "removed", writes: keys.map((key) => ({ kind: "delete", key })) };
  }
}

/** Addresses that Endpoints have had or are to have, as far as anything about these changes. */
function addressesOfChanged(endpoints: readonly EndpointChange[]): IpAddress[] {
  return endpoints.flatMap(({ before, after }) => {
    const had = before?.spec.addresses ?? [];
    if (after === undefined) return had;
    const wanted = after.spec.addresses;
    const addresses = wanted.length === 0 ? had : wanted;
    const isSame = isDeepStrictEqual(before?.spec, { ...after.spec, addresses });
    return isSame ? [] : [...had, ...wanted];
  });
}

/** Addresses of Endpoints that no block says are given: declared before addresses were kept in blocks. */
function* undeclaredIn(
  { blocks, layout }: PoolState,
  current: Resources,
): Generator<readonly [IpAddress, ResourceKey]> {
  const { tenant, subnet } = layout.pool;
  for (const resource of current.values()) {
    if (resource.kind !== "Endpoint" || resource.spec.subnet !== subnet) continue;
    if (resource.metadata.namespace !== tenant) continue;
    for (const address of resource.spec.addresses) {
      const prefix = layout.blockOf(address);
      const block = blocks.get(prefix)?.value;
      if (block?.allocations.has(ordinalOf(prefix, address)) === true) continue;
      yield [address, resourceKey(resource)];
    }
  }
}

function withAddresses(
  change: Change,
  given: ReadonlyMap<ResourceKey, readonly IpAddress[]>,
): Change {
  if (change.kind !== "put" || change.resource.kind !== "Endpoint") return change;
  const addresses = given.get(resourceKey(change.resource));
  if (addresses === undefined) return change;
  const { resource } = change;
  return {
    ...change,
    resource: { ...resource, spec: { ...resource.spec, addresses: [...addresses] } },
  };
}

function issueOf(
  pool: Pool,
  { key, refusal }: { readonly key: ResourceKey; readonly refusal: Refusal },
  change: Change | undefined,
): Issue {
  const path: FieldPath = ["spec", "addresses"];
  const message = `subnet ${poolName(pool)}: ${refusalMessage(pool, refusal)}`;
  return placed({ key, path, message }, change);
}

/** With its line and column in the file that the change is from. */
function placed(issue: Issue, change: Change | undefined): Issue {
  const position = change?.kind === "put" ? change.source?.locate(issue.path) : undefined;
  return position === undefined ? issue : { position, ...issue };
}
