/** What every engine of the datastore must do; each engine's test runs it against the real thing. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Change, Entry, Store, WatchEvent, Write } from "../src/index.ts";

export interface EngineUnderTest {
  /** A store that is empty at the first call of a test; later calls open the same one again. */
  open(): Promise<Store>;
  /** Ends the test's store. */
  remove(): Promise<void>;
}

const put = (key: string, value: string): Write => ({ kind: "put", key, value });
const remove = (key: string): Write => ({ kind: "delete", key });

async function entriesOf(store: Store, prefix = ""): Promise<Entry[]> {
  const page = await store.list(prefix, { limit: 10_000 });
  if (page.kind !== "page") throw new Error("the latest revision cannot be compacted");
  return [...page.entries];
}

/** The first `count` events of a watch. */
async function take(events: AsyncIterable<WatchEvent>, count: number): Promise<WatchEvent[]> {
  const taken: WatchEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

/** The changes up to and including a revision, of however many events; no commit may be in two. */
async function changesUntil(
  events: AsyncIterable<WatchEvent>,
  revision: number,
): Promise<Change[]> {
  const changes: Change[] = [];
  let seen = 0;
  for await (const event of events) {
    if (event.kind !== "changes") throw new Error(`compacted at ${event.compactRevision}`);
    for (const change of event.changes) {
      expect(modRevisionOf(change)).toBeGreaterThan(seen);
      changes.push(change);
    }
    seen = event.revision;
    if (seen >= revision) break;
  }
  return changes;
}

const modRevisionOf = (change: Change): number =>
  change.kind === "put" ? change.entry.modRevision : change.modRevision;

const keysOf = (changes: readonly Change[]): string[] =>
  changes.map((change) => (change.kind === "put" ? change.entry.key : `-${change.key}`));

export function describeStoreContract(name: string, createEngine: () => EngineUnderTest): void {
  describe(`the store contract of ${name}`, () => {
    let engine: EngineUnderTest;
    let store: Store;
    /** Of the store before the test: an engine need not begin with 0. */
    let base: number;
    const never = new AbortController().signal;

    beforeEach(async () => {
      engine = createEngine();
      store = await engine.open();
      base = await store.revision();
    });

    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await engine.remove();
    });

    const commit = async (...writes: Write[]): Promise<number> => {
      const outcome = await store.commit({ compare: [], writes });
      if (outcome.kind !== "committed") throw new Error(`conflict at ${outcome.key}`);
      return outcome.revision;
    };

    test("an empty store has no entries and no value", async () => {
      expect(await entriesOf(store)).toEqual([]);
      expect(await store.get("a")).toBeUndefined();
    });

    test("a committed value is read back with the revision of its commit", async () => {
      await commit(put("a", "1"));
      const revision = await commit(put("b", "2"), put("c", "3"));
      expect(revision).toBe(base + 2);
      expect(await store.get("c")).toEqual({ key: "c", value: "3", modRevision: base + 2 });
      const revisions = (await entriesOf(store)).map(({ modRevision }) => modRevision - base);
      expect(revisions).toEqual([1, 2, 2]);
    });

    test("a deleted key is gone, and deleting it again is no error", async () => {
      await commit(put("a", "1"));
      await commit(remove("a"));
      await commit(remove("a"));
      expect(await store.get("a")).toBeUndefined();
    });

    test("a transaction whose comparison fails writes nothing and names the key", async () => {
      await commit(put("a", "1"));
      const outcome = await store.commit({
        compare: [
          { key: "b", modRevision: 0 },
          { key: "a", modRevision: 0 },
        ],
        writes: [put("a", "2"), put("b", "2")],
      });
      expect(outcome).toEqual({ kind: "conflict", key: "a" });
      expect(await store.revision()).toBe(base + 1);
      expect((await entriesOf(store)).map(({ key }) => key)).toEqual(["a"]);
    });

    test("a transaction whose comparisons hold is committed", async () => {
      await commit(put("a", "1"));
      const compare = [
        { key: "a", modRevision: base + 1 },
        { key: "b", modRevision: 0 },
      ];
      expect(await store.commit({ compare, writes: [put("b", "2")] })).toEqual({
        kind: "committed",
        revision: base + 2,
      });
    });

    test("a list holds the keys of its prefix only, in order, whatever they contain", async () => {
      await commit(put("a/2", ""), put("a/1", ""), put("b/1", ""), put("a0", ""), put("a/%_", ""));
      expect((await entriesOf(store, "a/")).map(({ key }) => key)).toEqual(["a/%_", "a/1", "a/2"]);
    });

    test("pages show the revision of the first one, also when commits come in between", async () => {
      await commit(...["a", "b", "c", "d"].map((key) => put(key, "old")));
      const first = await store.list("", { limit: 2 });
      if (first.kind !== "page" || first.next === undefined) throw new Error("no next page");
      await commit(put("c", "new"), remove("d"), put("e", "new"));
      const second = await store.list("", {
        limit: 2,
        after: first.next,
        revision: first.revision,
      });
      expect(second).toMatchObject({
        kind: "page",
        revision: base + 1,
        entries: [
          { key: "c", value: "old", modRevision: base + 1 },
          { key: "d", value: "old", modRevision: base + 1 },
        ],
      });
      expect(second).not.toHaveProperty("next");
    });

    test("a list at a revision that was compacted says so", async () => {
      await commit(put("a", "1"));
      await commit(put("a", "2"));
      await store.compact(base + 2);
      expect(await store.list("", { revision: base + 1 })).toEqual({
        kind: "compacted",
        compactRevision: base + 2,
      });
    });

    test("a list at a revision that is yet to come is refused", async () => {
      await commit(put("a", "1"));
      await expect(store.list("", { revision: base + 5 })).rejects.toThrow(RangeError);
    });

    test("compaction keeps what is needed to read at a revision after it", async () => {
      await commit(put("a", "1"), put("b", "1"));
      await commit(put("b", "2"));
      await store.compact(base + 2);
      await commit(put("a", "3"), remove("b"));
      const page = await store.list("", { revision: base + 2 });
      expect(page).toMatchObject({
        entries: [
          { key: "a", value: "1" },
          { key: "b", value: "2" },
        ],
      });
      expect((await entriesOf(store)).map(({ value }) => value)).toEqual(["3"]);
    });

    test("a watch gives the commits after its revision, in order, none split", async () => {
      await commit(put("a", "1"));
      await commit(put("b", "1"), put("c", "1"));
      await commit(remove("a"), put("b", "2"));
      const changes = await changesUntil(store.watch("", base + 1, never), base + 3);
      expect(keysOf(changes)).toEqual(["b", "c", "-a", "b"]);
    });

    test("a watch waits for the next commit and tells of its prefix only", async () => {
      const watched = take(store.watch("a/", base, never), 1);
      await commit(put("b/1", "1"));
      await commit(put("a/1", "1"));
      const [event] = await watched;
      expect(event).toEqual({
        kind: "changes",
        revision: base + 2,
        changes: [{ kind: "put", entry: { key: "a/1", value: "1", modRevision: base + 2 } }],
      });
    });

    test("a watch misses no commit, at whatever moment of its reading it comes", async () => {
      for (let turns = 0; turns < 8; turns++) {
        const from = await store.revision();
        const watched = take(store.watch("", from, never), 1);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        await commit(put("a", String(turns)));
        expect(await watched).toMatchObject([{ revision: from + 1 }]);
      }
    });

    test("a watch from a compacted revision says so and ends", async () => {
      await commit(put("a", "1"));
      await commit(put("a", "2"));
      await commit(put("a", "3"));
      await store.compact(base + 3);
      const events = await take(store.watch("", base + 1, never), 2);
      expect(events).toEqual([{ kind: "compacted", compactRevision: base + 3 }]);
    });

    test("a watch ends when its signal aborts, also while it waits", async () => {
      const controller = new AbortController();
      const watched = take(store.watch("", base, controller.signal), 1);
      await commit();
      controller.abort();
      expect(await watched).toEqual([]);
    });

    test("a watch ends when the store is closed", async () => {
      const watched = take(store.watch("", base, never), 1);
      await store[Symbol.asyncDispose]();
      expect(await watched).toEqual([]);
    });

    test("a closed store refuses with the code closed", async () => {
      await store[Symbol.asyncDispose]();
      await expect(store.get("a")).rejects.toMatchObject({ code: "closed" });
    });

    test("a store that is opened again has everything", async () => {
      await commit(put("a", "1"));
      await store[Symbol.asyncDispose]();
      store = await engine.open();
      expect(await store.get("a")).toMatchObject({ value: "1" });
      expect(await commit(put("b", "1"))).toBe(base + 2);
    });

    test("a watch sees the commits of another opener", async () => {
      await using other = await engine.open();
      const watched = take(store.watch("", base, never), 1);
      await other.commit({ compare: [], writes: [put("a", "1")] });
      expect(await watched).toMatchObject([{ revision: base + 1 }]);
    });

    test("of two openers that compare with the same revision exactly one commits", async () => {
      await using other = await engine.open();
      const transaction = {
        compare: [{ key: "a", modRevision: 0 }],
        writes: [put("a", "1")],
      };
      const outcomes = await Promise.all([store.commit(transaction), other.commit(transaction)]);
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["committed", "conflict"]);
    });

    test("of many writers that count up one key by comparing, none loses a count", async () => {
      const writers = await Promise.all(Array.from({ length: 4 }, () => engine.open()));
      const countUp = async (writer: Store): Promise<void> => {
        for (let counted = 0; counted < 10; ) {
          const entry = await writer.get("count");
          const outcome = await writer.commit({
            compare: [{ key: "count", modRevision: entry?.modRevision ?? 0 }],
            writes: [put("count", String(Number(entry?.value ?? 0) + 1))],
          });
          if (outcome.kind === "committed") counted += 1;
        }
      };
      await Promise.all(writers.map(countUp));
      expect((await store.get("count"))?.value).toBe("40");
      await Promise.all(writers.map((writer) => writer[Symbol.asyncDispose]()));
    });

    test("commits of one store at a time each get a revision of their own", async () => {
      const revisions = await Promise.all(
        Array.from({ length: 20 }, (_, index) => commit(put(`k${index}`, ""))),
      );
      expect(new Set(revisions).size).toBe(20);
      expect(await store.revision()).toBe(base + 20);
    });

    test("a commit of a thousand writes is one commit", async () => {
      const keys = Array.from({ length: 1000 }, (_, index) => `k${String(index).padStart(4, "0")}`);
      const watched = take(store.watch("", base, never), 1);
      const revision = await commit(...keys.map((key) => put(key, "value")));
      const [event] = await watched;
      expect(event).toMatchObject({ kind: "changes", revision });
      if (event?.kind === "changes") expect(keysOf(event.changes)).toEqual(keys);
      const entries = await entriesOf(store);
      expect(entries.every(({ modRevision }) => modRevision === revision)).toBe(true);
    });

    test("a watch that is slow to read gets everything, in order", async () => {
      const events = store.watch("", base, never)[Symbol.asyncIterator]();
      let last = 0;
      for (let index = 0; index < 200; index++) last = await commit(put("a", String(index)));
      const values: string[] = [];
      for (let seen = 0; seen < last; ) {
        const { value: event } = await events.next();
        if (event?.kind !== "changes") throw new Error("no changes");
        for (const change of event.changes) {
          if (change.kind === "put") values.push(change.entry.value);
        }
        seen = event.revision;
      }
      await events.return?.();
      expect(values).toEqual(Array.from({ length: 200 }, (_, index) => String(index)));
    });

    test("a compaction under a watch that is up to date does not disturb it", async () => {
      const controller = new AbortController();
      const watch = store.watch("", base, controller.signal)[Symbol.asyncIterator]();
      // Read in two goes, so that the watch is there and up to date before the compaction.
      const events = { [Symbol.asyncIterator]: () => ({ next: () => watch.next() }) };
      for (const value of ["1", "2", "3"]) await commit(put("a", value));
      await changesUntil(events, base + 3);
      await store.compact(base + 2);
      const watched = changesUntil(events, base + 4);
      await commit(put("a", "4"));
      const values = (await watched).map((change) => change.kind === "put" && change.entry.value);
      expect(values).toEqual(["4"]);
      controller.abort();
      expect((await watch.next()).done).toBe(true);
    });

    test("keys under a lease go in one commit when it is revoked", async () => {
      const lease = await store.grantLease(60);
      const from = await commit(
        { kind: "put", key: "a", value: "1", lease },
        { kind: "put", key: "b", value: "1", lease },
        put("c", "1"),
      );
      const watched = take(store.watch("", from, never), 1);
      expect(lease.lost.aborted).toBe(false);
      await lease.revoke();
      expect(lease.lost.aborted).toBe(true);
      const [event] = await watched;
      expect(event).toMatchObject({ kind: "changes", revision: from + 1 });
      if (event?.kind === "changes") expect(keysOf(event.changes).sort()).toEqual(["-a", "-b"]);
      expect((await entriesOf(store)).map(({ key }) => key)).toEqual(["c"]);
      await lease.revoke();
    });

    test("the lease of a holder that is gone runs out, that of one that lives does not", async () => {
      const kept = await store.grantLease(2);
      const holder = await engine.open();
      const left = await holder.grantLease(2);
      const from = await commit({ kind: "put", key: "kept", value: "", lease: kept });
      const writes: Write[] = [{ kind: "put", key: "left", value: "", lease: left }];
      await holder.commit({ compare: [], writes });
      const watched = take(store.watch("", from, never), 2);
      await holder[Symbol.asyncDispose]();
      expect(left.lost.aborted).toBe(true);
      const events = await watched;
      expect(events).toMatchObject([{}, { changes: [{ kind: "delete", key: "left" }] }]);
      expect((await entriesOf(store)).map(({ key }) => key)).toEqual(["kept"]);
      expect(kept.lost.aborted).toBe(false);
    });

    test("a key that is put again without its lease stays when the lease goes", async () => {
      const lease = await store.grantLease(60);
      await commit({ kind: "put", key: "a", value: "1", lease });
      await commit(put("a", "2"));
      await lease.revoke();
      expect(await store.get("a")).toMatchObject({ value: "2" });
    });

    test("a key that is under a lease is read and listed as such, and no other is", async () => {
      const lease = await store.grantLease(60);
      const leased: Write = { kind: "put", key: "a", value: "1", lease };
      const revision = await commit(leased, put("b", "1"));
      await commit(put("c", "1"));
      expect(await store.get("a")).toHaveProperty("isLeased", true);
      expect(await store.get("b")).not.toHaveProperty("isLeased");
      const earlier = await store.list("", { revision });
      if (earlier.kind !== "page") throw new Error("nothing was compacted");
      for (const entries of [await entriesOf(store), earlier.entries]) {
        expect(entries.flatMap(({ key, isLeased }) => (isLeased ? [key] : []))).toEqual(["a"]);
      }
      await commit(put("a", "2"));
      expect(await store.get("a")).not.toHaveProperty("isLeased");
      await lease.revoke();
    });

    test("a key that was deleted and put again is not under the lease of before", async () => {
      const lease = await store.grantLease(60);
      await commit({ kind: "put", key: "a", value: "1", lease });
      await commit(remove("a"));
      await commit(put("a", "2"));
      await lease.revoke();
      expect(await store.get("a")).toMatchObject({ value: "2" });
    });

    test("nothing of a commit is written under a lease that is over", async () => {
      const lease = await store.grantLease(60);
      await lease.revoke();
      const writes: Write[] = [put("a", "1"), { kind: "put", key: "b", value: "1", lease }];
      const refused = store.commit({ compare: [], writes });
      await expect(refused).rejects.toMatchObject({ code: "lease-lost" });
      expect(await entriesOf(store)).toEqual([]);
      expect(await commit(put("c", "1"))).toBe(base + 1);
    });

    test("keys and values may be any text", async () => {
      const text = fc
        .string({ unit: "binary", maxLength: 20 })
        .filter((key) => !key.includes("\0"));
      await fc.assert(
        fc.asyncProperty(text, text, async (key, value) => {
          await commit(put(`u/${key}`, value));
          expect(await store.get(`u/${key}`)).toMatchObject({ key: `u/${key}`, value });
        }),
        { numRuns: 30 },
      );
    });

    test("whoever follows a watch from any revision arrives at what a list shows", async () => {
      const write = fc.oneof(
        fc.record({
          kind: fc.constant("put" as const),
          key: fc.constantFrom("p/a", "p/b", "p/c", "q"),
          value: fc.string({ maxLength: 3 }),
        }),
        fc.record({ kind: fc.constant("delete" as const), key: fc.constantFrom("p/a", "p/b") }),
      );
      const commits = fc.array(fc.array(write, { minLength: 1, maxLength: 4 }), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(commits, commits, async (before, after) => {
          for (const writes of before) await store.commit({ compare: [], writes });
          const page = await store.list("p/");
          if (page.kind !== "page") throw new Error("compacted");
          const follower = new Map(page.entries.map((entry) => [entry.key, entry]));
          for (const writes of after) await store.commit({ compare: [], writes });
          const end = await commit(put("p/end", String(await store.revision())));
          for (const change of await changesUntil(store.watch("p/", page.revision, never), end)) {
            if (change.kind === "put") follower.set(change.entry.key, change.entry);
            else follower.delete(change.key);
          }
          const listed = await entriesOf(store, "p/");
          expect([...follower.values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(listed);
        }),
        { numRuns: 30 },
      );
    });
  });
}
