/**
 * The resources of tenants as if there were no others: whoever has this in the place of the cache cannot show, list,
 * watch or change anything else, nor tell of it in an error. What changes refer to (hosts) is still admitted against all
 * that there is.
 */
import {
  type ApplyOptions,
  type ApplyOutcome,
  type CachedState,
  type LoggedChanges,
  type LoggedEvent,
  StoreError,
} from "@selvedge/datastore";
import type { Change, Resource, ResourceKey } from "@selvedge/resources";
import type { ResourceView } from "../resource-api/resource-options.ts";
import { reviewTenantChanges } from "./tenant-changes.ts";
import { belongsTo, issueForTenant, shownToTenant } from "./tenant-view.ts";

/** See the file's head. */
export class TenantResources implements ResourceView {
  readonly #all: ResourceView;
  readonly #tenants: ReadonlySet<string>;
  readonly #maps: TenantMaps;

  constructor(all: ResourceView, tenants: ReadonlySet<string>, maps: TenantMaps) {
    this.#all = all;
    this.#tenants = tenants;
    this.#maps = maps;
  }

  async state(): Promise<CachedState> {
    const state = await discreetly(this.#all.state());
    return {
      ...state,
      resources: this.#maps.of(state.resources, this.#tenants),
      invalid: state.invalid.filter(({ key }) => belongsTo(this.#tenants, key)),
    };
  }

  async apply(changes: readonly Change[], options: ApplyOptions = {}): Promise<ApplyOutcome> {
    const applied = this.#all.apply(changes, {
      ...options,
      review: (wanted, current) => reviewTenantChanges(wanted, current, this.#tenants),
    });
    return this.#outcome(await discreetly(applied));
  }

  async *events(revision: number, signal: AbortSignal): AsyncGenerator<LoggedChanges> {
    for await (const told of this.#all.events(revision, signal)) {
      if (told.kind === "gone") {
        yield told;
        continue;
      }
      const own = told.events.filter(({ key }) => belongsTo(this.#tenants, key));
      if (own.length > 0) yield { kind: "changes", events: own.map(shownEvent) };
    }
  }

  #outcome(outcome: ApplyOutcome): ApplyOutcome {
    switch (outcome.kind) {
      case "applied":
        return {
          ...outcome,
          writes: outcome.writes.map((write) =>
            write.kind === "put" ? { ...write, resource: shownToTenant(write.resource) } : write,
          ),
          before: new Map(
            [...outcome.before].map(([key, resource]) => [key, shownToTenant(resource)]),
          ),
        };
      case "refused":
        return {
          kind: "refused",
          issues: outcome.issues.map((issue) => issueForTenant(issue, this.#tenants)),
        };
      case "conflict":
        return outcome.current === undefined
          ? outcome
          : { ...outcome, current: shownToTenant(outcome.current) };
      default:
        return outcome satisfies never;
    }
  }
}

function shownEvent(event: LoggedEvent): LoggedEvent {
  if (event.kind === "delete") return { ...event, before: shownToTenant(event.before) };
  const resource = shownToTenant(event.resource);
  const { before } = event;
  return before === undefined
    ? { ...event, resource }
    : { ...event, resource, before: shownToTenant(before) };
}

/** An error of the datastore names files and servers, which are the operator's. */
async function discreetly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const message =
      error.code === "too-large"
        ? "the change is too large for one transaction; make it in parts"
        : "the datastore does not answer, or takes no changes; try again, or ask an operator";
    throw new StoreError(error.code, "", message, { cause: error });
  }
}

type Resources = ReadonlyMap<ResourceKey, Resource>;

/** Sets of tenants whose maps are kept. */
const MOST_MAPS = 128;

/** What tenants see of a map is the same object for all their requests, so that what is made of it can be kept. */
export class TenantMaps {
  readonly #ofMap = new WeakMap<Resources, Map<string, Resources>>();

  of(all: Resources, tenants: ReadonlySet<string>): Resources {
    const maps = this.#ofMap.get(all) ?? new Map<string, Resources>();
    this.#ofMap.set(all, maps);
    const name = [...tenants].sort().join(" ");
    const shown = maps.get(name) ?? new TenantMap(all, tenants);
    maps.delete(name);
    maps.set(name, shown);
    const [oldest] = maps.keys();
    if (maps.size > MOST_MAPS && oldest !== undefined) maps.delete(oldest);
    return shown;
  }
}

/** What belongs to the tenants, as they see it; each look is at the map as it is then. */
class TenantMap implements Resources {
  readonly #all: Resources;
  readonly #tenants: ReadonlySet<string>;

  constructor(all: Resources, tenants: ReadonlySet<string>) {
    this.#all = all;
    this.#tenants = tenants;
  }

  get size(): number {
    let size = 0;
    for (const _ of this.entries()) size++;
    return size;
  }

  get(key: ResourceKey): Resource | undefined {
    const resource = belongsTo(this.#tenants, key) ? this.#all.get(key) : undefined;
    return resource === undefined ? undefined : shownToTenant(resource);
  }

  has(key: ResourceKey): boolean {
    return belongsTo(this.#tenants, key) && this.#all.has(key);
  }

  *entries(): MapIterator<[ResourceKey, Resource]> {
    for (const [key, resource] of this.#all) {
      if (belongsTo(this.#tenants, key)) yield [key, shownToTenant(resource)];
    }
    return undefined;
  }

  *keys(): MapIterator<ResourceKey> {
    for (const [key] of this.entries()) yield key;
    return undefined;
  }

  *values(): MapIterator<Resource> {
    for (const [, resource] of this.entries()) yield resource;
    return undefined;
  }

  forEach(visit: (value: Resource, key: ResourceKey, map: Resources) => void): void {
    for (const [key, resource] of this.entries()) visit(resource, key, this);
  }

  [Symbol.iterator](): MapIterator<[ResourceKey, Resource]> {
    return this.entries();
  }
}
