/**
 * Follows the datastore for as long as the agent lives: a snapshot first, then changes. A store that
 * cannot be opened or fails is reported and tried again; until it is back, what was last known stays in
 * force. A stored value that is no valid resource is reported and ignored.
 */
import {
  type Concern,
  type DatastoreLocation,
  type GuardedStore,
  openStore,
  ResourceStore,
  StoreError,
} from "@selvedge/datastore";
import { type Resource, type ResourceKey, resourceKey } from "@selvedge/resources";
import type { ResourceChange } from "./intent/host-intent.ts";
import type { Logger } from "./log.ts";
import { workOnStore } from "./store-retry.ts";

/** How the datastore is. */
export type FollowerState =
  | { readonly kind: "opening" }
  /** `movedTo`: it takes no writes any more, and is elsewhere now. */
  | { readonly kind: "following"; readonly revision: number; readonly movedTo?: string }
  | { readonly kind: "failed"; readonly message: string };

/** What has become of the datastore since the last call, as far as it concerns who follows. */
export interface FollowedChanges {
  readonly changes: readonly ResourceChange[];
  /**
   * Of a snapshot, which is everything that concerns who follows: keys of stored values that are not valid, of
   * which nothing is known. Absent for changes since.
   */
  readonly snapshot?: { readonly invalid: ReadonlySet<string> };
}

/** What is followed, and who is told. */
export interface DatastoreFollowerOptions {
  readonly location: DatastoreLocation;
  readonly log: Logger;
  /** What else is never told of, and not kept. What was told of once is, until it is deleted. */
  readonly concerns: Concern;
  /** A snapshot at the first call and after every loss of the store. */
  readonly onChanges: (followed: FollowedChanges) => void;
}

/** Follows one datastore from `start` until it is disposed of. */
export class DatastoreFollower implements AsyncDisposable {
  readonly #options: DatastoreFollowerOptions;
  readonly #stop = new AbortController();
  readonly #known = new Set<ResourceKey>();
  #state: FollowerState = { kind: "opening" };
  #running: Promise<void> | undefined;
  #movedTo: string | undefined;

  constructor(options: DatastoreFollowerOptions) {
    this.#options = options;
  }

  get state(): FollowerState {
    return this.#state;
  }

  start(): void {
    const { signal } = this.#stop;
    this.#running ??= workOnStore({
      signal,
      work: (onProgress) => this.#follow(signal, onProgress),
      onFailure: (error) => this.#fail(error),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #fail(error: StoreError): void {
    const isNews = this.#state.kind !== "failed" || this.#state.message !== error.message;
    this.#state = { kind: "failed", message: error.message };
    if (isNews) this.#options.log.error({ code: error.code }, error.message);
  }

  async #follow(signal: AbortSignal, onProgress: () => void): Promise<void> {
    await using store = openStore(this.#options.location);
    const resources = new ResourceStore(store);
    // It ends with the store; where it fails, so does what is followed here.
    void this.#watchMove(store, signal);
    const concerns: Concern = (key, value) =>
      this.#known.has(key) || this.#options.concerns(key, value);
    for await (const event of resources.watchAll(signal, concerns)) {
      onProgress();
      if (this.#state.kind !== "following") {
        this.#options.log.info({ revision: event.revision }, "following the datastore");
      }
      this.#setFollowing(event.revision);
      for (const { key, reason } of event.invalid) {
        this.#options.log.error(
          { key, reason },
          "a stored resource is not valid and is ignored; the last good one stays in force",
        );
      }
      if (event.kind === "snapshot") {
        const invalid = new Set(event.invalid.map(({ key }) => key));
        this.#takeSnapshot(event.resources, invalid);
      } else if (event.changes.length > 0) {
        this.#takeChanges(event.changes);
      }
    }
  }

  /** A datastore that has moved is followed on: what it holds stays in force until the configuration says otherwise. */
  async #watchMove(store: GuardedStore, signal: AbortSignal): Promise<void> {
    try {
      for await (const movedTo of store.watchMove(signal)) {
        if (movedTo !== undefined && movedTo !== this.#movedTo) {
          const message =
            "the datastore has moved; name the new place in the configuration and restart";
          this.#options.log.warn({ movedTo }, message);
        }
        this.#movedTo = movedTo;
        if (this.#state.kind === "following") this.#setFollowing(this.#state.revision);
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  #setFollowing(revision: number): void {
    const moved = this.#movedTo === undefined ? {} : { movedTo: this.#movedTo };
    this.#state = { kind: "following", revision, ...moved };
  }

  #takeSnapshot(resources: readonly Resource[], invalid: ReadonlySet<string>): void {
    const present = new Set(resources.map(resourceKey));
    const changes: ResourceChange[] = [];
    for (const key of this.#known) {
      if (!present.has(key) && !invalid.has(key)) changes.push({ kind: "delete", key });
    }
    for (const resource of resources) changes.push({ kind: "put", resource });
    this.#remember(changes);
    this.#options.onChanges({ changes, snapshot: { invalid } });
  }

  #takeChanges(changes: readonly ResourceChange[]): void {
    this.#remember(changes);
    this.#options.onChanges({ changes });
  }

  #remember(changes: readonly ResourceChange[]): void {
    for (const change of changes) {
      if (change.kind === "put") this.#known.add(resourceKey(change.resource));
      else this.#known.delete(change.key);
    }
  }
}
