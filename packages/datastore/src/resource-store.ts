/** Resources in a store: applied as a whole after admission, read and watched as typed values. */
import type { Change, Resource, ResourceKey } from "@selvedge/resources";
import { resourceKey } from "@selvedge/resources";
import {
  type ApplyOptions,
  type ApplyOutcome,
  applyChanges,
  type Companion,
  type DeclaredState,
  GENERATION,
} from "./resources/apply-changes.ts";
import {
  type Concern,
  type InvalidResource,
  RESOURCES,
  readEntry,
  resourceKeyOf,
} from "./resources/stored-resource.ts";
import type { Store, WatchEvent } from "./store.ts";

const PAGE = 2000;

/** Everything that is declared, as of one revision. */
export interface ResourceSnapshot {
  readonly kind: "snapshot";
  readonly revision: number;
  readonly resources: readonly Resource[];
  readonly invalid: readonly InvalidResource[];
}

export type StoredChange =
  | { readonly kind: "put"; readonly resource: Resource }
  | { readonly kind: "delete"; readonly key: ResourceKey; readonly revision: number };

export interface ResourceChanges {
  readonly kind: "changes";
  readonly revision: number;
  /** In commit order. */
  readonly changes: readonly StoredChange[];
  /** Values that were written and are not valid: what was there before stays in force. */
  readonly invalid: readonly InvalidResource[];
}

/** Every method may throw StoreError. Resources have the revision that wrote them as `metadata.resourceVersion`. */
export class ResourceStore {
  readonly #store: Store;
  readonly #companion: Companion | undefined;

  /** `companion` takes part in every apply that names no other. */
  constructor(store: Store, companion?: Companion) {
    this.#store = store;
    this.#companion = companion;
  }

  /** All of the changes or none; those that conflict with another process's are admitted again. */
  apply(changes: readonly Change[], options: ApplyOptions = {}): Promise<ApplyOutcome> {
    const companion = options.companion ?? this.#companion;
    return applyChanges(this.#store, () => this.#declared(), changes, {
      ...options,
      ...(companion === undefined ? {} : { companion }),
    });
  }

  async get(key: ResourceKey): Promise<Resource | undefined> {
    const entry = await this.#store.get(RESOURCES + key);
    const read = entry === undefined ? undefined : readEntry(entry);
    return read?.kind === "valid" ? read.resource : undefined;
  }

  /** In the order of their keys, all as of one revision; only what `concerns` its reader. */
  async snapshot(concerns?: Concern): Promise<ResourceSnapshot> {
    while (true) {
      const snapshot = await this.#readPages(concerns);
      // A compaction overtook the pages; the next attempt starts at a newer revision.
      if (snapshot !== undefined) return snapshot;
    }
  }

  /**
   * A snapshot first, then what changes, until `signal` aborts; after a compaction a snapshot again. Puts of what does not
   * concern the reader are left out: one who is told of a resource must go on answering yes for its key.
   */
  async *watchAll(
    signal: AbortSignal,
    concerns?: Concern,
  ): AsyncGenerator<ResourceSnapshot | ResourceChanges> {
    while (!signal.aborted) {
      const snapshot = await this.snapshot(concerns);
      yield snapshot;
      for await (const event of this.#store.watch(RESOURCES, snapshot.revision, signal)) {
        if (event.kind === "compacted") break;
        yield readChanges(event, concerns);
      }
    }
  }

  async #declared(): Promise<DeclaredState> {
    const generation = await this.#store.get(GENERATION);
    const { resources, invalid } = await this.snapshot();
    return {
      generation: generation?.modRevision ?? 0,
      resources: new Map(resources.map((resource) => [resourceKey(resource), resource])),
      invalid,
      isCurrent: () => true,
    };
  }

  /** The next page is on its way while one is read; undefined when a compaction overtakes them. */
  async #readPages(concerns: Concern | undefined): Promise<ResourceSnapshot | undefined> {
    const resources: Resource[] = [];
    const invalid: InvalidResource[] = [];
    let coming = this.#store.list(RESOURCES, { limit: PAGE });
    while (true) {
      const page = await coming;
      if (page.kind === "compacted") return undefined;
      const { revision, next } = page;
      if (next !== undefined) {
        coming = this.#store.list(RESOURCES, { limit: PAGE, revision, after: next });
        // It is awaited when the page is read; failing before is no unhandled rejection.
        coming.catch(() => undefined);
      }
      for (const entry of page.entries) {
        const read = readEntry(entry, concerns);
        if (read.kind === "valid") resources.push(read.resource);
        else if (read.kind === "invalid") invalid.push(read.invalid);
      }
      if (next === undefined) return { kind: "snapshot", revision, resources, invalid };
    }
  }
}

function readChanges(
  event: Extract<WatchEvent, { kind: "changes" }>,
  concerns: Concern | undefined,
): ResourceChanges {
  const changes: StoredChange[] = [];
  const invalid: InvalidResource[] = [];
  for (const change of event.changes) {
    if (change.kind === "delete") {
      const key = resourceKeyOf(change.key);
      if (key !== undefined) changes.push({ kind: "delete", key, revision: change.modRevision });
      continue;
    }
    const read = readEntry(change.entry, concerns);
    if (read.kind === "valid") changes.push({ kind: "put", resource: read.resource });
    else if (read.kind === "invalid") invalid.push(read.invalid);
  }
  return { kind: "changes", revision: event.revision, changes, invalid };
}
