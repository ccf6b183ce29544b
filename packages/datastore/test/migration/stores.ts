/** Pairs of real stores to migrate between: SQLite files and prefixes of one etcd. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatastoreLocation, Entry, Store, Write } from "../../src/index.ts";
import { openEngine } from "../../src/location.ts";
import type { Side } from "../../src/migration/migrate.ts";
import { EtcdServer } from "../etcd/etcd-server.ts";

export type Engine = DatastoreLocation["kind"];

/** From one engine to another, as they are moved. */
export const MOVES: readonly (readonly [Engine, Engine])[] = [
  ["sqlite", "etcd"],
  ["etcd", "sqlite"],
  ["etcd", "etcd"],
  ["sqlite", "sqlite"],
];

export class Places implements AsyncDisposable {
  readonly #server: EtcdServer;
  readonly #directory: string;
  #made = 0;

  private constructor(server: EtcdServer, directory: string) {
    this.#server = server;
    this.#directory = directory;
  }

  static async make(): Promise<Places> {
    const server = await EtcdServer.start();
    return new Places(server, mkdtempSync(join(tmpdir(), "selvedge-migration-")));
  }

  /** A place that nobody has used. */
  next(engine: Engine): DatastoreLocation {
    this.#made += 1;
    return engine === "sqlite"
      ? { kind: "sqlite", path: join(this.#directory, `${this.#made}.db`) }
      : { kind: "etcd", endpoints: [this.#server.endpoint], prefix: `/place-${this.#made}/` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.remove();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Without a guard. */
export function sideOf(location: DatastoreLocation, name: string): Side & AsyncDisposable {
  const store = openEngine(location);
  return { store, location: name, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

export const put = (key: string, value: string): Write => ({ kind: "put", key, value });

export async function commit(store: Store, ...writes: Write[]): Promise<number> {
  const outcome = await store.commit({ compare: [], writes });
  if (outcome.kind !== "committed") throw new Error(`conflict at ${outcome.key}`);
  return outcome.revision;
}

/** Everything that a store shows, by key. */
export async function contentsOf(store: Store): Promise<Record<string, string>> {
  const page = await store.list("", { limit: 100_000 });
  if (page.kind !== "page") throw new Error("the latest revision cannot be compacted");
  return Object.fromEntries(page.entries.map(({ key, value }: Entry) => [key, value]));
}
