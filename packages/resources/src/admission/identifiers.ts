/**
 * Numbers that admission gives: the L3VNI of a Vrf, and the ids of Hosts and Vrfs. A number, once given, stays with its
 * resource also when it is applied again without the field. The lowest free number is given.
 */

import { MAX_VNI, parseVni } from "@selvedge/net";
import { type Host, MAX_HOST_ID } from "../host.ts";
import type { ResourceKey } from "../resource-kind.ts";
import { MAX_VRF_ID, type Vrf } from "../vrf.ts";
import type { Finding, World } from "./world.ts";

/** The first L3VNI that is given. Lower ones are left to those who number their VRFs themselves. */
export const FIRST_L3VNI = 5000;

/**
 * Fills in what the changed Hosts and Vrfs lack, in the order of the changes, and finds those for which no number is
 * left. Statuses of the changed resources are what they were before, whatever the change says: they are not the user's.
 */
export function* giveIdentifiers(world: World, changed: Iterable<ResourceKey>): Generator<Finding> {
  const keys = [...changed];
  for (const key of keys) keepIdentifiers(world, key);
  const pools = new IdentifierPools(world);
  for (const key of keys) {
    const resource = world.get(key);
    if (resource?.kind === "Host") yield* completeHost(world, key, resource, pools);
    if (resource?.kind === "Vrf") yield* completeVrf(world, key, resource, pools);
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
  const l3vni = vrf.spec.l3vni ?? pools.l3vnis.take();
  const id = vrf.status?.id ?? pools.vrfIds.take();
  if (id === undefined) {
    yield {
      at: key,
      path: [],
      message: `there are ${MAX_VRF_ID} VRFs already, the most; delete one`,
    };
  }
  if (l3vni === undefined) {
    yield {
      at: key,
      path: ["spec", "l3vni"],
      message: `no VNI from ${FIRST_L3VNI} on is free; write a lower one that is`,
    };
  }
  if (id === undefined || l3vni === undefined) return;
  const spec = { ...vrf.spec, l3vni: parseVni(l3vni) };
  world.put(key, { ...vrf, spec, status: { id } });
}

/** Numbers in use, over the whole world. */
class IdentifierPools {
  readonly hostIds: NumberPool = new NumberPool(1, MAX_HOST_ID);
  readonly vrfIds: NumberPool = new NumberPool(1, MAX_VRF_ID);
  readonly l3vnis: NumberPool = new NumberPool(FIRST_L3VNI, MAX_VNI);

  constructor(world: World) {
    for (const [, host] of world.ofKind("Host")) this.hostIds.reserve(host.status?.id);
    for (const [, vrf] of world.ofKind("Vrf")) {
      this.vrfIds.reserve(vrf.status?.id);
      this.l3vnis.reserve(vrf.spec.l3vni);
    }
  }
}

/** Gives the lowest free number of a range. */
class NumberPool {
  readonly #taken = new Set<number>();
  readonly #last: number;
  /** All below are taken. */
  #next: number;

  constructor(first: number, last: number) {
    this.#next = first;
    this.#last = last;
  }

  reserve(number: number | undefined): void {
    if (number !== undefined) this.#taken.add(number);
  }

  take(): number | undefined {
    while (this.#taken.has(this.#next)) this.#next++;
    if (this.#next > this.#last) return undefined;
    return this.#next++;
  }
}
