/** Compares allocations, Endpoints and what hosts have. Pure. */

import { compareIp, type IpAddress } from "@selvedge/net";
import { type Endpoint, type Resource, resourceKey, type Subnet } from "@selvedge/resources";
import type { Finding } from "./finding.ts";
import { isEndpointOwner } from "./owner-record.ts";
import { poolName } from "./pool.ts";
import { PoolLayout } from "./pool-layout.ts";
import { poolOfSubnet } from "./pool-of-subnet.ts";
import type { PoolId } from "./store-key.ts";
import { allocationsOf, type StoredPool, type StoredPools } from "./stored-pools.ts";

/** An address that a host has in a VRF ("red/main"). */
export interface HostAddress {
  readonly host: string;
  readonly vrf: string;
  readonly address: IpAddress;
}

/** Tells whether an owner that is no Endpoint still exists. */
export type OwnerExists = (owner: string, pool: PoolId) => boolean;

/** What is compared. */
export interface CheckInput {
  /** Read before the resources: what was given to an Endpoint that is not among them has leaked. */
  readonly stored: StoredPools;
  readonly resources: Iterable<Resource>;
  /** What hosts told, as far as they were asked. */
  readonly hostAddresses?: readonly HostAddress[];
  /** Of endpoints that hosts take for attached, but their kernels do not have them. */
  readonly unwiredAddresses?: readonly HostAddress[];
  /** Does an owner that is no Endpoint still exist? Default: all do. */
  readonly ownerExists?: OwnerExists;
}

/** Everything that is wrong, pool by pool; leaks stand before what is missing, so that they are repaired first. */
export function check(input: CheckInput): Finding[] {
  const { stored, resources, ownerExists = () => true } = input;
  const { hostAddresses = [], unwiredAddresses = [] } = input;
  const pools = new Map<string, DeclaredPool>();
  const declared = (id: PoolId): DeclaredPool => {
    const known = pools.get(poolName(id)) ?? { id, subnet: undefined, endpoints: new Map() };
    pools.set(poolName(id), known);
    return known;
  };
  for (const { id } of stored.pools.values()) declared(id);
  for (const resource of resources) {
    if (resource.kind === "Subnet") {
      declared(poolOfSubnet(resource)).subnet = resource;
    } else if (resource.kind === "Endpoint") {
      declared(poolIdOf(resource)).endpoints.set(resourceKey(resource), resource);
    }
  }
  return [
    ...stored.unreadable.map((entry): Finding => ({ kind: "unreadable", ...entry })),
    ...[...pools].flatMap(([name, pool]) => checkPool(pool, stored.pools.get(name), ownerExists)),
    ...checkHosts(declaredHosts(pools.values()), hostAddresses, unwiredAddresses),
  ];
}

/** What is declared of a pool. */
interface DeclaredPool {
  readonly id: PoolId;
  subnet: Subnet | undefined;
  readonly endpoints: Map<string, Endpoint>;
}

function checkPool(
  { id, subnet, endpoints }: DeclaredPool,
  stored: StoredPool = { id, blocks: new Map(), owners: new Map() },
  ownerExists: OwnerExists,
): Finding[] {
  const pool = { tenant: id.tenant, subnet: id.subnet };
  const layout = subnet === undefined ? undefined : new PoolLayout(poolOfSubnet(subnet));
  const leaks: Finding[] = [];
  const others: Finding[] = [];
  const holders = new Map<IpAddress, Set<string>>();
  for (const allocation of allocationsOf(stored)) {
    const { owner, address, block, host, time } = allocation;
    const endpoint = endpoints.get(owner);
    const isAlive = isEndpointOwner(owner)
      ? endpoint?.spec.addresses.includes(address) === true
      : ownerExists(owner, pool);
    if (!isAlive) {
      leaks.push({ kind: "leaked", pool, address, block, owner, since: time });
      continue;
    }
    addTo(holders, address, owner);
    if (layout?.hasBlock(block) !== true || layout.faultOf(address) !== undefined) {
      others.push({ kind: "outside", pool, address, owner });
    }
    if (endpoint !== undefined && endpoint.spec.host !== host) {
      const declared = endpoint.spec.host;
      others.push({ kind: "wrong-host", pool, address, block, owner, host, declared });
    }
  }
  for (const [owner, { spec }] of endpoints) {
    for (const address of spec.addresses) {
      const isMissing = !holders.has(address);
      addTo(holders, address, owner);
      if (!isMissing || layout === undefined || layout.faultOf(address) !== undefined) continue;
      const block = layout.blockOf(address);
      const mac = spec.mac === undefined ? {} : { mac: spec.mac };
      others.push({ kind: "missing", pool, address, block, owner, host: spec.host, ...mac });
    }
  }
  for (const [address, owners] of holders) {
    if (owners.size > 1) others.push({ kind: "doubly-owned", pool, address, owners: [...owners] });
  }
  return [...leaks, ...others, ...checkRecords(pool, stored)];
}

function checkRecords(pool: PoolId, stored: StoredPool): Finding[] {
  const given = new Map<string, IpAddress[]>();
  for (const { owner, address } of allocationsOf(stored)) {
    if (isEndpointOwner(owner)) continue;
    const addresses = given.get(owner);
    if (addresses === undefined) given.set(owner, [address]);
    else addresses.push(address);
  }
  return [...new Set([...stored.owners.keys(), ...given.keys()])].flatMap((owner): Finding[] => {
    const recorded = stored.owners.get(owner)?.value.toSorted(compareIp) ?? [];
    const inBlocks = given.get(owner)?.toSorted(compareIp) ?? [];
    if (recorded.join() === inBlocks.join()) return [];
    return [{ kind: "wrong-record", pool, owner, recorded, given: inBlocks }];
  });
}

/** Hosts of Endpoints' addresses, by placeName. */
function declaredHosts(pools: Iterable<DeclaredPool>): Map<string, string> {
  const declared = new Map<string, string>();
  for (const { id, subnet, endpoints } of pools) {
    if (subnet === undefined) continue;
    const vrf = `${id.tenant}/${subnet.spec.vrf}`;
    for (const { spec } of endpoints.values()) {
      for (const address of spec.addresses) declared.set(placeName({ vrf, address }), spec.host);
    }
  }
  return declared;
}

function checkHosts(
  declaredHosts: ReadonlyMap<string, string>,
  hostAddresses: readonly HostAddress[],
  unwiredAddresses: readonly HostAddress[],
): Finding[] {
  const places = Map.groupBy(hostAddresses, placeName);
  const wired = [...places].flatMap(([place, seen]): Finding[] => {
    const declared = declaredHosts.get(place);
    const optional = declared === undefined ? {} : { declared };
    const hosts = [...new Set(seen.map(({ host }) => host))].sort();
    const [first] = seen;
    if (first === undefined || (hosts.length === 1 && first.host === declared)) return [];
    const { vrf, address } = first;
    return hosts.length === 1
      ? [{ kind: "stray", host: first.host, vrf, address, ...optional }]
      : [{ kind: "doubly-wired", hosts, vrf, address, ...optional }];
  });
  // Elsewhere an attachment is about to go.
  const unwired = unwiredAddresses.filter((one) => declaredHosts.get(placeName(one)) === one.host);
  return [...wired, ...unwired.map((one): Finding => ({ kind: "unwired", ...one }))];
}

function placeName({ vrf, address }: Pick<HostAddress, "vrf" | "address">): string {
  return `${vrf} ${address}`;
}

function poolIdOf({ metadata, spec }: Endpoint): PoolId {
  return { tenant: metadata.namespace, subnet: spec.subnet };
}

function addTo(map: Map<IpAddress, Set<string>>, address: IpAddress, owner: string): void {
  const owners = map.get(address) ?? new Set();
  map.set(address, owners.add(owner));
}
