/**
 * The resources as an API serves them: opened when they are first asked for, and anew after the datastore has been
 * lost, since a file may have been replaced meanwhile.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
  type DatastoreLocation,
  type GuardedStore,
  openStore,
  ResourceCache,
  type Store,
} from "@selvedge/datastore";
import { endpointCompanion } from "@selvedge/ipam";

/** Milliseconds after the loss of a datastore in which calls that had begun come to their own end, and say why. */
const LINGER = 20_000;

interface Access {
  readonly store: GuardedStore;
  readonly cache: ResourceCache;
}

/** Opens nothing before it is asked. The addresses of Endpoints are given by IPAM. */
export class ResourceAccess implements AsyncDisposable {
  readonly #location: DatastoreLocation;
  readonly #over = new AbortController();
  readonly #lost = new Set<Promise<void>>();
  #access: Access | undefined;

  constructor(location: DatastoreLocation) {
    this.#location = location;
  }

  /** @throws StoreError while the datastore cannot be opened. */
  resources(): ResourceCache {
    return this.#open().cache;
  }

  /** The datastore itself, for what is asked of it once. @throws StoreError while it cannot be opened */
  store(): Store {
    return this.#open().store;
  }

  /** Where the datastore has moved to, or undefined: then what is read here is how things are. @throws StoreError */
  async movedTo(): Promise<string | undefined> {
    const signal = new AbortController().signal;
    for await (const place of this.#open().store.watchMove(signal)) return place;
    return undefined;
  }

  #open(): Access {
    if (this.#access !== undefined) return this.#access;
    const store = openStore(this.#location);
    const cache = new ResourceCache(store, {
      companion: endpointCompanion(store),
      onLoss: () => {
        if (this.#access?.store === store) this.#access = undefined;
        this.#closeLost({ store, cache });
      },
    });
    this.#access = { store, cache };
    return this.#access;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const access = this.#access;
    this.#access = undefined;
    this.#over.abort();
    await access?.cache[Symbol.asyncDispose]();
    await access?.store[Symbol.asyncDispose]();
    await Promise.all(this.#lost);
  }

  #closeLost({ store, cache }: Access): void {
    const close = async () => {
      await cache[Symbol.asyncDispose]();
      const { signal } = this.#over;
      await pause(LINGER, undefined, { signal, ref: false }).catch(() => undefined);
      await store[Symbol.asyncDispose]();
    };
    const closing = close().finally(() => this.#lost.delete(closing));
    this.#lost.add(closing);
  }
}
