/**
 * The resources as an API serves them: opened when they are first asked for, and anew after the datastore has been
 * lost, since a file may have been replaced meanwhile.
 */
import { type DatastoreLocation, openStore, ResourceCache, type Store } from "@selvedge/datastore";
import { endpointCompanion } from "@selvedge/ipam";

interface Access {
  readonly store: Store;
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
    if (this.#access !== undefined) return this.#access.cache;
    const store = openStore(this.#location);
    const cache = new ResourceCache(store, {
      companion: endpointCompanion(store),
      onLoss: () => {
        if (this.#access?.store === store) this.#access = undefined;
        void close({ store, cache });
      },
    });
    this.#access = { store, cache };
    return cache;
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
