/**
 * The resources as an API serves them: opened when they are first asked for, and anew after the datastore has been
 * lost, since a file may have been replaced meanwhile.
 */
import {
  type DatastoreLocation,
  type GuardedStore,
  openStore,
  ResourceCache,
} from "@selvedge/datastore";
import { endpointCompanion } from "@selvedge/ipam";

interface Access {
  readonly store: GuardedStore;
  readonly cache: ResourceCache;
}

/** Opens nothing before it is asked. The addresses of Endpoints are given by IPAM. */
export class ResourceAccess implements AsyncDisposable {
  readonly #location: DatastoreLocation;
  #access: Access | undefined;

  constructor(location: DatastoreLocation) {
    this.#location = location;
  }

  /** @throws StoreError while the datastore cannot be opened. */
  resources(): ResourceCache {
    return this.#open().cache;
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
        void close({ store, cache });
      },
    });
    this.#access = { store, cache };
    return this.#access;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const access = this.#access;
    this.#access = undefined;
    if (access !== undefined) await close(access);
  }
}

async function close({ store, cache }: Access): Promise<void> {
  await cache[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
}
