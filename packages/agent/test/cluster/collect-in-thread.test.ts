import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@selvedge/datastore";
import { Ipam, livenessKey } from "@selvedge/ipam";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectInThread } from "../../src/cluster/collect-in-thread.ts";
import { WEB } from "./pool.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-thread-"));
  path = join(directory, "datastore.db");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const request = () => ({
  location: { kind: "sqlite", path } as const,
  grace: 0,
  keepRevisions: 3,
  goneSince: new Map(),
  turn: { key: "nobody's turn", modRevision: 0 },
});

test("collects in the datastore, and says what it did and saw", async () => {
  await using store = openSqliteStore(path);
  const use = { pool: WEB, owner: "router-1", host: "gone", reason: "test" };
  await new Ipam(store).allocate(use);
  const key = livenessKey("h1");
  await store.commit({ compare: [], writes: [{ kind: "put", key, value: "" }] });
  const { collected, goneSince } = await collectInThread(request(), new AbortController().signal);
  expect(collected.orphaned).toEqual([
    { pool: { tenant: "red", subnet: "web" }, block: "10.1.0.0/26", host: "gone" },
  ]);
  expect(goneSince).toEqual(new Map([["host gone", expect.any(Number)]]));
});

test("takes nothing back when it is another one's turn", async () => {
  await using store = openSqliteStore(path);
  await new Ipam(store).allocate({ pool: WEB, owner: "router-1", host: "gone", reason: "test" });
  const writes = [{ kind: "put", key: livenessKey("h1"), value: "" }] as const;
  await store.commit({ compare: [], writes });
  const { signal } = new AbortController();
  const turn = { key: livenessKey("h1"), modRevision: 0 };
  const { collected } = await collectInThread({ ...request(), turn }, signal);
  expect(collected.orphaned).toEqual([]);
  expect((await collectInThread(request(), signal)).collected.orphaned).toHaveLength(1);
});

test("forgets what is older than is kept", async () => {
  await using store = openSqliteStore(path);
  for (let time = 0; time < 9; time++) {
    await store.commit({ compare: [], writes: [{ kind: "put", key: "k", value: `${time}` }] });
  }
  await collectInThread(request(), new AbortController().signal);
  const oldest = { kind: "compacted", compactRevision: (await store.revision()) - 3 };
  expect(await store.list("", { revision: 1 })).toEqual(oldest);
});

test("throws what the datastore threw", async () => {
  path = join(directory, "missing", "datastore.db");
  const collecting = collectInThread(request(), new AbortController().signal);
  await expect(collecting).rejects.toMatchObject({ name: "StoreError", code: "unavailable" });
});

test("is broken off when it is no longer wanted", async () => {
  const stop = new AbortController();
  const collecting = collectInThread(request(), stop.signal);
  stop.abort();
  await expect(collecting).rejects.toMatchObject({ name: "StoreError", code: "closed" });
});
