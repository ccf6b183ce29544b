import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  abandonDatastoreMigration,
  type DatastoreLocation,
  migrateDatastore,
  openStore,
  planDatastoreMigration,
  type Store,
} from "../../src/index.ts";
import { openEngine } from "../../src/location.ts";
import { readMark } from "../../src/migration/mark.ts";
import { type MigrationStep, migrate } from "../../src/migration/migrate.ts";
import { commit, contentsOf, MOVES, Places, put, sideOf } from "./stores.ts";

let places: Places;

beforeAll(async () => {
  places = await Places.make();
});

afterAll(() => places?.[Symbol.asyncDispose]());

async function fill(location: DatastoreLocation, contents: Record<string, string>): Promise<void> {
  await using store = openStore(location);
  await commit(store, ...Object.entries(contents).map(([key, value]) => put(key, value)));
}

async function read(location: DatastoreLocation): Promise<Record<string, string>> {
  await using store = openStore(location);
  return await contentsOf(store);
}

/** Every step of a migration but the walks, and where it is to be interrupted. */
function interruptAt(kind: MigrationStep["kind"]): (step: MigrationStep) => void {
  return (step) => {
    if (step.kind === kind) throw new Interrupted();
  };
}

class Interrupted extends Error {}

async function interrupted(
  from: DatastoreLocation,
  to: DatastoreLocation,
  kind: MigrationStep["kind"],
): Promise<void> {
  await expect(migrateDatastore({ from, to }, interruptAt(kind))).rejects.toThrow(Interrupted);
}

const CONTENTS = {
  generation: "",
  "resources/tenants/red": "{}",
  "resources/tenants/\u{1f9f5}": "a key beyond the first plane",
  "resources/tenants/\uffff": "which sorts after this one by its octets only",
  "ipam/blocks/red/web/ipv4/10.1.0.0-26": "x".repeat(100_000),
};

describe.each(MOVES)("from %s to %s", (source, target) => {
  test("everything is moved, and the source refuses writes and names the target", async () => {
    const [from, to] = [places.next(source), places.next(target)];
    await fill(from, CONTENTS);
    const outcome = await migrateDatastore({ from, to });
    expect(outcome).toMatchObject({ kind: "migrated", contents: { keys: 5 }, leased: [] });
    expect(await read(to)).toEqual(CONTENTS);
    expect(await read(from)).toEqual(CONTENTS);
    await expect(fill(from, { late: "" })).rejects.toMatchObject({ code: "moved" });
    await fill(to, { late: "" });
    expect(await read(to)).toHaveProperty("late");
  });

  test("the command can be given again, and then does nothing", async () => {
    const [from, to] = [places.next(source), places.next(target)];
    await fill(from, CONTENTS);
    const { contents } = await migrateDatastore({ from, to });
    await fill(to, { "resources/tenants/red": "changed since" });
    expect(await migrateDatastore({ from, to })).toEqual({ kind: "already", contents, leased: [] });
    expect(await read(to)).toMatchObject({ "resources/tenants/red": "changed since" });
  });

  test("keys under leases stay behind, and are told", async () => {
    const [from, to] = [places.next(source), places.next(target)];
    await fill(from, { a: "1" });
    await using store = openStore(from);
    const lease = await store.grantLease(60);
    await commit(store, { kind: "put", key: "liveness/hosts/one", value: "", lease });
    const outcome = await migrateDatastore({ from, to });
    expect(outcome).toMatchObject({ contents: { keys: 1 }, leased: ["liveness/hosts/one"] });
    expect(await read(to)).toEqual({ a: "1" });
    await lease.revoke();
  });

  test("no revision of the source says anything in the target but that it is gone", async () => {
    const [from, to] = [places.next(source), places.next(target)];
    await fill(from, { a: "1", b: "1" });
    await using old = openStore(from);
    const before = await old.revision();
    await commit(old, { kind: "delete", key: "b" });
    await migrateDatastore({ from, to });
    await using store = openStore(to);
    const never = new AbortController().signal;
    for (const revision of [1, before, await old.revision(), (await old.revision()) + 1000]) {
      const watch = store.watch("", revision, never)[Symbol.asyncIterator]();
      expect((await watch.next()).value).toMatchObject({ kind: "compacted" });
    }
    const present = await store.revision();
    const watch = store.watch("", present, never)[Symbol.asyncIterator]();
    await commit(store, put("c", "1"));
    expect((await watch.next()).value).toMatchObject({ revision: present + 1 });
  });

  test("a dry run says what would be moved and changes nothing", async () => {
    const [from, to] = [places.next(source), places.next(target)];
    await fill(from, CONTENTS);
    const plan = await planDatastoreMigration({ from, to });
    expect(plan).toMatchObject({ kind: "fresh", contents: { keys: 5 }, differences: 5 });
    await fill(from, { later: "" });
    await fill(to, { theirs: "" });
    await expect(planDatastoreMigration({ from, to })).rejects.toMatchObject({
      code: "target-in-use",
    });
  });

  test.each(["walking", "stopped", "verified"] as const)(
    "one that was interrupted when it was %s goes on, with what was written since",
    async (step) => {
      const [from, to] = [places.next(source), places.next(target)];
      await fill(from, CONTENTS);
      await interrupted(from, to, step);
      await expect(read(to)).rejects.toMatchObject({ code: "filling" });
      const since = { "resources/tenants/red": "changed", "written/since": "" };
      const isMoved = step !== "walking";
      if (isMoved) await expect(fill(from, since)).rejects.toMatchObject({ code: "moved" });
      else await fill(from, since);
      expect(await planDatastoreMigration({ from, to })).toMatchObject({ kind: "resume" });
      expect(await migrateDatastore({ from, to })).toMatchObject({ kind: "migrated" });
      expect(await read(to)).toEqual(isMoved ? CONTENTS : { ...CONTENTS, ...since });
    },
  );

  test.each(["walking", "stopped", "verified"] as const)(
    "one that was interrupted when it was %s can be taken back, and begun anew",
    async (step) => {
      const [from, to] = [places.next(source), places.next(target)];
      await fill(from, CONTENTS);
      await interrupted(from, to, step);
      const wasMoved = step !== "walking";
      expect(await abandonDatastoreMigration({ from, to })).toEqual({
        removed: Object.keys(CONTENTS).length,
        wasMoved,
      });
      expect(await read(to)).toEqual({});
      await fill(from, { after: "" });
      await migrateDatastore({ from, to });
      expect(await read(to)).toEqual({ ...CONTENTS, after: "" });
    },
  );

  test("it can be moved on, and its revisions go on rising", async () => {
    const [from, over, to] = [places.next(source), places.next(target), places.next(source)];
    await fill(from, CONTENTS);
    await migrateDatastore({ from, to: over });
    await using second = openStore(over);
    const before = await second.revision();
    await interrupted(over, to, "stopped");
    await abandonDatastoreMigration({ from: over, to });
    await commit(second, put("between", ""));
    expect(await second.revision()).toBeGreaterThan(before);
    await migrateDatastore({ from: over, to });
    await using third = openStore(to);
    expect(await third.revision()).toBeGreaterThan(await second.revision());
    expect(await contentsOf(third)).toEqual({ ...CONTENTS, between: "" });
    await expect(commit(second, put("late", ""))).rejects.toMatchObject({ code: "moved" });
  });
});

describe("what is refused", () => {
  test("a target that holds a datastore, whose writers go on", async () => {
    const [from, to] = [places.next("sqlite"), places.next("etcd")];
    await fill(from, { a: "1" });
    await fill(to, { theirs: "1" });
    await expect(migrateDatastore({ from, to })).rejects.toMatchObject({ code: "target-in-use" });
    await fill(to, { theirs: "2" });
    await fill(from, { a: "2" });
    expect(await read(to)).toEqual({ theirs: "2" });
  });

  test("a target that somebody wrote to before the mark was there: it is let go", async () => {
    const [from, to] = [places.next("sqlite"), places.next("sqlite")];
    await fill(from, { a: "1" });
    await using source = sideOf(from, "source");
    await using target = sideOf(to, "target");
    const { store } = target;
    let commits = 0;
    // Between the look at the empty target and the mark.
    const racing: Store = Object.create(store, {
      commit: {
        value: async (transaction: Parameters<Store["commit"]>[0]) => {
          if (commits++ === 0) await commit(store, put("theirs", "1"));
          return await store.commit(transaction);
        },
      },
      get: { value: (key: string) => store.get(key) },
      list: { value: (...asked: Parameters<Store["list"]>) => store.list(...asked) },
    });
    await expect(
      migrate({ source, target: { store: racing, location: "target" } }),
    ).rejects.toMatchObject({ code: "target-in-use" });
    await fill(to, { theirs: "2" });
    expect(await read(to)).toEqual({ theirs: "2" });
  });

  test("one and the same datastore, by whatever name", async () => {
    const from = places.next("sqlite");
    await expect(migrateDatastore({ from, to: from })).rejects.toMatchObject({
      code: "same-datastore",
    });
    const etcd = places.next("etcd");
    if (etcd.kind !== "etcd") throw new Error("no etcd");
    const aliased = { ...etcd, endpoints: [...etcd.endpoints, ...etcd.endpoints] };
    await expect(migrateDatastore({ from: etcd, to: aliased })).rejects.toMatchObject({
      code: "same-datastore",
    });
    await fill(etcd, { a: "1" });
    expect(await read(etcd)).toEqual({ a: "1" });
    const inside = { ...etcd, prefix: `${etcd.prefix}data/inner/` };
    await expect(migrateDatastore({ from: etcd, to: inside })).rejects.toMatchObject({
      code: "same-datastore",
      message: expect.stringContaining("one inside the other"),
    });
  });

  test("a source that has moved elsewhere, or is being filled itself", async () => {
    const [from, to, other] = [places.next("sqlite"), places.next("etcd"), places.next("etcd")];
    await fill(from, { a: "1" });
    await interrupted(from, to, "walking");
    await expect(migrateDatastore({ from: to, to: other })).rejects.toMatchObject({
      code: "source-unfinished",
    });
    await migrateDatastore({ from, to });
    await expect(migrateDatastore({ from, to: other })).rejects.toMatchObject({
      code: "moved-elsewhere",
      message: expect.stringContaining("name the place that it has moved to"),
    });
  });

  test("a target that another source is being moved to", async () => {
    const [from, other, to] = [places.next("sqlite"), places.next("sqlite"), places.next("etcd")];
    await fill(from, { a: "1" });
    await fill(other, { b: "1" });
    await interrupted(from, to, "walking");
    await expect(migrateDatastore({ from: other, to })).rejects.toMatchObject({
      code: "target-in-use",
    });
    await expect(abandonDatastoreMigration({ from: other, to })).rejects.toMatchObject({
      code: "not-abandonable",
    });
    await migrateDatastore({ from, to });
    expect(await read(to)).toEqual({ a: "1" });
  });

  test("taking back what is complete, or what never began", async () => {
    const [from, to] = [places.next("sqlite"), places.next("etcd")];
    await fill(from, { a: "1" });
    await expect(abandonDatastoreMigration({ from, to })).rejects.toMatchObject({
      code: "not-abandonable",
      message: expect.stringContaining("there is nothing to take back"),
    });
    await migrateDatastore({ from, to });
    await expect(abandonDatastoreMigration({ from, to })).rejects.toMatchObject({
      code: "not-abandonable",
      message: expect.stringContaining("is complete"),
    });
    await expect(fill(from, { late: "" })).rejects.toMatchObject({ code: "moved" });
  });

  test("a value that etcd does not take, which is named while the source takes writes", async () => {
    const [from, to] = [places.next("sqlite"), places.next("etcd")];
    await fill(from, { large: "x".repeat(2_000_000), small: "" });
    await expect(migrateDatastore({ from, to })).rejects.toMatchObject({
      code: "too-large",
      message: expect.stringContaining("the value of large is too large"),
    });
    await fill(from, { large: "short" });
    await migrateDatastore({ from, to });
    expect(await read(to)).toEqual({ large: "short", small: "" });
  });

  test("a run that was overtaken by another goes no further", async () => {
    const [from, to] = [places.next("sqlite"), places.next("etcd")];
    await fill(from, { a: "1" });
    await using source = sideOf(from, "source");
    await using target = sideOf(to, "target");
    const { store } = target;
    let second: Promise<unknown> | undefined;
    let isStopped = false;
    const slow: Store = Object.create(store, {
      commit: { value: (...asked: Parameters<Store["commit"]>) => store.commit(...asked) },
      get: { value: (key: string) => store.get(key) },
      list: {
        value: async (...asked: Parameters<Store["list"]>) => {
          if (isStopped) second ??= migrate({ source, target });
          await second;
          return await store.list(...asked);
        },
      },
    });
    const onStep = ({ kind }: MigrationStep) => {
      isStopped ||= kind === "stopped";
    };
    await expect(
      migrate({ source, target: { store: slow, location: "target" }, onStep }),
    ).rejects.toMatchObject({ code: "taken-over" });
    expect(await second).toMatchObject({ kind: "migrated" });
    expect(await read(to)).toEqual({ a: "1" });
  });

  test("a source that is written past its mark, by a program that is too old to compare it", async () => {
    const [from, to] = [places.next("sqlite"), places.next("sqlite")];
    await fill(from, { a: "0" });
    await using old = openEngine(from);
    let writes = 0;
    const onStep = (step: MigrationStep) => {
      if (step.kind === "walking" || step.kind === "stopped")
        void commit(old, put("a", `${++writes}`));
    };
    await expect(migrateDatastore({ from, to }, onStep)).rejects.toMatchObject({
      code: "source-written",
    });
    await migrateDatastore({ from, to });
    expect(await read(to)).toEqual({ a: String(writes) });
  });

  test("one that was being taken back must be taken back to the end", async () => {
    const [from, to] = [places.next("etcd"), places.next("sqlite")];
    await fill(from, CONTENTS);
    await interrupted(from, to, "stopped");
    {
      await using target = openEngine(to);
      const { mark } = await readMark(target, "target");
      if (mark?.kind !== "filling") throw new Error("it is not being filled");
      const { id, from: origin, isOurs } = mark;
      const value = JSON.stringify({ kind: "abandoned", id, from: origin, isOurs });
      await commit(target, put("migration", value));
    }
    await expect(migrateDatastore({ from, to })).rejects.toMatchObject({ code: "abandoned" });
    expect(await abandonDatastoreMigration({ from, to })).toMatchObject({ wasMoved: true });
    await fill(from, { after: "" });
    expect(await read(to)).toEqual({});
  });
});

/** What keys of programs look like at most: the last code point of all ends the ranges of the SQLite engine. */
function isKey(text: string): boolean {
  return text.isWellFormed() && !/[\0\u{10ffff}]/u.test(text) && text !== "migration";
}

test("whatever the source holds and an interrupted run has left, they are equal in the end", async () => {
  const contents = fc.dictionary(
    fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
    fc.string(),
    {
      maxKeys: 30,
      noNullPrototype: true,
    },
  );
  await fc.assert(
    fc.asyncProperty(contents, contents, fc.constantFrom(...MOVES), async (wanted, left, move) => {
      const [from, to] = [places.next(move[0]), places.next(move[1])];
      const clean = (record: Record<string, string>) =>
        Object.fromEntries(
          Object.entries(record)
            .filter(([key]) => isKey(key))
            .map(([key, value]) => [key, value.toWellFormed()]),
        );
      await fill(from, clean(left));
      await interrupted(from, to, "walking");
      await using store = openStore(from);
      const before = await contentsOf(store);
      await commit(
        store,
        ...Object.keys(before).map((key) => ({ kind: "delete", key }) as const),
        ...Object.entries(clean(wanted)).map(([key, value]) => put(key, value)),
      );
      await migrateDatastore({ from, to });
      expect(await read(to)).toEqual(clean(wanted));
    }),
    { numRuns: 40 },
  );
});
