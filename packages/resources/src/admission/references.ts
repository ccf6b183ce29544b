/** What a resource names must be there: its tenant, a Subnet's Vrf, an Endpoint's Subnet and its Host (a VTEP). */

import { didYouMean } from "../did-you-mean.ts";
import type { FieldPath } from "../field-path.ts";
import { KINDS, parseResourceKey, type Resource, type ResourceKey } from "../resource-kind.ts";
import { type Finding, subnetKeyOf, vrfKeyOf, type World } from "./world.ts";

/** A field that names another resource. */
export interface Reference {
  readonly path: FieldPath;
  readonly target: ResourceKey;
}

/** Rule: every reference leads to a resource. A missing one is charged to its user, a deleted one to the deletion. */
export function* referencesLead(world: World): Generator<Finding> {
  const usersOfDeleted = new Map<ResourceKey, ResourceKey[]>();
  for (const [key, resource] of world.entries()) {
    for (const { path, target } of referencesOf(resource)) {
      if (world.get(target) !== undefined) continue;
      if (world.isChanged(key)) yield { at: key, path, message: missing(world, target) };
      else if (world.isDeleted(target)) addTo(usersOfDeleted, target, key);
    }
  }
  for (const [at, users] of usersOfDeleted) {
    yield {
      at,
      path: [],
      message: `is still used by ${listed(users)}; delete that first, or together with it`,
      ...firstOf(users),
    };
  }
}

/** Rule: an Endpoint is on a Host with the role vtep. */
export function* endpointsAreOnVteps(world: World): Generator<Finding> {
  const usersOfHost = new Map<ResourceKey, ResourceKey[]>();
  for (const [key, endpoint] of world.ofKind("Endpoint")) {
    const host = world.host(endpoint.spec.host);
    if (host === undefined || host.spec.roles.includes("vtep")) continue;
    if (world.isChanged(key)) {
      yield {
        at: key,
        path: ["spec", "host"],
        message: `the host ${endpoint.spec.host} is a route reflector only; name one with the role vtep`,
        conflictsWith: `hosts/${endpoint.spec.host}`,
      };
    } else {
      addTo(usersOfHost, `hosts/${endpoint.spec.host}`, key);
    }
  }
  for (const [at, users] of usersOfHost) {
    if (!world.isChanged(at)) continue;
    yield {
      at,
      path: ["spec", "roles"],
      message: `the role vtep is needed by ${listed(users)}; keep it, or move them first`,
      ...firstOf(users),
    };
  }
}

/** Everything that a resource names. */
export function referencesOf(resource: Resource): Reference[] {
  switch (resource.kind) {
    case "Tenant":
    case "Host":
      return [];
    case "Vrf":
      return [tenantOf(resource)];
    case "Subnet":
      return [tenantOf(resource), { path: ["spec", "vrf"], target: vrfKeyOf(resource) }];
    case "Endpoint":
      return [
        tenantOf(resource),
        { path: ["spec", "subnet"], target: subnetKeyOf(resource) },
        { path: ["spec", "host"], target: `hosts/${resource.spec.host}` },
      ];
    default:
      return resource satisfies never;
  }
}

function tenantOf(resource: { readonly metadata: { readonly namespace: string } }): Reference {
  return { path: ["metadata", "namespace"], target: `tenants/${resource.metadata.namespace}` };
}

function missing(world: World, target: ResourceKey): string {
  const parts = parseResourceKey(target);
  if (parts === undefined) return `there is no ${target}`;
  const { kind, namespace, name } = parts;
  const siblings: string[] = [];
  for (const [, other] of world.ofKind(kind)) {
    const otherTenant =
      other.kind === "Tenant" || other.kind === "Host" ? undefined : other.metadata.namespace;
    if (otherTenant === namespace) siblings.push(other.metadata.name);
  }
  const where = namespace === undefined ? "" : ` in the tenant ${namespace}`;
  const otherwise = "; declare it first, or together with this";
  return `there is no ${KINDS[kind].kind} "${name}"${where}${didYouMean(name, siblings, otherwise)}`;
}

function addTo(map: Map<ResourceKey, ResourceKey[]>, key: ResourceKey, user: ResourceKey): void {
  const users = map.get(key);
  if (users === undefined) map.set(key, [user]);
  else users.push(user);
}

function firstOf([first]: readonly ResourceKey[]): Pick<Finding, "conflictsWith"> {
  return first === undefined ? {} : { conflictsWith: first };
}

/** "a, b and c", or "a, b, c and 7 more". */
function listed(keys: readonly ResourceKey[]): string {
  const shown: string[] = keys.slice(0, 3);
  const rest = keys.length - shown.length;
  const last = rest > 0 ? `${rest} more` : shown.pop();
  return shown.length === 0 ? String(last) : `${shown.join(", ")} and ${last}`;
}
