/** How much of each pool is in use, for operators. Pure. */

import { comparePrefix, type IpFamily, type IpPrefix, prefixFamily } from "@selvedge/net";
import type { Resource } from "@selvedge/resources";
import { poolFamilies, poolName } from "./pool.ts";
import { PoolLayout } from "./pool-layout.ts";
import { poolOfSubnet } from "./pool-of-subnet.ts";
import type { PoolId } from "./store-key.ts";
import type { StoredPools } from "./stored-pools.ts";
import { type BlockUsage, blockUsage, type FamilyUsage, familyUsage } from "./usage.ts";

/** A family of a pool. */
export interface PoolReport extends FamilyUsage {
  readonly pool: PoolId;
  readonly cidrs: readonly IpPrefix[];
}

/** A block. */
export interface BlockReport extends BlockUsage {
  readonly pool: PoolId;
  readonly block: IpPrefix;
  /** The host that it is of. */
  readonly host?: string;
}

/** Every family of every declared subnet, and every stored block of one. */
export interface UsageReport {
  readonly pools: readonly PoolReport[];
  readonly blocks: readonly BlockReport[];
}

/** `now` and `coolDown` in milliseconds, as an Ipam has them. */
export function usageReport(
  stored: StoredPools,
  resources: Iterable<Resource>,
  now: number,
  coolDown: number,
): UsageReport {
  const pools: PoolReport[] = [];
  const blocks: BlockReport[] = [];
  for (const resource of resources) {
    if (resource.kind !== "Subnet") continue;
    const declared = poolOfSubnet(resource);
    const layout = new PoolLayout(declared);
    const pool = { tenant: declared.tenant, subnet: declared.subnet };
    const known = [...(stored.pools.get(poolName(pool))?.blocks ?? [])].map(
      ([prefix, { value }]) => [prefix, value] as const,
    );
    for (const family of poolFamilies(declared)) {
      const usage = familyUsage(layout, family, known, now, coolDown);
      pools.push({ pool, cidrs: cidrsOf(declared.cidrs, family), ...usage });
    }
    for (const [block, value] of known.sort(([a], [b]) => comparePrefix(a, b))) {
      const usage = blockUsage(layout, block, value, now, coolDown);
      const host = value.host === undefined ? {} : { host: value.host };
      blocks.push({ pool, block, ...host, ...usage });
    }
  }
  return { pools, blocks };
}

function cidrsOf(cidrs: readonly IpPrefix[], family: IpFamily): IpPrefix[] {
  return cidrs.filter((cidr) => prefixFamily(cidr) === family);
}
