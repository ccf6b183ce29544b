import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type ApplyOutcome,
  type LoggedChanges,
  type LoggedEvent,
  openSqliteStore,
  ResourceCache,
  ResourceStore,
  type Store,
} from "../../src/index.ts";
import { declared, NETWORK, tenant } from "./world.ts";

let directory: string;
let store: Store;
let cache: ResourceCache;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-cache-"));
  store = openSqliteStore(join(directory, "store.db"));
  cache = new ResourceCache(store);
});

afterEach(async () => {
  await cache[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function revisionOf(outcome: ApplyOutcome): number {
  if (outcome.kind !== "applied") throw new Error(JSON.stringify(outcome));
  return outcome.revision;
}

async function takeEvents(told: AsyncIterable<LoggedChanges>, count: number) {
  const taken: LoggedEvent[] = [];
  for await (const changes of told) {
    if (changes.kind === "gone") return "gone";
    taken.push(...changes.events);
    if (taken.length >= count) break;
  }
  return taken;
}

const never = new AbortController().signal;

test("what is applied is in the state that is read next", async () => {
  const revision = revisionOf(await cache.apply(declared(NETWORK)));
  const state = await cache.state();
  expect(state.revision).toBeGreaterThanOrEqual(revision);
  expect([...state.resources.keys()].sort()).toEqual([
    "hosts/h1",
    "subnets/red/web",
    "tenants/red",
    "vrfs/red/main",
  ]);
});

test("what another process applies is in the state that is read next", async () => {
  await cache.state();
  await using other = openSqliteStore(join(directory, "store.db"));
  for (let index = 0; index < 20; index++) {
    await new ResourceStore(other).apply(declared(tenant(`t${index}`)));
    expect((await cache.state()).resources.has(`tenants/t${index}`)).toBe(true);
  }
});

test("of two caches that give the same address at once one is refused", async () => {
  await using other = openSqliteStore(join(directory, "store.db"));
  await using otherCache = new ResourceCache(other);
  await cache.apply(declared(NETWORK));
  const endpoint = (name: string) =>
    declared(
      `apiVersion: selvedge.dev/v1alpha1\nkind: Endpoint\nmetadata: { name: ${name}, namespace: red }\n` +
        "spec: { subnet: web, host: h1, addresses: [10.1.0.5] }\n",
    );
  const outcomes = await Promise.all([
    cache.apply(endpoint("one")),
    otherCache.apply(endpoint("two")),
  ]);
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["applied", "refused"]);
});

test("a refusal for a state that has passed is tried again", async () => {
  await cache.apply(declared(NETWORK));
  let asked = 0;
  const outcome = await cache.apply(declared(tenant("blue")), {
    companion: async (changes) => {
      asked += 1;
      if (asked > 1) return { kind: "complete", changes, compare: [], writes: [] };
      await cache.apply(declared(tenant("green")));
      await cache.state();
      return { kind: "refused", issues: [{ path: [], message: "of the state before" }] };
    },
  });
  expect(asked).toBe(2);
  expect(outcome).toMatchObject({ kind: "applied" });
});

test("events tell of every change in order, with what was there before", async () => {
  const from = revisionOf(await cache.apply(declared(NETWORK)));
  const events = cache.events(from, never);
  await cache.apply(declared(tenant("blue")));
  await cache.apply(declared(tenant("blue", ", labels: { a: b }")));
  await cache.apply([{ kind: "delete", key: "tenants/blue" }]);
  const [created, changed, deleted] = await takeEvents(events, 3);
  expect(created).toMatchObject({ kind: "put", key: "tenants/blue" });
  expect(created).not.toHaveProperty("before");
  expect(changed).toMatchObject({ kind: "put", before: { metadata: { name: "blue" } } });
  expect(deleted).toMatchObject({
    kind: "delete",
    before: { metadata: { name: "blue", labels: { a: "b" }, resourceVersion: String(from + 3) } },
  });
});

test("the events of a commit are told together", async () => {
  const from = revisionOf(await cache.apply(declared(tenant("a"))));
  const events = cache.events(from, never);
  await cache.apply(declared(tenant("b") + tenant("c")));
  const told = await events.next();
  expect(told.value).toMatchObject({ events: [{ key: "tenants/b" }, { key: "tenants/c" }] });
});

test("a revision from before the cache began is gone", async () => {
  await cache.apply(declared(tenant("a")));
  await cache.apply(declared(tenant("b")));
  await using late = new ResourceCache(store);
  await late.state();
  expect(await takeEvents(late.events(1, never), 2)).toBe("gone");
});

test("what changed while history was compacted is told as the changes that it comes to", async () => {
  const from = revisionOf(await cache.apply(declared(tenant("a") + tenant("b"))));
  await cache.state();
  // The cache is busy with nothing else in this turn, so that the compaction overtakes its watch.
  await using other = openSqliteStore(join(directory, "store.db"));
  const resources = new ResourceStore(other);
  await resources.apply([{ kind: "delete", key: "tenants/a" }]);
  await resources.apply(declared(tenant("c")));
  await other.compact(await other.revision());
  const told = await takeEvents(cache.events(from, never), 2);
  // In the order of revisions: a reader that stops after any of them can go on from there.
  expect(told).toMatchObject([
    { kind: "put", key: "tenants/c", revision: from + 2 },
    { kind: "delete", key: "tenants/a" },
  ]);
});

test("a cache whose store is closed says so", async () => {
  await cache.state();
  await store[Symbol.asyncDispose]();
  await expect(cache.state()).rejects.toMatchObject({ code: "closed" });
});
