/** Which pools changes of resources concern, and how. Pure. */

import { isDeepStrictEqual } from "node:util";
import type { Change, Endpoint, Resource, ResourceKey, Subnet } from "@selvedge/resources";
import { resourceKey } from "@selvedge/resources";
import type { EndpointChange } from "./plan-endpoints.ts";
import { type Pool, poolName } from "./pool.ts";
import { poolOfSubnet } from "./pool-of-subnet.ts";

/** Resources by key; a Map is one. */
export type Resources = Pick<ReadonlyMap<ResourceKey, Resource>, "get" | "values">;

/** What happens to one pool. */
export interface PoolChange {
  readonly pool: Pool;
  readonly endpoints: EndpointChange[];
}

/** What changes mean for pools. */
export interface PoolChanges {
  /** Pools with Endpoints that change. */
  readonly changed: readonly PoolChange[];
  /** Pools whose subnet goes. */
  readonly removed: readonly { readonly key: ResourceKey; readonly pool: Pool }[];
  /** Pools that are to be cut into blocks of another length than before, as they are to be. */
  readonly recut: readonly { readonly key: ResourceKey; readonly pool: Pool }[];
}

/** Endpoints of subnets that are nowhere are left out: admission refuses them. */
export function poolChanges(changes: readonly Change[], current: Resources): PoolChanges {
  const byKey = new Map(
    changes.map((change) => [
      change.kind === "put" ? resourceKey(change.resource) : change.key,
      change,
    ]),
  );
  const changed = new Map<string, PoolChange>();
  const removed: { key: ResourceKey; pool: Pool }[] = [];
  const recut: { key: ResourceKey; pool: Pool }[] = [];
  const subnetOf = ({ metadata, spec }: Endpoint): Subnet | undefined => {
    const key: ResourceKey = `subnets/${metadata.namespace}/${spec.subnet}`;
    const change = byKey.get(key);
    const subnet = change?.kind === "put" ? change.resource : current.get(key);
    return subnet?.kind === "Subnet" ? subnet : undefined;
  };
  const add = (subnet: Subnet | undefined, change: EndpointChange) => {
    if (subnet === undefined) return;
    const pool = poolOfSubnet(subnet);
    const known = changed.get(poolName(pool)) ?? { pool, endpoints: [] };
    changed.set(poolName(pool), known);
    known.endpoints.push(change);
  };
  for (const [key, change] of byKey) {
    const resource = change.kind === "put" ? change.resource : undefined;
    const present = current.get(key);
    if (present?.kind === "Subnet" && resource === undefined) {
      removed.push({ key, pool: poolOfSubnet(present) });
    }
    if (present?.kind === "Subnet" && resource?.kind === "Subnet") {
      const pool = poolOfSubnet(resource);
      const { blockLength } = poolOfSubnet(present);
      const isSame = isDeepStrictEqual(pool.blockLength, blockLength);
      if (!isSame) recut.push({ key, pool });
    }
    const before = present?.kind === "Endpoint" ? present : undefined;
    const after = resource?.kind === "Endpoint" ? resource : undefined;
    if (before !== undefined && after?.spec.subnet === before.spec.subnet) {
      add(subnetOf(after), { key, before, after });
      continue;
    }
    if (before !== undefined) add(subnetOf(before), { key, before });
    if (after !== undefined) add(subnetOf(after), { key, after });
  }
  const isRemoved = ({ pool }: PoolChange) =>
    removed.some((other) => poolName(other.pool) === poolName(pool));
  const kept = [...changed.values()].filter((change) => !isRemoved(change));
  return { changed: kept, removed, recut };
}
