import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openEtcdEngine } from "../../src/etcd/etcd-store.ts";
import {
  type GuardedStore,
  openEtcdStore,
  openSqliteStore,
  type Store,
  type Write,
} from "../../src/index.ts";
import { type Mark, putMark, REMOVE_MARK } from "../../src/migration/mark.ts";
import { openSqliteEngine } from "../../src/sqlite/sqlite-store.ts";
import { EtcdServer } from "../etcd/etcd-server.ts";
import { describeStoreContract } from "../store-contract.ts";

const OFFSET = 1_000_000_000;
const filled = (offset: number): Mark => ({
  kind: "filled",
  id: "m1",
  from: "/old.db",
  time: "2026-11-23T12:00:00Z",
  offset,
  contents: { keys: 0, octets: 0, sha256: "" },
});
const moved: Mark = {
  kind: "moved",
  id: "m1",
  to: "etcd://new:2379/selvedge/",
  time: "2026-11-23T12:00:00Z",
  offset: 0,
  begin: 0,
};
const moving: Mark = { kind: "moving", id: "m1", to: "etcd://new:2379/", offset: 0, begin: 0 };
const filling: Mark = { kind: "filling", id: "m1", run: "r", from: "/old.db", isOurs: true };

let server: EtcdServer;
let directory: string;
let made = 0;

beforeAll(async () => {
  server = await EtcdServer.start();
  directory = mkdtempSync(join(tmpdir(), "selvedge-guard-"));
});

afterAll(async () => {
  await server?.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function commit(store: Store, ...writes: Write[]): Promise<number> {
  const outcome = await store.commit({ compare: [], writes });
  if (outcome.kind !== "committed") throw new Error(`conflict at ${outcome.key}`);
  return outcome.revision;
}

const put = (key: string, value: string): Write => ({ kind: "put", key, value });

async function engineWith(engine: Store, mark: Mark): Promise<void> {
  await using opened = engine;
  await commit(opened, putMark(mark));
}

describeStoreContract("a SQLite file that a migration has filled", () => {
  const path = join(directory, `contract-${made++}.db`);
  let isFilled = false;
  return {
    open: async () => {
      if (!isFilled) await engineWith(openSqliteEngine(path), filled(OFFSET));
      isFilled = true;
      return openSqliteStore(path);
    },
    remove: async () => {},
  };
});

describeStoreContract("an etcd that a migration has filled", () => {
  const location = { endpoints: [server.endpoint], prefix: `/contract-${made++}/` };
  let isFilled = false;
  return {
    open: async () => {
      if (!isFilled) await engineWith(openEtcdEngine(location), filled(OFFSET));
      isFilled = true;
      return openEtcdStore(location);
    },
    remove: async () => {},
  };
});

describe.each(["sqlite", "etcd"] as const)("a guarded store on %s", (kind) => {
  let engine: Store;
  let store: Store;
  const never = new AbortController().signal;
  let open: () => Store;
  let openGuarded: () => GuardedStore;

  beforeEach(() => {
    const path = join(directory, `guarded-${made}.db`);
    const location = { endpoints: [server.endpoint], prefix: `/guarded-${made}/` };
    made += 1;
    engine = kind === "sqlite" ? openSqliteEngine(path) : openEtcdEngine(location);
    openGuarded = () => (kind === "sqlite" ? openSqliteStore(path) : openEtcdStore(location));
    open = openGuarded;
    store = open();
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  test("takes no write once it has moved, and says where to", async () => {
    await commit(store, put("a", "1"));
    const before = await store.revision();
    await commit(engine, putMark(moved));
    await expect(store.commit({ compare: [], writes: [put("a", "2")] })).rejects.toMatchObject({
      code: "moved",
      message: expect.stringContaining("has moved to etcd://new:2379/selvedge/"),
    });
    // A comparison that would fail too is not what matters now.
    const stale = { compare: [{ key: "a", modRevision: 0 }], writes: [put("a", "2")] };
    await expect(store.commit(stale)).rejects.toMatchObject({ code: "moved" });
    await using later = open();
    await expect(commit(later, put("a", "2"))).rejects.toMatchObject({ code: "moved" });
    expect(await later.get("a")).toMatchObject({ value: "1" });
    expect(await engine.revision()).toBe(before + 1);
  });

  test("puts no key under a lease once it has moved", async () => {
    const lease = await store.grantLease(5);
    await commit(store, { kind: "put", key: "alive", value: "", lease });
    await commit(engine, putMark(moved));
    const again: Write = { kind: "put", key: "alive", value: "", lease };
    await expect(commit(store, again)).rejects.toMatchObject({ code: "moved" });
    await lease.revoke();
  });

  test("goes on being read and watched once it has moved, and shows nothing of the mark", async () => {
    const base = await commit(store, put("a", "1"));
    await commit(engine, putMark(moved));
    await commit(engine, { kind: "delete", key: "a" });
    expect(await store.list("")).toMatchObject({ kind: "page", entries: [] });
    for await (const event of store.watch("", base, never)) {
      expect(event).toMatchObject({ kind: "changes", changes: [{ kind: "delete", key: "a" }] });
      break;
    }
    expect(await store.get("migration")).toBeUndefined();
  });

  test("takes writes while a migration copies it, and again after one was taken back", async () => {
    await commit(store, put("a", "1"));
    await commit(engine, putMark(moving));
    await commit(store, put("a", "2"));
    await commit(engine, putMark(moved));
    await expect(commit(store, put("a", "3"))).rejects.toMatchObject({ code: "moved" });
    await commit(engine, REMOVE_MARK);
    await commit(store, put("a", "4"));
    expect(await store.get("a")).toMatchObject({ value: "4" });
  });

  test("tells where it has moved to when it does, and when that is taken back", async () => {
    await using guarded = openGuarded();
    await commit(guarded, put("a", "1"));
    const moves = guarded.watchMove(never)[Symbol.asyncIterator]();
    expect((await moves.next()).value).toBeUndefined();
    await commit(guarded, put("migrations-of-others", "1"));
    await commit(engine, putMark(moved));
    while ((await moves.next()).value !== "etcd://new:2379/selvedge/");
    await commit(engine, REMOVE_MARK);
    expect((await moves.next()).value).toBeUndefined();
  });

  test("can be neither read nor written while it is being filled, and both afterwards", async () => {
    await commit(engine, putMark(filling));
    for (const call of [
      () => store.get("a"),
      () => store.list(""),
      () => store.revision(),
      () => commit(store, put("a", "1")),
      () => store.watch("", 0, never)[Symbol.asyncIterator]().next(),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: "filling",
        message: expect.stringContaining("is being filled from /old.db"),
      });
    }
    await commit(engine, put("a", "copied"), putMark(filled(OFFSET)));
    expect(await store.get("a")).toMatchObject({ value: "copied" });
    expect(await commit(store, put("a", "1"))).toBeGreaterThan(OFFSET);
  });

  test("with a mark that this version cannot read is left alone", async () => {
    await commit(engine, put("migration", '{ "kind": "unheard-of" }'));
    for (const call of [() => store.get("a"), () => commit(store, put("a", "1"))]) {
      await expect(call()).rejects.toMatchObject({ code: "newer-schema" });
    }
  });

  test("that was opened before it was filled must be opened again before it is written", async () => {
    await store.revision();
    await commit(engine, putMark(filled(OFFSET)));
    await expect(commit(store, put("a", "1"))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("restart this program"),
    });
  });

  test("answers nothing of revisions before it was filled but that they are gone", async () => {
    const raw = await commit(engine, putMark(filled(OFFSET)), put("a", "1"));
    const begin = raw + OFFSET;
    const compacted = { kind: "compacted", compactRevision: begin };
    for (const revision of [1, raw, raw + 1, begin - 1]) {
      expect(await store.list("", { revision })).toEqual(compacted);
      const watch = store.watch("", revision, never)[Symbol.asyncIterator]();
      expect((await watch.next()).value).toEqual(compacted);
      // What was read before the migration is equal to nothing that is here.
      const compare = [{ key: "a", modRevision: revision }];
      const outcome = await store.commit({ compare, writes: [put("a", "lost")] });
      expect(outcome).toEqual({ kind: "conflict", key: "a" });
    }
    expect(await store.list("", { revision: begin })).toMatchObject({
      kind: "page",
      entries: [{ key: "a", value: "1", modRevision: begin }],
    });
    const missing = [{ key: "missing", modRevision: OFFSET }];
    expect(await store.commit({ compare: missing, writes: [put("b", "1")] })).toEqual({
      kind: "conflict",
      key: "missing",
    });
    await expect(store.list("", { revision: begin + 5 })).rejects.toThrow(
      `is at revision ${begin}, ${begin + 5} is yet to come`,
    );
  });
});
