import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GuardedStore, openSqliteStore } from "../../src/index.ts";
import { trimHistory } from "../../src/upkeep/trim-history.ts";

let directory: string;
let store: GuardedStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-trim-"));
  store = openSqliteStore(join(directory, "datastore.db"));
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

async function write(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const value = String(await store.revision());
    await store.commit({ compare: [], writes: [{ kind: "put", key: `k${time % 7}`, value }] });
  }
}

test("what is kept can be listed and watched from, and nothing before", async () => {
  await write(2500);
  const latest = await store.list("");
  expect(await trimHistory(store, 100)).toBe(2400);
  expect(await store.list("")).toEqual(latest);
  expect((await store.list("", { revision: 2400 })).kind).toBe("page");
  expect(await store.list("", { revision: 2399 })).toEqual({
    kind: "compacted",
    compactRevision: 2400,
  });
});

test("goes on from where it was, and does nothing where nothing is old", async () => {
  await write(50);
  expect(await trimHistory(store, 50)).toBe(0);
  expect(await trimHistory(store, 40)).toBe(10);
  expect(await trimHistory(store, 40)).toBe(0);
  await write(5);
  expect(await trimHistory(store, 40)).toBe(5);
  expect(await trimHistory(store, 1000)).toBe(0);
});
