/**
 * What has to do with what, kept up to date with each change, so that admission looks at what a change may meet and not
 * at everything there is. It gives admission a part of the resources; the rules know nothing of it. What the part must
 * hold follows from the rules: whoever adds one that looks further must widen `around`. That the part leads to the same
 * answer as the whole, word for word, is a test over any changes of any resources.
 *
 * All Hosts go with a change of a Host, and all Vrfs and bridged Subnets with one of a Vrf or a bridged Subnet, since their
 * numbers are unique over all, and with these all Tenants, whose ranges say which numbers are given.
 */

import { type Resource, type ResourceKey, resourceKey } from "../resource-kind.ts";
import type { Change } from "./change.ts";
import { referencesOf } from "./references.ts";
import { isBridged, subnetKeyOf, vrfKeyOf } from "./world.ts";

/** One key, or several: most groups of equal addresses have one member. */
type Members = ResourceKey | Set<ResourceKey>;

/** Resources by key, and what refers to them or has the same address. */
export class ResourceIndex {
  readonly #resources = new Map<ResourceKey, Resource>();
  /** The order in which they came, which is that of `resources`. */
  readonly #order = new Map<ResourceKey, number>();
  readonly #users = new Map<ResourceKey, Set<ResourceKey>>();
  /** Endpoints by tenant and address or MAC address. */
  readonly #claims = new Map<string, Members>();
  /** All but Endpoints, by plural, and by plural and tenant. */
  readonly #groups = new Map<string, Set<ResourceKey>>();
  /** Subnets with numbers. */
  readonly #bridged = new Set<ResourceKey>();
  #next = 0;

  /** Everything that is there. */
  get resources(): ReadonlyMap<ResourceKey, Resource> {
    return this.#resources;
  }

  /** Puts a resource in the place of what is there under its key. */
  put(key: ResourceKey, resource: Resource): void {
    const before = this.#resources.get(key);
    if (before === undefined) {
      this.#order.set(key, this.#next++);
      for (const group of groupsOf(key)) addTo(this.#groups, group, key);
    } else {
      this.#unlink(key, before);
    }
    this.#resources.set(key, resource);
    for (const { target } of referencesOf(resource)) addTo(this.#users, target, key);
    for (const claim of claimsOf(resource)) this.#claim(claim, key);
    if (isBridged(resource)) this.#bridged.add(key);
  }

  /** Whether it was there. */
  delete(key: ResourceKey): boolean {
    const before = this.#resources.get(key);
    if (before === undefined) return false;
    this.#unlink(key, before);
    for (const group of groupsOf(key)) removeFrom(this.#groups, group, key);
    this.#order.delete(key);
    return this.#resources.delete(key);
  }

  /** The resources that admission of these changes looks at, in their order. */
  around(changes: readonly Change[]): ReadonlyMap<ResourceKey, Resource> {
    const part = new Part(this);
    const deleted = new Set(
      changes.flatMap((change) => (change.kind === "delete" ? [change.key] : [])),
    );
    for (const change of changes) {
      if (change.kind === "delete") part.addDeletion(change.key);
      else part.addPut(change.resource, deleted);
    }
    const found = [...part.keys()].sort((a, b) => this.#orderOf(a) - this.#orderOf(b));
    const resources = new Map<ResourceKey, Resource>();
    for (const key of found) {
      const resource = this.#resources.get(key);
      if (resource !== undefined) resources.set(key, resource);
    }
    return resources;
  }

  /** What names the resource, whether it is there or not. */
  users(key: ResourceKey): Iterable<ResourceKey> {
    return this.#users.get(key) ?? [];
  }

  /** Endpoints of the same tenant that have one of the Endpoint's addresses. */
  *sharers(resource: Resource): Generator<ResourceKey> {
    for (const claim of claimsOf(resource)) {
      const members = this.#claims.get(claim);
      if (typeof members === "string") yield members;
      else if (members !== undefined) yield* members;
    }
  }

  /** What has a VNI of its own, and what says which VNIs are given. */
  *numbered(): Generator<ResourceKey> {
    yield* this.group("vrfs");
    yield* this.group("tenants");
    yield* this.#bridged;
  }

  /** All of a plural, or of a plural and a tenant ("vrfs", "vrfs/red"); not of Endpoints. */
  group(name: string): Iterable<ResourceKey> {
    return this.#groups.get(name) ?? [];
  }

  #orderOf(key: ResourceKey): number {
    return this.#order.get(key) ?? 0;
  }

  #unlink(key: ResourceKey, resource: Resource): void {
    for (const { target } of referencesOf(resource)) removeFrom(this.#users, target, key);
    for (const claim of claimsOf(resource)) this.#unclaim(claim, key);
    this.#bridged.delete(key);
  }

  #claim(claim: string, key: ResourceKey): void {
    const members = this.#claims.get(claim);
    if (members === undefined || members === key) this.#claims.set(claim, key);
    else if (typeof members === "string") this.#claims.set(claim, new Set([members, key]));
    else members.add(key);
  }

  #unclaim(claim: string, key: ResourceKey): void {
    const members = this.#claims.get(claim);
    if (typeof members === "object" && members.delete(key) && members.size > 0) return;
    if (members === key || typeof members === "object") this.#claims.delete(claim);
  }
}

/** The part of an index that admission looks at, while it is put together. */
class Part {
  readonly #index: ResourceIndex;
  readonly #keys = new Set<ResourceKey>();

  constructor(index: ResourceIndex) {
    this.#index = index;
  }

  /** With the subnet that each Endpoint has been in, which says in which VRF it is. */
  keys(): ReadonlySet<ResourceKey> {
    for (const key of [...this.#keys]) {
      const resource = this.#index.resources.get(key);
      if (resource?.kind === "Endpoint") this.#keys.add(subnetKeyOf(resource));
    }
    return this.#keys;
  }

  addDeletion(key: ResourceKey): void {
    this.#keys.add(key);
    this.#addAll(this.#index.users(key));
  }

  addPut(resource: Resource, deleted: ReadonlySet<ResourceKey>): void {
    const key = resourceKey(resource);
    const before = this.#index.resources.get(key);
    this.#keys.add(key);
    for (const { target } of referencesOf(resource)) {
      this.#keys.add(target);
      const isMissing = !this.#index.resources.has(target) || deleted.has(target);
      // What the user may have meant instead is one of those.
      if (isMissing) this.#addAll(this.#index.group(target.slice(0, target.lastIndexOf("/"))));
    }
    switch (resource.kind) {
      case "Tenant":
        break;
      case "Host":
        this.#addAll(this.#index.group("hosts"));
        if (!resource.spec.roles.includes("vtep")) this.#addAll(this.#index.users(key));
        break;
      case "Vrf":
        this.#addAll(this.#index.numbered());
        if (before?.kind === "Vrf" && before.spec.l3vni !== resource.spec.l3vni) {
          for (const subnet of this.#index.users(key)) this.#addWithUsers(subnet);
        }
        break;
      case "Subnet":
        if (isBridged(resource)) this.#addAll(this.#index.numbered());
        this.#addAll(this.#index.users(vrfKeyOf(resource)));
        this.#addAll(this.#index.users(key));
        break;
      case "Endpoint":
        this.#addAll(this.#index.sharers(resource));
        break;
      default:
        resource satisfies never;
    }
  }

  #addAll(keys: Iterable<ResourceKey>): void {
    for (const key of keys) this.#keys.add(key);
  }

  #addWithUsers(key: ResourceKey): void {
    this.#keys.add(key);
    this.#addAll(this.#index.users(key));
  }
}

function* groupsOf(key: ResourceKey): Generator<string> {
  if (key.startsWith("endpoints/")) return;
  const parts = key.split("/");
  yield parts[0] ?? "";
  if (parts.length === 3) yield `${parts[0]}/${parts[1]}`;
}

function* claimsOf(resource: Resource): Generator<string> {
  if (resource.kind !== "Endpoint") return;
  const { namespace } = resource.metadata;
  for (const address of resource.spec.addresses) yield `${namespace} ${address}`;
  if (resource.spec.mac !== undefined) yield `${namespace} ${resource.spec.mac}`;
}

function addTo<Key>(map: Map<Key, Set<ResourceKey>>, group: Key, key: ResourceKey): void {
  const members = map.get(group);
  if (members === undefined) map.set(group, new Set([key]));
  else members.add(key);
}

function removeFrom<Key>(map: Map<Key, Set<ResourceKey>>, group: Key, key: ResourceKey): void {
  const members = map.get(group);
  if (members?.delete(key) === true && members.size === 0) map.delete(group);
}
