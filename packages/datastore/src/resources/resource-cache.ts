/**
 * Everything that is declared, in memory and up to date: reads cost no parsing, an apply needs no read of the store
 * and costs what it changes, and watches are served with the resource that a deletion took away. Several caches on one
 * datastore agree, since a read first asks the store which generation is the present one.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
  type Change,
  type Resource,
  ResourceIndex,
  type ResourceKey,
  resourceKey,
} from "@selvedge/resources";
import { ResourceStore } from "../resource-store.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import {
  type ApplyOptions,
  type ApplyOutcome,
  applyChanges,
  type Companion,
  type DeclaredState,
  GENERATION,
} from "./apply-changes.ts";
import { EventLog, type LoggedChanges } from "./event-log.ts";
import { atRevision, type InvalidResource } from "./stored-resource.ts";

/** Milliseconds that a read waits for a change that the store has and the cache has not. */
const CATCH_UP = 10_000;
const RETRY = 250;

/** What is declared, as of a revision. */
export interface CachedState extends DeclaredState {
  readonly revision: number;
}

export interface ResourceCacheOptions {
  /** Takes part in every apply that names no other. */
  readonly companion?: Companion;
  /** Told once of each time that the datastore is lost. */
  readonly onLoss?: (error: StoreError) => void;
}

/** Follows the store from its making until it is disposed of. The store is its owner's to close. */
export class ResourceCache implements AsyncDisposable {
  readonly #store: Store;
  readonly #options: ResourceCacheOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #index = new ResourceIndex();
  readonly #log: EventLog = new EventLog();
  #invalid = new Map<string, InvalidResource>();
  /** Undefined before the first snapshot. */
  #revision: number | undefined;
  #loss: StoreError | undefined;
  #waiting: (() => void)[] = [];

  constructor(store: Store, options: ResourceCacheOptions = {}) {
    this.#store = store;
    this.#options = options;
    this.#running = this.#run();
  }

  /**
   * The present state: with everything that was committed before the call, by whomever.
   * @throws StoreError when the store does not answer.
   */
  async state(): Promise<CachedState> {
    const generation = (await this.#store.get(GENERATION))?.modRevision ?? 0;
    await this.#reach(generation);
    const revision = this.#revision ?? 0;
    const invalid = [...this.#invalid.values()];
    const isCurrent = () => (this.#revision ?? 0) === revision;
    const around = (changes: readonly Change[]) => this.#index.around(changes);
    return { generation, revision, resources: this.#resources, invalid, around, isCurrent };
  }

  /** As `ResourceStore.apply`. */
  async apply(changes: readonly Change[], options: ApplyOptions = {}): Promise<ApplyOutcome> {
    const companion = options.companion ?? this.#options.companion;
    return applyChanges(this.#store, () => this.state(), changes, {
      ...options,
      ...(companion === undefined ? {} : { companion }),
    });
  }

  /**
   * What has changed after `revision`, and goes on changing, in whole commits, until `signal` aborts; `gone` when that is no longer known:
   * read the state, and ask from its revision on.
   */
  events(revision: number, signal: AbortSignal): AsyncGenerator<LoggedChanges> {
    return this.#log.after(revision, AbortSignal.any([signal, this.#stop.signal]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  get #resources(): ReadonlyMap<ResourceKey, Resource> {
    return this.#index.resources;
  }

  async #reach(revision: number): Promise<void> {
    const giveUpAt = performance.now() + CATCH_UP;
    while (this.#revision === undefined || this.#revision < revision) {
      const left = giveUpAt - performance.now();
      if (this.#stop.signal.aborted || left <= 0) {
        throw (
          this.#loss ?? new StoreError("unavailable", "", "the datastore's changes do not arrive")
        );
      }
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await Promise.race([
        woken,
        pause(left, undefined, { signal: timer.signal, ref: false }).catch(() => undefined),
      ]);
      timer.abort();
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (signal.aborted) return;
        if (this.#loss === undefined) this.#options.onLoss?.(error);
        this.#loss = error;
        // An aborted wait is the end that was asked for.
        await pause(RETRY, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const event of new ResourceStore(this.#store).watchAll(signal)) {
      this.#loss = undefined;
      if (event.kind === "snapshot") {
        this.#takeSnapshot(event.resources, event.invalid, event.revision);
      } else {
        for (const invalid of event.invalid) this.#invalid.set(invalid.key, invalid);
        for (const change of event.changes) {
          if (change.kind === "put") this.#put(change.resource);
          else this.#delete(change.key, change.revision);
        }
      }
      this.#revision = event.revision;
      this.#log.publish();
      this.#wake();
    }
  }

  /** The first one fills the cache; one after a loss is told as the changes that it comes to. */
  #takeSnapshot(
    resources: readonly Resource[],
    invalid: readonly InvalidResource[],
    revision: number,
  ): void {
    this.#invalid = new Map(invalid.map((one) => [one.key, one]));
    const isFirst = this.#revision === undefined;
    if (isFirst) this.#log.begin(revision);
    const changed = resources.filter((resource) => {
      const before = this.#resources.get(resourceKey(resource));
      return before?.metadata.resourceVersion !== resource.metadata.resourceVersion;
    });
    if (isFirst) {
      for (const resource of changed) this.#index.put(resourceKey(resource), resource);
      return;
    }
    // In the order of their revisions, as readers of the log expect; the deletions are of unknown ones.
    for (const resource of changed.sort((a, b) => revisionOf(a) - revisionOf(b))) {
      this.#put(resource);
    }
    const present = new Set<string>(resources.map(resourceKey));
    for (const key of this.#resources.keys()) {
      if (!present.has(key) && !this.#invalid.has(key)) this.#delete(key, revision);
    }
  }

  #put(resource: Resource): void {
    const key = resourceKey(resource);
    const before = this.#resources.get(key);
    this.#invalid.delete(key);
    this.#index.put(key, resource);
    const revision = revisionOf(resource);
    this.#log.append(
      before === undefined
        ? { kind: "put", key, revision, resource }
        : { kind: "put", key, revision, resource, before },
    );
  }

  #delete(key: ResourceKey, revision: number): void {
    this.#invalid.delete(key);
    const before = this.#resources.get(key);
    if (before === undefined) return;
    this.#index.delete(key);
    this.#log.append({ kind: "delete", key, revision, before: atRevision(before, revision) });
  }
}

function revisionOf({ metadata }: Resource): number {
  return Number(metadata.resourceVersion);
}
