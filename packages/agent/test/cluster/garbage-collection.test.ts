import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Comparison, openSqliteStore, type Store, StoreError } from "@selvedge/datastore";
import { Collector, type GoneSince, Ipam, livenessKey } from "@selvedge/ipam";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  COLLECTOR_KEY,
  type Collection,
  GarbageCollection,
} from "../../src/cluster/garbage-collection.ts";
import { recordingLog } from "../fixtures.ts";
import { WEB } from "./pool.ts";

const GRACE = 300_000;
let directory: string;
let store: Store;
let now: number;
let lines: Record<string, unknown>[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-garbage-"));
  store = openSqliteStore(join(directory, "datastore.db"));
  now = 1_000_000;
  await new Ipam(store, { now: () => now }).allocate({
    pool: WEB,
    owner: "router-1",
    host: "h2",
    reason: "test",
  });
  await setAlive("h1", true);
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function collection(
  host: string,
  { on = store, collect = collectHere }: { on?: Store; collect?: typeof collectHere } = {},
): Promise<GarbageCollection> {
  const recording = recordingLog();
  lines = recording.lines;
  const lease = await store.grantLease(60);
  return new GarbageCollection({
    store: on,
    lease,
    host,
    collect,
    log: recording.log,
  });
}

const clocks = { now: () => now, monotonic: () => now };

async function collectHere(goneSince: GoneSince, turn: Comparison): Promise<Collection> {
  const compare = [turn];
  const collector = new Collector(store, { grace: GRACE, ...clocks, goneSince, compare });
  const collected = await collector.collect();
  return { collected, goneSince: collector.goneSince };
}

async function setAlive(host: string, isAlive: boolean): Promise<void> {
  const key = livenessKey(host);
  const write = isAlive
    ? { kind: "put" as const, key, value: "" }
    : { kind: "delete" as const, key };
  await store.commit({ compare: [], writes: [write] });
}

const freed = () => lines.filter(({ msg }) => String(msg).includes("is nobody's"));

/** A store that can be away. */
function unreliable(isAway: () => boolean): Store {
  return {
    get: (key) => {
      if (isAway()) throw new StoreError("unavailable", "", "the datastore is away");
      return store.get(key);
    },
    list: (prefix, options) => store.list(prefix, options),
    commit: (transaction) => store.commit(transaction),
    watch: (prefix, from, signal) => store.watch(prefix, from, signal),
    grantLease: (seconds) => store.grantLease(seconds),
    revision: () => store.revision(),
    compact: (revision) => store.compact(revision),
    [Symbol.asyncDispose]: async () => {},
  };
}

test("a block of a host that has been gone for the grace is nobody's, and the log names all", async () => {
  const garbage = await collection("h1");
  expect(await garbage.turn()).toBe(true);
  now += GRACE;
  expect(freed()).toEqual([]);
  expect(await garbage.turn()).toBe(true);
  expect(freed()).toMatchObject([{ subnet: "red/web", block: "10.1.0.0/26", host: "h2" }]);
});

test("a host that is back before the grace is over keeps its blocks", async () => {
  const garbage = await collection("h1");
  await garbage.turn();
  await setAlive("h2", true);
  now += GRACE;
  await garbage.turn();
  await setAlive("h2", false);
  await garbage.turn();
  now += GRACE - 1;
  await garbage.turn();
  expect(freed()).toEqual([]);
});

test("the grace begins anew when the datastore was away, as leases ran out meanwhile", async () => {
  let isAway = false;
  const garbage = await collection("h1", { on: unreliable(() => isAway) });
  await garbage.turn();
  isAway = true;
  expect(await garbage.turn()).toBe(false);
  expect(lines.at(-1)).toMatchObject({ msg: expect.stringContaining("the datastore is away") });
  isAway = false;
  now += GRACE;
  expect(await garbage.turn()).toBe(true);
  expect(freed()).toEqual([]);
  now += GRACE;
  await garbage.turn();
  expect(freed()).toHaveLength(1);
});

test("another host has its turn only when the key of the one before is gone, and waits the grace", async () => {
  const first = await collection("h1");
  const second = await collection("h3");
  expect([await first.turn(), await second.turn()]).toEqual([true, false]);
  now += GRACE - 1;
  await store.commit({ compare: [], writes: [{ kind: "delete", key: COLLECTOR_KEY }] });
  expect([await second.turn(), await first.turn()]).toEqual([true, false]);
  now += 1;
  await second.turn();
  expect(freed()).toEqual([]);
});

test("one that is stopped in its turn and goes on in another's takes back nothing", async () => {
  const collect = async (goneSince: GoneSince, turn: Comparison) => {
    if (now > 1_000_000) await store.commit({ compare: [], writes: [takeAway] });
    return collectHere(goneSince, turn);
  };
  const takeAway = { kind: "put", key: COLLECTOR_KEY, value: "another's" } as const;
  const stopped = await collection("h1", { collect });
  expect(await stopped.turn()).toBe(true);
  now += GRACE;
  await stopped.turn();
  expect(freed()).toEqual([]);
  expect(await stopped.turn()).toBe(false);
});

test("a collection that breaks down is logged as an error, and the next one is tried", async () => {
  let isBroken = true;
  const collect = (goneSince: GoneSince, turn: Comparison) => {
    if (isBroken) throw new RangeError("the thread is out of memory");
    return collectHere(goneSince, turn);
  };
  const garbage = await collection("h1", { collect });
  expect(await garbage.turn()).toBe(false);
  expect(lines.at(-1)).toMatchObject({
    level: 50,
    msg: expect.stringContaining("the thread is out of memory"),
  });
  isBroken = false;
  expect(await garbage.turn()).toBe(true);
});
