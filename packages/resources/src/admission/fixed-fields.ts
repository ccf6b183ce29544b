/**
 * Fields that must not change while they are in use, because hosts follow changes at different times and would mix
 * two VRFs meanwhile:
 *
 *   Vrf.spec.l3vni      fixed while the VRF has endpoints: the old number may be another VRF's at once, and a host that
 *                       lags would take that VRF's packets for its own.
 *   Subnet.spec.vrf     fixed while the subnet has endpoints: they would change VRF, one host after the other.
 *   Subnet.spec.mode    fixed while the subnet has endpoints: some hosts would route to a workload that others bridge to.
 *   Subnet.spec.vni     fixed while the subnet has endpoints, as a VRF's is.
 *   Endpoint's VRF      fixed (a change of spec.subnet within the VRF is fine): the workload's interface is in the
 *                       VRF's namespace and cannot be in two.
 *
 * All else may change: an Endpoint's host (it moves), its addresses, a Host's address, VTEP, AS number and roles, a
 * VRF's route targets (sessions and routes follow, and no number gets a second meaning).
 */

import type { Resource, ResourceKey } from "../resource-kind.ts";
import { type Finding, subnetKeyOf, vrfKeyOf, type World } from "./world.ts";

const FIXED_IN_SUBNET = ["vrf", "mode", "vni"] as const;

/** Rule: see the file's head. */
export function* fixedFieldsStay(world: World): Generator<Finding> {
  const users = firstUsers(world);
  for (const [key, resource] of world.entries()) {
    if (!world.isChanged(key)) continue;
    const before = world.before(key);
    if (before === undefined) continue;
    yield* fixedFieldChanged(world, key, before, resource, users.get(key));
  }
}

function* fixedFieldChanged(
  world: World,
  key: ResourceKey,
  before: Resource,
  after: Resource,
  user: ResourceKey | undefined,
): Generator<Finding> {
  if (before.kind === "Vrf" && after.kind === "Vrf" && user !== undefined) {
    if (before.spec.l3vni === undefined || before.spec.l3vni === after.spec.l3vni) return;
    yield {
      at: key,
      path: ["spec", "l3vni"],
      message: `cannot change from ${before.spec.l3vni} to ${after.spec.l3vni} while ${user} is in the VRF; leave it, or delete the endpoints first`,
      conflictsWith: user,
    };
  }
  if (before.kind === "Subnet" && after.kind === "Subnet" && user !== undefined) {
    for (const field of FIXED_IN_SUBNET) {
      const [was, is] = [before.spec[field], after.spec[field]];
      // With the mode the VNI goes.
      if (was === is || was === undefined || is === undefined) continue;
      yield {
        at: key,
        path: ["spec", field],
        message: `cannot change from ${was} to ${is} while ${user} is in the subnet; leave it, or delete the endpoints first`,
        conflictsWith: user,
      };
    }
  }
  if (before.kind === "Endpoint" && after.kind === "Endpoint") {
    const vrfBefore = vrfOf(world.before(subnetKeyOf(before)));
    const vrfAfter = vrfOf(world.get(subnetKeyOf(after)));
    if (vrfBefore === undefined || vrfAfter === undefined || vrfBefore === vrfAfter) return;
    if (before.spec.subnet === after.spec.subnet) return;
    yield {
      at: key,
      path: ["spec", "subnet"],
      message: `cannot change from ${before.spec.subnet} to ${after.spec.subnet}, which is in another VRF; delete the endpoint and declare it anew`,
      conflictsWith: subnetKeyOf(after),
    };
  }
}

function vrfOf(resource: Resource | undefined): ResourceKey | undefined {
  return resource?.kind === "Subnet" ? vrfKeyOf(resource) : undefined;
}

/** For each Vrf and Subnet one Endpoint that is in it before and after the changes. */
function firstUsers(world: World): Map<ResourceKey, ResourceKey> {
  const users = new Map<ResourceKey, ResourceKey>();
  for (const [key] of world.ofKind("Endpoint")) {
    const before = world.before(key);
    if (before?.kind !== "Endpoint") continue;
    const subnetKey = subnetKeyOf(before);
    if (!users.has(subnetKey)) users.set(subnetKey, key);
    const vrfKey = vrfOf(world.before(subnetKey));
    if (vrfKey !== undefined && !users.has(vrfKey)) users.set(vrfKey, key);
  }
  return users;
}
