/** Lists of one kind out of the state in memory: sorted once a revision, filtered, in pages. */
import type { CachedState } from "@selvedge/datastore";
import { API_VERSION, type Resource, type ResourceKind } from "@selvedge/resources";
import type { Selector } from "./selector.ts";
import { ApiStatusError } from "./status.ts";

export interface ListRequest {
  readonly kind: ResourceKind;
  /** Undefined: over all tenants. */
  readonly namespace: string | undefined;
  readonly selector: Selector;
  readonly limit: number | undefined;
  readonly continueToken: string | undefined;
}

export interface ResourcePage {
  readonly items: readonly Resource[];
  /** ListMeta of the Kubernetes API. */
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

/** Sorts each kind once a revision, however many pages are read. */
export class SortedResources {
  #revision = -1;
  #kinds = new Map<ResourceKind, readonly Resource[]>();

  /** By namespace, then by name. */
  ofKind(kind: ResourceKind, { revision, resources }: CachedState): readonly Resource[] {
    if (revision !== this.#revision) {
      this.#revision = revision;
      this.#kinds = new Map();
    }
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const sorted = [...resources.values()]
      .filter((resource) => resource.kind === kind)
      .sort((a, b) => compareText(positionOf(a), positionOf(b)));
    this.#kinds.set(kind, sorted);
    return sorted;
  }
}

/**
 * A page. The next one is read from the state as it is then, so that what changes between two pages may be missing or
 * old in a list over both. @throws ApiStatusError for a token that is none
 */
export function listPage(
  { namespace, selector, limit, continueToken, kind }: ListRequest,
  state: CachedState,
  sorted: SortedResources,
): ResourcePage {
  const after = continueToken === undefined ? undefined : readToken(continueToken);
  const matching = sorted
    .ofKind(kind, state)
    .filter(
      (resource) =>
        (namespace === undefined || namespaceOf(resource) === namespace) &&
        (after === undefined || compareText(positionOf(resource), after) > 0) &&
        selector(resource),
    );
  const resourceVersion = String(state.revision);
  if (limit === undefined || limit === 0 || matching.length <= limit) {
    return { items: matching, metadata: { resourceVersion } };
  }
  const items = matching.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    metadata: {
      resourceVersion,
      ...(last === undefined ? {} : { continue: writeToken(positionOf(last)) }),
      remainingItemCount: matching.length - limit,
    },
  };
}

/** `kind: EndpointList` and so on. */
export function listDocument(kind: ResourceKind, { items, metadata }: ResourcePage): object {
  return { kind: `${kind}List`, apiVersion: API_VERSION, metadata, items };
}

/** The tenant of a resource, where its kind has one. */
export function namespaceOf({ metadata }: Resource): string | undefined {
  return "namespace" in metadata ? metadata.namespace : undefined;
}

/** A character before all that names have, so that tenants sort before their extensions. */
function positionOf(resource: Resource): string {
  return `${namespaceOf(resource) ?? ""}\0${resource.metadata.name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function writeToken(position: string): string {
  return Buffer.from(position, "utf8").toString("base64url");
}

function readToken(token: string): string {
  const position = Buffer.from(token, "base64url").toString("utf8");
  if (/^[^\0]*\0[^\0]+$/.test(position)) return position;
  throw new ApiStatusError("BadRequest", `"${token}" is no continue token; use that of a page`);
}
