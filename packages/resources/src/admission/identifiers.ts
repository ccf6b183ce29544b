/**
 * Numbers that admission gives: the L3VNI of a Vrf and the L2VNI of a bridged Subnet, and the ids of Hosts, Vrfs and
 * bridged Subnets. A number, once given, stays with its resource also when it is applied again without the field. The
 * lowest free number is given; a VNI out of the range of its tenant, or where the tenant has none, out of what is in no
 * tenant's. Automatic route targets are made of VNIs (RFC 8365, section 5.1.2.1), so that the range is that of the route
 * targets as well. Vrfs and Subnets have VNIs and ids of one pool: no two may share a tunnel, or a route distinguisher.
 */

import { MAX_VNI, parseVni, type Vni } from "@selvedge/net";
import { type Host, MAX_HOST_ID } from "../host.ts";
import type { ResourceKey } from "../resource-kind.ts";
import type { Subnet } from "../subnet.ts";
import { MAX_VRF_ID, type Vrf } from "../vrf.ts";
import type { Finding, World } from "./world.ts";

/** The first VNI that is given without a range. Lower ones are left to those who number them themselves. */
export const FIRST_VNI = 5000;

/**
 * Fills in what the changed Hosts, Vrfs and Subnets lack, in the order of the changes, and finds those for which no number
 * is left. Statuses of the changed resources are what they were before, whatever the change says: they are not the user's.
 */
export function* giveIdentifiers(world: World, changed: Iterable<ResourceKey>): Generator<Finding> {
  const keys = [...changed];
  for (const key of keys) keepIdentifiers(world, key);
  const pools = new IdentifierPools(world);
  for (const key of keys) {
    const resource = world.get(key);
    if (resource?.kind === "Host") yield* completeHost(world, key, resource, pools);
    if (resource?.kind === "Vrf") yield* completeVrf(world, key, resource, pools);
    if (resource?.kind === "Subnet") yield* completeSubnet(world, key, resource, pools);
  }
}

function keepIdentifiers(world: World, key: ResourceKey): void {
  const resource = world.get(key);
  const before = world.before(key);
  if (resource?.kind === "Host") {
    const { status: _, ...declared } = resource;
    const status = before?.kind === "Host" ? before.status : undefined;
    world.put(key, status === undefined ? declared : { ...declared, status });
  }
  if (resource?.kind === "Vrf") {
    const { status: _, ...declared } = resource;
    const { status = undefined, spec = undefined } = before?.kind === "Vrf" ? before : {};
    const l3vni = declared.spec.l3vni ?? spec?.l3vni;
    world.put(key, {
      ...declared,
      spec: l3vni === undefined ? declared.spec : { ...declared.spec, l3vni },
      ...(status === undefined ? {} : { status }),
    });
  }
  if (resource?.kind === "Subnet") {
    const { status: _, ...declared } = resource;
    const isBridged = before?.kind === "Subnet" && declared.spec.mode === "bridged";
    const { status = undefined, spec = undefined } = isBridged ? before : {};
    const vni = declared.spec.vni ?? spec?.vni;
    world.put(key, {
      ...declared,
      spec: vni === undefined ? declared.spec : { ...declared.spec, vni },
      ...(status === undefined ? {} : { status }),
    });
  }
}

function* completeHost(
  world: World,
  key: ResourceKey,
  host: Host,
  pools: IdentifierPools,
): Generator<Finding> {
  if (host.status !== undefined) return;
  const id = pools.hostIds.take();
  if (id === undefined) {
    yield {
      at: key,
      path: [],
      message: `there are ${MAX_HOST_ID} hosts already, the most; delete one`,
    };
    return;
  }
  world.put(key, { ...host, status: { id } });
}

function* completeVrf(
  world: World,
  key: ResourceKey,
  vrf: Vrf,
  pools: IdentifierPools,
): Generator<Finding> {
  const { l3vni: declared } = vrf.spec;
  const numbers = yield* giveNumbers(world, key, vrf, { vni: declared, field: "l3vni" }, pools);
  if (numbers === undefined) return;
  const { vni: l3vni, id } = numbers;
  world.put(key, { ...vrf, spec: { ...vrf.spec, l3vni }, status: { id } });
}

function* completeSubnet(
  world: World,
  key: ResourceKey,
  subnet: Subnet,
  pools: IdentifierPools,
): Generator<Finding> {
  if (subnet.spec.mode === "routed") return;
  const { vni: declared } = subnet.spec;
  const numbers = yield* giveNumbers(world, key, subnet, { vni: declared, field: "vni" }, pools);
  if (numbers === undefined) return;
  const { vni, id } = numbers;
  world.put(key, { ...subnet, spec: { ...subnet.spec, vni }, status: { id } });
}

/** The VNI and the id of a Vrf or a bridged Subnet, those that it has or free ones. */
function* giveNumbers(
  world: World,
  key: ResourceKey,
  { metadata, status }: Vrf | Subnet,
  declared: { readonly vni: number | undefined; readonly field: string },
  pools: IdentifierPools,
): Generator<Finding, { readonly vni: Vni; readonly id: number } | undefined> {
  const tenant = world.get(`tenants/${metadata.namespace}`);
  const range = tenant?.kind === "Tenant" ? tenant.spec.vniRange : undefined;
  const vni = declared.vni ?? pools.takeVni(range);
  const id = status?.id ?? pools.vrfIds.take();
  if (id === undefined) {
    yield {
      at: key,
      path: [],
      message: `there are ${MAX_VRF_ID} VRFs and bridged subnets already, the most; delete one`,
    };
  }
  if (vni === undefined) {
    const message =
      range === undefined
        ? `no VNI from ${FIRST_VNI} on is free; write a lower one that is`
        : `every VNI in the vniRange of tenant ${metadata.namespace} is used; widen the range, or write ${declared.field === "vni" ? "a vni" : "an l3vni"}`;
    yield { at: key, path: ["spec", declared.field], message };
  }
  return id === undefined || vni === undefined ? undefined : { vni: parseVni(vni), id };
}

interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** Numbers in use, over the whole world. */
class IdentifierPools {
  readonly hostIds: NumberPool = new NumberPool([{ first: 1, last: MAX_HOST_ID }]);
  readonly vrfIds: NumberPool = new NumberPool([{ first: 1, last: MAX_VRF_ID }]);
  readonly #world: World;
  readonly #vnis = new Set<number>();
  readonly #rangesOfTenants = new Map<string, NumberPool>();
  #rest: NumberPool | undefined;

  constructor(world: World) {
    this.#world = world;
    for (const [, host] of world.ofKind("Host")) this.hostIds.reserve(host.status?.id);
    for (const [, { spec, status }] of world.ofKind("Vrf")) {
      this.vrfIds.reserve(status?.id);
      if (spec.l3vni !== undefined) this.#vnis.add(spec.l3vni);
    }
    for (const [, { spec, status }] of world.ofKind("Subnet")) {
      this.vrfIds.reserve(status?.id);
      if (spec.vni !== undefined) this.#vnis.add(spec.vni);
    }
  }

  /** Of a tenant's range, or of what is in no range. */
  takeVni(range: NumberRange | undefined): number | undefined {
    const pool = range === undefined ? this.#outsideOfRanges() : this.#ofRange(range);
    return pool.take();
  }

  #ofRange(range: NumberRange): NumberPool {
    const name = `${range.first}-${range.last}`;
    const pool = this.#rangesOfTenants.get(name) ?? new NumberPool([range], this.#vnis);
    this.#rangesOfTenants.set(name, pool);
    return pool;
  }

  #outsideOfRanges(): NumberPool {
    if (this.#rest === undefined) {
      const ranges = [...this.#world.ofKind("Tenant")].flatMap(([, { spec }]) =>
        spec.vniRange === undefined ? [] : [spec.vniRange],
      );
      this.#rest = new NumberPool(without(ranges), this.#vnis);
    }
    return this.#rest;
  }
}

/** What is left of the VNIs that are given, in their order. */
function without(ranges: readonly NumberRange[]): NumberRange[] {
  const left: NumberRange[] = [];
  let next = FIRST_VNI;
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    if (first > next) left.push({ first: next, last: first - 1 });
    next = Math.max(next, last + 1);
  }
  if (next <= MAX_VNI) left.push({ first: next, last: MAX_VNI });
  return left;
}

/** Gives the lowest free number of its ranges, which are in order and do not meet. */
class NumberPool {
  readonly #ranges: readonly NumberRange[];
  readonly #taken: Set<number>;
  /** The range of `#next`. */
  #range = 0;
  /** All below, in the ranges, are taken. */
  #next = 0;

  constructor(ranges: readonly NumberRange[], taken: Set<number> = new Set()) {
    this.#ranges = ranges;
    this.#taken = taken;
  }

  reserve(number: number | undefined): void {
    if (number !== undefined) this.#taken.add(number);
  }

  take(): number | undefined {
    for (; this.#range < this.#ranges.length; this.#range++) {
      const { first = 0, last = -1 } = this.#ranges[this.#range] ?? {};
      this.#next = Math.max(this.#next, first);
      while (this.#taken.has(this.#next)) this.#next++;
      if (this.#next > last) continue;
      this.#taken.add(this.#next);
      return this.#next++;
    }
    return undefined;
  }
}
