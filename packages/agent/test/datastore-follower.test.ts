import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateDatastore, openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { type Resource, resourceKey } from "@selvedge/resources";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DatastoreFollower, type FollowedChanges } from "../src/datastore-follower.ts";
import type { ResourceChange } from "../src/intent/host-intent.ts";
import { host, recordingLog } from "./fixtures.ts";

let directory: string;
let path: string;
let follower: DatastoreFollower;
let batches: FollowedChanges[];
let lines: Record<string, unknown>[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-follow-"));
  path = join(directory, "store", "datastore.db");
  batches = [];
  const recording = recordingLog();
  lines = recording.lines;
  follower = new DatastoreFollower({
    location: { kind: "sqlite", path },
    log: recording.log,
    concerns: (key) => key !== "hosts/h9",
    onChanges: (followed) => void batches.push(followed),
  });
});

afterEach(async () => {
  await follower[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function apply(...resources: Resource[]): Promise<void> {
  await using store = openSqliteStore(path);
  const changes = resources.map((resource) => ({ kind: "put" as const, resource }));
  const outcome = await new ResourceStore(store).apply(changes);
  expect(outcome.kind).toBe("applied");
}

const keys = (changes: readonly ResourceChange[]): string[] =>
  changes.map((change) =>
    change.kind === "put" ? resourceKey(change.resource) : `-${change.key}`,
  );

describe("following the datastore", () => {
  test("says where it has moved to, and keeps in force what it held", async () => {
    mkdirSync(join(directory, "store"));
    await apply(host("h1", { id: 1 }));
    follower.start();
    await vi.waitUntil(() => batches.length === 1);
    expect(follower.state).not.toHaveProperty("movedTo");
    const to = join(directory, "new.db");
    await migrateDatastore({ from: { kind: "sqlite", path }, to: { kind: "sqlite", path: to } });
    await vi.waitUntil(() => "movedTo" in follower.state);
    expect(follower.state).toMatchObject({ kind: "following", movedTo: to });
    expect(batches).toHaveLength(1);
    expect(lines.some(({ movedTo }) => movedTo === to)).toBe(true);
  });

  test("starts with a snapshot and goes on with what other processes change", async () => {
    mkdirSync(join(directory, "store"));
    await apply(host("h1", { id: 1 }));
    follower.start();
    await vi.waitUntil(() => batches.length === 1);
    await apply(host("h2", { id: 2 }));
    await vi.waitUntil(() => batches.length === 2);
    expect(batches.map(({ changes, snapshot }) => [keys(changes), snapshot !== undefined])).toEqual(
      [
        [["hosts/h1"], true],
        [["hosts/h2"], false],
      ],
    );
    expect(follower.state).toMatchObject({ kind: "following" });
  });

  test("tells nothing of what does not concern it, and goes on past it", async () => {
    mkdirSync(join(directory, "store"));
    await apply(host("h1", { id: 1 }), host("h9", { id: 9 }));
    follower.start();
    await vi.waitUntil(() => batches.length === 1);
    await apply(host("h9", { id: 8 }));
    await apply(host("h2", { id: 2 }));
    await vi.waitUntil(() => batches.length === 2);
    expect(batches.map(({ changes }) => keys(changes))).toEqual([["hosts/h1"], ["hosts/h2"]]);
    expect(follower.state).toEqual({ kind: "following", revision: 3 });
  });

  test("is told of what it knows whatever becomes of it", async () => {
    mkdirSync(join(directory, "store"));
    await follower[Symbol.asyncDispose]();
    follower = new DatastoreFollower({
      location: { kind: "sqlite", path },
      log: recordingLog().log,
      concerns: (_, value) => JSON.stringify(value).includes("10.0.1.1"),
      onChanges: (followed) => void batches.push(followed),
    });
    await apply(host("h1", { id: 1 }), host("h2", { id: 2 }));
    follower.start();
    await vi.waitUntil(() => batches.length === 1);
    await apply(host("h1", { id: 3 }));
    await vi.waitUntil(() => batches.length === 2);
    expect(batches.map(({ changes }) => keys(changes))).toEqual([["hosts/h1"], ["hosts/h1"]]);
  });

  test("waits for a datastore that is not there yet, and says so once", async () => {
    follower.start();
    await vi.waitUntil(() => follower.state.kind === "failed");
    mkdirSync(join(directory, "store"));
    await apply(host("h1"));
    await vi.waitUntil(() => batches.length === 1, { timeout: 10_000 });
    expect(lines.filter(({ level }) => level === 50)).toHaveLength(1);
    expect(lines[0]).toMatchObject({ code: "unavailable" });
  });

  test("reports a damaged value and keeps what was there before in force", async () => {
    mkdirSync(join(directory, "store"));
    await apply(host("h1", { id: 1 }));
    follower.start();
    await vi.waitUntil(() => batches.length === 1);
    {
      await using store = openSqliteStore(path);
      const damaged = { kind: "put" as const, key: "resources/hosts/h1", value: '{"kind":' };
      await store.commit({ compare: [], writes: [damaged] });
    }
    await vi.waitUntil(() => lines.some(({ key }) => key === "hosts/h1"));
    expect(batches.flatMap(({ changes }) => keys(changes))).toEqual(["hosts/h1"]);
  });

  test("ends at once when it is disposed of while it waits", async () => {
    follower.start();
    await vi.waitUntil(() => follower.state.kind === "failed");
    await follower[Symbol.asyncDispose]();
    expect(batches).toEqual([]);
  });
});
