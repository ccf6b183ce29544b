import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askThread, openSqliteStore } from "../src/index.ts";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-thread-"));
  path = join(directory, "datastore.db");
  await using store = openSqliteStore(path);
  const writes = [{ kind: "put", key: "k", value: "v" }] as const;
  await store.commit({ compare: [], writes });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const module = new URL("./counting-thread.ts", import.meta.url);

function count(
  request: { path?: string; isEndless?: boolean; isSilent?: boolean } = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  return askThread(module, { path, isEndless: false, isSilent: false, ...request }, signal);
}

test("gives what the thread answers", async () => {
  expect(await count()).toBe(1);
});

test("throws the error of the datastore that the thread has met", async () => {
  const missing = join(directory, "missing", "datastore.db");
  await expect(count({ path: missing })).rejects.toMatchObject({
    ...{ name: "StoreError", code: "unavailable", location: missing },
  });
});

test("ends the thread when it is no longer wanted", async () => {
  const stop = new AbortController();
  const counting = count({ isEndless: true }, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(counting).rejects.toMatchObject({ name: "StoreError", code: "closed" });
});

test("says when the thread has ended without a word", async () => {
  await expect(count({ isSilent: true })).rejects.toThrow("without an answer");
});
