/** Lists of one kind in order, made once a revision; those whose pages are being read stay until newer ones need the room. */
import type { CachedState } from "@selvedge/datastore";
import type { Resource, ResourceKind } from "@selvedge/resources";

/** Lists that are kept for the next page of somebody. Each holds what has changed since, and references to the rest. */
const MOST_KEPT = 16;

export interface ListSnapshot {
  readonly revision: number;
  /** By namespace, then by name. */
  readonly resources: readonly Resource[];
}

/** The lists of everybody: those of one who sees only some resources are apart from those of others. */
export class Lists {
  readonly #snapshots = new WeakMap<CachedState["resources"], ListSnapshots>();

  of({ resources }: CachedState): ListSnapshots {
    const known = this.#snapshots.get(resources);
    if (known !== undefined) return known;
    const snapshots = new ListSnapshots();
    this.#snapshots.set(resources, snapshots);
    return snapshots;
  }
}

/** The lists of what one map of resources holds, as it changes. */
export class ListSnapshots {
  #revision = -1;
  #present = new Map<ResourceKind, ListSnapshot>();
  /** The least lately used one first. */
  readonly #kept = new Map<string, ListSnapshot>();

  /** All resources of a kind as they are now. */
  present(kind: ResourceKind, { revision, resources }: CachedState): ListSnapshot {
    if (revision !== this.#revision) {
      this.#revision = revision;
      this.#present = new Map();
    }
    const known = this.#present.get(kind);
    if (known !== undefined) return known;
    const sorted = [...resources.values()]
      .filter((resource) => resource.kind === kind)
      .sort((a, b) => comparePositions(positionOf(a), positionOf(b)));
    const snapshot = { revision, resources: sorted };
    this.#present.set(kind, snapshot);
    return snapshot;
  }

  /** Keeps a list for its next page. */
  keep(kind: ResourceKind, snapshot: ListSnapshot): void {
    const key = `${kind} ${snapshot.revision}`;
    this.#kept.delete(key);
    this.#kept.set(key, snapshot);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** A list that was kept; undefined when it has made room. */
  kept(kind: ResourceKind, revision: number): ListSnapshot | undefined {
    return this.#kept.get(`${kind} ${revision}`);
  }
}

/** The tenant of a resource, where its kind has one. */
export function namespaceOf({ metadata }: Resource): string | undefined {
  return "namespace" in metadata ? metadata.namespace : undefined;
}

/** Where a resource stands in a list; the namespace is empty where its kind has none. */
export interface Position {
  readonly namespace: string;
  readonly name: string;
}

export function positionOf(resource: Resource): Position {
  return { namespace: namespaceOf(resource) ?? "", name: resource.metadata.name };
}

/** By namespace, then by name. */
export function comparePositions(a: Position, b: Position): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
