import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  compactDatastore,
  type DatastoreLocation,
  migrateDatastore,
  openStore,
  readDatastoreStatus,
  type Store,
} from "../../src/index.ts";
import { commit, contentsOf, Places, put } from "../migration/stores.ts";

let places: Places;

beforeAll(async () => {
  places = await Places.make();
});

afterAll(() => places?.[Symbol.asyncDispose]());

/** A thousand commits of a kibibyte each to one key. */
async function write(store: Store, count = 1000): Promise<void> {
  for (let index = 0; index < count; index++) {
    await commit(store, put("history", String(index).padEnd(1024, ".")));
  }
}

describe.each(["sqlite", "etcd"] as const)("a datastore on %s", (kind) => {
  test("tells its keys by area, its revisions and how fast it answers", async () => {
    const location = places.next(kind);
    await using store = openStore(location);
    const names = ["resources/tenants/red", "resources/endpoints/red/web-1", "generation"];
    await commit(store, ...names.map((name) => put(name, "1")));
    await commit(store, put("ipam/blocks/red/web/ipv4/10.0.0.0-26", ""));
    const lease = await store.grantLease(60);
    await commit(store, { kind: "put", key: "liveness/hosts/one", value: "", lease });
    const revision = await store.revision();
    const status = await readDatastoreStatus(location);
    expect(status).toMatchObject({
      engine: { kind },
      revision,
      keys: {
        total: 5,
        leased: 1,
        areas: [
          { area: "generation", keys: 1 },
          { area: "ipam/blocks", keys: 1 },
          { area: "liveness/hosts", keys: 1 },
          { area: "resources/endpoints", keys: 1 },
          { area: "resources/tenants", keys: 1 },
        ],
      },
      commitLatency: expect.any(Number),
    });
    expect(status.readLatency).toBeGreaterThan(0);
    expect(status).not.toHaveProperty("migration");
    expect(await contentsOf(store)).not.toHaveProperty("status/probe");
    await lease.revoke();
  });

  test("forgets history but what is to be kept, and says what that has freed", async () => {
    const location = places.next(kind);
    await using store = openStore(location);
    await write(store);
    const revision = await store.revision();
    const { revision: kept, freed } = await compactDatastore(location, {
      keep: 10,
      defragment: true,
    });
    expect(kept).toBe(revision - 10);
    expect(freed).toHaveLength(1);
    for (const { size, used } of freed) {
      expect(used[1]).toBeLessThan(used[0] - 500_000);
      expect(size[1]).toBeLessThan(size[0] - 500_000);
    }
    expect(await store.list("", { revision: kept })).toMatchObject({ kind: "page" });
    expect(await store.list("", { revision: kept - 1 })).toEqual({
      kind: "compacted",
      compactRevision: kept,
    });
    expect(await readDatastoreStatus(location)).toMatchObject({ compactRevision: kept });
  });

  test("is watched through a compaction by whoever is up to date", async () => {
    const location = places.next(kind);
    await using store = openStore(location);
    await write(store, 20);
    const stop = new AbortController();
    const watch = store.watch("", await store.revision(), stop.signal)[Symbol.asyncIterator]();
    const next = watch.next();
    await compactDatastore(location, { keep: 0, defragment: true });
    await commit(store, put("after", "1"));
    expect((await next).value).toMatchObject({
      kind: "changes",
      changes: [{ entry: { key: "after" } }],
    });
    stop.abort();
  });

  test("has nothing to forget when all of its history is to be kept", async () => {
    const location = places.next(kind);
    await using store = openStore(location);
    await write(store, 3);
    const options = { keep: 1_000_000_000, defragment: false };
    expect(await compactDatastore(location, options)).toMatchObject({ revision: 0 });
    expect(await store.list("", { revision: await store.revision() })).toMatchObject({
      kind: "page",
    });
  });

  test("says where it has moved to, and what it was filled from", async () => {
    const [from, to] = [places.next(kind), places.next("sqlite")];
    {
      await using store = openStore(from);
      await write(store, 3);
    }
    await migrateDatastore({ from, to });
    expect(await readDatastoreStatus(from)).toMatchObject({
      migration: { kind: "moved", to: expect.stringContaining(".db") },
      commitLatency: { refused: expect.stringContaining("has moved to") },
    });
    const status = await readDatastoreStatus(to);
    expect(status).toMatchObject({ migration: { kind: "filled" }, keys: { total: 1 } });
    expect(status.compactRevision).toBeGreaterThan(1_000_000_000);
    await using store = openStore(to);
    await write(store, 3);
    const { revision } = await compactDatastore(to, { keep: 1, defragment: false });
    expect(revision).toBe((await store.revision()) - 1);
  });
});

test("of an etcd every named member is asked, also one that does not answer", async () => {
  const location = places.next("etcd");
  if (location.kind !== "etcd") throw new Error("no etcd");
  const [endpoint = ""] = location.endpoints;
  // Nobody listens on the discard port.
  const both: DatastoreLocation = { ...location, endpoints: [endpoint, "127.0.0.1:9"] };
  const { engine } = await readDatastoreStatus(both);
  expect(engine).toEqual({
    kind: "etcd",
    members: [
      {
        name: "default",
        endpoint,
        answer: {
          version: expect.stringMatching(/^3\./),
          isLeader: true,
          isLearner: false,
          size: expect.any(Number),
          used: expect.any(Number),
          quota: 2 * 1024 ** 3,
        },
        alarms: [],
      },
      { name: "", endpoint: "127.0.0.1:9", alarms: [] },
    ],
  });
});

test("a SQLite file is told with its size and whether it is whole", async () => {
  const location = places.next("sqlite");
  await using store = openStore(location);
  await write(store, 100);
  const { engine } = await readDatastoreStatus(location);
  expect(engine).toMatchObject({ kind: "sqlite", faults: [] });
  if (engine.kind !== "sqlite") throw new Error("no SQLite");
  expect(engine.size + engine.log).toBeGreaterThan(100 * 1024);
});

test("what cannot be reached is unavailable", async () => {
  const nobody: DatastoreLocation = { kind: "etcd", endpoints: ["127.0.0.1:9"], prefix: "/x/" };
  await expect(readDatastoreStatus(nobody)).rejects.toMatchObject({ code: "unavailable" });
});
