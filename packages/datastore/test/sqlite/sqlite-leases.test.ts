import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqliteStore, type Store, type Write } from "../../src/index.ts";

let directory: string;
let path: string;
/** Milliseconds: the clock of the machine. */
let now: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-lease-"));
  path = join(directory, "store.db");
  now = 1_000_000;
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (): Store => openSqliteStore(path, { now: () => now });

async function putUnderLease(store: Store, key: string, ttlSeconds: number) {
  const lease = await store.grantLease(ttlSeconds);
  const writes: Write[] = [{ kind: "put", key, value: "", lease }];
  await store.commit({ compare: [], writes });
  return lease;
}

describe("a lease in a SQLite file that has run out", () => {
  test("is noticed by any process that reads, in a commit of its own", async () => {
    await using holder = open();
    await using reader = open();
    await putUnderLease(holder, "a", 5);
    now += 4999;
    expect(await reader.get("a")).toMatchObject({ modRevision: 1 });
    now += 1;
    expect(await reader.get("a")).toBeUndefined();
    expect(await holder.list("")).toMatchObject({ entries: [], revision: 2 });
  });

  test("is noticed by a watch that waits", async () => {
    await using holder = open();
    await using watcher = open();
    await putUnderLease(holder, "a", 5);
    const events = watcher.watch("", 1, new AbortController().signal)[Symbol.asyncIterator]();
    const event = events.next();
    now += 5000;
    expect(await event).toMatchObject({
      value: { revision: 2, changes: [{ kind: "delete", key: "a" }] },
    });
    await events.return?.();
  });

  test("is over for a commit that compares with what was under it", async () => {
    await using holder = open();
    await using other = open();
    await putUnderLease(holder, "a", 5);
    now += 5000;
    const writes: Write[] = [{ kind: "put", key: "a", value: "mine" }];
    expect(await other.commit({ compare: [{ key: "a", modRevision: 1 }], writes })).toEqual({
      kind: "conflict",
      key: "a",
    });
    expect(await other.commit({ compare: [{ key: "a", modRevision: 0 }], writes })).toEqual({
      kind: "committed",
      revision: 3,
    });
  });

  test("takes no more keys, though its holder has not noticed yet", async () => {
    await using holder = open();
    const lease = await putUnderLease(holder, "a", 5);
    now += 5000;
    const writes: Write[] = [{ kind: "put", key: "b", value: "", lease }];
    await expect(holder.commit({ compare: [], writes })).rejects.toMatchObject({
      code: "lease-lost",
    });
    expect(await holder.list("")).toMatchObject({ entries: [] });
  });

  test("does not keep a reader waiting while another process holds the write lock", async () => {
    await using holder = open();
    await putUnderLease(holder, "a", 5);
    now += 5000;
    const writer = new DatabaseSync(path);
    writer.exec("BEGIN IMMEDIATE");
    expect(await holder.get("a")).toMatchObject({ key: "a" });
    writer.exec("ROLLBACK");
    writer.close();
    expect(await holder.get("a")).toBeUndefined();
  });

  test("goes by itself: others stay", async () => {
    await using holder = open();
    await putUnderLease(holder, "short", 5);
    await putUnderLease(holder, "long", 50);
    now += 5000;
    expect(await holder.list("")).toMatchObject({ entries: [{ key: "long" }], revision: 3 });
  });
});

describe("a SQLite file of before there were leases", () => {
  beforeEach(async () => {
    const store = open();
    await store.commit({ compare: [], writes: [{ kind: "put", key: "a", value: "old" }] });
    await store[Symbol.asyncDispose]();
    const database = new DatabaseSync(path);
    database.exec("DROP TABLE lease; DROP TABLE leased; PRAGMA user_version = 1");
    database.close();
  });

  test("gets them when it is opened, and keeps what it holds", async () => {
    await using store = open();
    expect(await store.get("a")).toMatchObject({ value: "old", modRevision: 1 });
    await putUnderLease(store, "b", 5);
    now += 5000;
    expect(await store.list("")).toMatchObject({ entries: [{ key: "a" }], revision: 3 });
  });

  test("gets them once, whoever opens it at the same time", async () => {
    await using one = open();
    await using other = open();
    await putUnderLease(one, "b", 5);
    expect(await other.get("b")).toMatchObject({ key: "b" });
  });
});
