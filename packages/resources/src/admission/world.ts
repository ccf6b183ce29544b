/** The resources as they would be after the changes, and which of them change. Rules look at nothing else. */

import type { Endpoint } from "../endpoint.ts";
import type { FieldPath } from "../field-path.ts";
import type { Host } from "../host.ts";
import type { Resource, ResourceKey, ResourceKind, ResourceOf } from "../resource-kind.ts";
import type { Subnet } from "../subnet.ts";
import type { Vrf } from "../vrf.ts";

/** A reason against a change: `at` is a changed resource. */
export interface Finding {
  readonly at: ResourceKey;
  readonly path: FieldPath;
  readonly message: string;
  /** The resource that stands against it, of several the first; absent where something is missing instead. */
  readonly conflictsWith?: ResourceKey;
}

/** A rule that the resources together must obey. It finds only what a change breaks, not what was broken before. */
export type Rule = (world: World) => Iterable<Finding>;

/** See the file's head. */
export class World {
  readonly #before: ReadonlyMap<ResourceKey, Resource>;
  readonly #after: Map<ResourceKey, Resource>;
  readonly #changed = new Set<ResourceKey>();

  constructor(before: ReadonlyMap<ResourceKey, Resource>) {
    this.#before = before;
    this.#after = new Map(before);
  }

  /** Puts a resource; one that equals the present one may be put too. */
  put(key: ResourceKey, resource: Resource): void {
    this.#after.set(key, resource);
    this.#changed.add(key);
  }

  /** Takes a resource away. */
  delete(key: ResourceKey): void {
    this.#after.delete(key);
    this.#changed.add(key);
  }

  /** Was it put or deleted? */
  isChanged(key: ResourceKey): boolean {
    return this.#changed.has(key);
  }

  /** Was it there before, and is it not any more? */
  isDeleted(key: ResourceKey): boolean {
    return this.#before.has(key) && !this.#after.has(key);
  }

  /** The resource after the changes. */
  get(key: ResourceKey): Resource | undefined {
    return this.#after.get(key);
  }

  /** The resource before the changes. */
  before(key: ResourceKey): Resource | undefined {
    return this.#before.get(key);
  }

  /** All resources after the changes. */
  entries(): IterableIterator<[ResourceKey, Resource]> {
    return this.#after.entries();
  }

  /** All resources of a kind after the changes. */
  ofKind<Kind extends ResourceKind>(kind: Kind): [ResourceKey, ResourceOf<Kind>][] {
    const found: [ResourceKey, ResourceOf<Kind>][] = [];
    for (const [key, resource] of this.#after) {
      if (isOfKind(resource, kind)) found.push([key, resource]);
    }
    return found;
  }

  /** The Host with the name. */
  host(name: string): Host | undefined {
    return this.#find("Host", `hosts/${name}`);
  }

  /** The Subnet that the endpoint names. */
  subnetOf(endpoint: Endpoint): Subnet | undefined {
    return this.#find("Subnet", subnetKeyOf(endpoint));
  }

  #find<Kind extends ResourceKind>(kind: Kind, key: ResourceKey): ResourceOf<Kind> | undefined {
    const resource = this.#after.get(key);
    return resource !== undefined && isOfKind(resource, kind) ? resource : undefined;
  }
}

function isOfKind<Kind extends ResourceKind>(
  resource: Resource,
  kind: Kind,
): resource is ResourceOf<Kind> {
  return resource.kind === kind;
}

/** Key of the Subnet that an Endpoint names. */
export function subnetKeyOf(endpoint: Endpoint): ResourceKey {
  return `subnets/${endpoint.metadata.namespace}/${endpoint.spec.subnet}`;
}

/** Key of the Vrf that a Subnet names. */
export function vrfKeyOf(subnet: Subnet): ResourceKey {
  return `vrfs/${subnet.metadata.namespace}/${subnet.spec.vrf}`;
}

/** Is it a bridged Subnet? */
export function isBridged(resource: Resource | undefined): boolean {
  return resource?.kind === "Subnet" && resource.spec.mode === "bridged";
}

/** "red/web": how messages name a resource of a tenant. */
export function nameInTenant(resource: Vrf | Subnet | Endpoint): string {
  return `${resource.metadata.namespace}/${resource.metadata.name}`;
}
