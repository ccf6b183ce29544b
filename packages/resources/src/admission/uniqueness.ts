/** Values that no two resources share: VNIs over all tenants, underlay addresses and router ids over all hosts. */

import type { FieldPath } from "../field-path.ts";
import type { ResourceKey } from "../resource-kind.ts";
import type { Finding, World } from "./world.ts";

/** A value, and the field that holds it. */
export interface Claim<Value> {
  readonly by: ResourceKey;
  readonly path: FieldPath;
  readonly value: Value;
}

/**
 * Finds values that two resources claim. It is charged to the later one that changes. One resource may claim a value
 * twice (a host's address is its VTEP too).
 */
export function* sharedValues<Value>(
  world: World,
  claims: Iterable<Claim<Value>>,
  message: (value: Value, other: ResourceKey) => string,
): Generator<Finding> {
  const holders = new Map<Value, Claim<Value>>();
  for (const claim of claims) {
    const holder = holders.get(claim.value);
    if (holder === undefined) {
      holders.set(claim.value, claim);
      continue;
    }
    if (holder.by === claim.by) continue;
    const [blamed, other] = world.isChanged(claim.by) ? [claim, holder] : [holder, claim];
    if (!world.isChanged(blamed.by)) continue;
    yield {
      at: blamed.by,
      path: blamed.path,
      message: message(claim.value, other.by),
      conflictsWith: other.by,
    };
  }
}

/** Rule: a VNI is one VRF's or one bridged subnet's, over all tenants. */
export function* vnisAreUnique(world: World): Generator<Finding> {
  const claims = [
    ...world
      .ofKind("Vrf")
      .map(([by, { spec }]) => ({ by, path: ["spec", "l3vni"], value: spec.l3vni })),
    ...world
      .ofKind("Subnet")
      .map(([by, { spec }]) => ({ by, path: ["spec", "vni"], value: spec.vni })),
  ].filter(({ value }) => value !== undefined);
  yield* sharedValues(
    world,
    claims,
    (value, other) =>
      `the VNI ${value} is that of ${other}; use another, or leave the field out to get a free one`,
  );
}

/** Rule: no two hosts share an underlay address (of BGP or of tunnels) or a router id. */
export function* hostsAreDistinct(world: World): Generator<Finding> {
  const addresses = world
    .ofKind("Host")
    .flatMap(([by, { spec }]) => [
      { by, path: ["spec", "address"], value: spec.address },
      ...(spec.vtep === undefined ? [] : [{ by, path: ["spec", "vtep"], value: spec.vtep }]),
    ]);
  yield* oncePerHost(
    sharedValues(
      world,
      addresses,
      (value, other) => `${value} is an address of ${other} already; use this host's own`,
    ),
  );
  const routerIds = world
    .ofKind("Host")
    .map(([by, { spec }]) => ({ by, path: ["spec", "routerId"], value: spec.routerId }));
  yield* sharedValues(
    world,
    routerIds,
    (value, other) => `${value} is the router id of ${other} already; use this host's own`,
  );
}

/** A `vtep` that was filled in from `address` must not repeat the address's finding. */
function* oncePerHost(findings: Iterable<Finding>): Generator<Finding> {
  const seen = new Set<string>();
  for (const finding of findings) {
    const id = `${finding.at} ${finding.message}`;
    if (!seen.has(id)) yield finding;
    seen.add(id);
  }
}
