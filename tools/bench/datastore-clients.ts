/** Who writes a key by compare-and-swap and who watches it: through Selvedge's datastore, or with the bare client. */
import { DatabaseSync } from "node:sqlite";
import { openStore, parseDatastoreLocation, type Store } from "@selvedge/datastore";
import { Etcd3 } from "etcd3";

/** Through what the datastore is used. */
export const CLIENTS = ["selvedge", "bare"] as const;
export type Client = (typeof CLIENTS)[number];

const KEY = "watched";

/** Writes one key, each time at the revision that it knows. */
export interface Writer extends AsyncDisposable {
  put(value: string): Promise<void>;
}

/** A writer of the key that `watchKey` watches. */
export function openWriter(client: Client, location: string): Writer {
  if (client === "selvedge") return storeWriter(location);
  return isEtcd(location) ? etcdWriter(location) : sqliteWriter(location);
}

/** Tells of each value; resolves when it will miss none. The bare client of SQLite has no watch. */
export async function watchKey(
  client: Client,
  location: string,
  onValue: (value: string) => void,
): Promise<void> {
  if (client === "bare") {
    const watcher = await new Etcd3({ hosts: endpointOf(location) }).watch().key(KEY).create();
    watcher.on("put", ({ value }) => onValue(value.toString("utf8")));
    return;
  }
  const store = storeAt(location);
  const revision = await store.revision();
  void (async () => {
    for await (const event of store.watch(KEY, revision, new AbortController().signal)) {
      if (event.kind === "compacted") throw new Error("nobody compacts");
      for (const change of event.changes) if (change.kind === "put") onValue(change.entry.value);
    }
  })();
}

function storeAt(location: string): Store {
  const parsed = parseDatastoreLocation(location);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  return openStore(parsed.location);
}

function isEtcd(location: string): boolean {
  return location.startsWith("etcd://");
}

function endpointOf(location: string): string {
  return `http://${new URL(location).host}`;
}

function storeWriter(location: string): Writer {
  const store = storeAt(location);
  let modRevision = 0;
  return {
    put: async (value) => {
      const outcome = await store.commit({
        compare: [{ key: KEY, modRevision }],
        writes: [{ kind: "put", key: KEY, value }],
      });
      if (outcome.kind === "conflict") throw new Error("nobody else writes this key");
      modRevision = outcome.revision;
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function etcdWriter(location: string): Writer {
  const client = new Etcd3({ hosts: endpointOf(location) });
  let modRevision = "0";
  return {
    put: async (value) => {
      const { succeeded, header } = await client
        .if(KEY, "Mod", "==", modRevision)
        .then(client.put(KEY).value(value))
        .commit();
      if (!succeeded) throw new Error("nobody else writes this key");
      modRevision = header.revision;
    },
    [Symbol.asyncDispose]: async () => client.close(),
  };
}

function sqliteWriter(location: string): Writer {
  const database = new DatabaseSync(location);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE bare (key TEXT PRIMARY KEY, value TEXT, revision INTEGER)");
  database.prepare("INSERT INTO bare VALUES (?, '', 0)").run(KEY);
  const write = database.prepare(
    "UPDATE bare SET value = ?, revision = revision + 1 WHERE key = ? AND revision = ?",
  );
  let revision = 0;
  return {
    put: async (value) => {
      database.exec("BEGIN IMMEDIATE");
      const { changes } = write.run(value, KEY, revision++);
      database.exec("COMMIT");
      if (changes !== 1) throw new Error("nobody else writes this key");
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
}
