import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Resource } from "@selvedge/resources";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApplyOptions, openSqliteStore, ResourceStore, type Store } from "../../src/index.ts";
import { declared, document, NETWORK, tenant } from "./world.ts";

let directory: string;
let store: Store;
let resources: ResourceStore;
let clock = "2026-01-01T00:00:00Z";
let uids = 0;

const options: ApplyOptions = {
  now: () => new Date(clock),
  makeUid: () => `uid-${++uids}`,
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-apply-"));
  store = openSqliteStore(join(directory, "store.db"));
  resources = new ResourceStore(store);
  clock = "2026-01-01T00:00:00Z";
  uids = 0;
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

async function red(): Promise<Resource | undefined> {
  return resources.get("tenants/red");
}

describe("what the system keeps about a resource", () => {
  test("is given when it is created, and stays over changes", async () => {
    await resources.apply(declared(tenant("red")), options);
    expect((await red())?.metadata).toEqual({
      name: "red",
      uid: "uid-1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      generation: 1,
      resourceVersion: "1",
    });
    clock = "2027-01-01T00:00:00Z";
    await resources.apply(declared(tenant("red", ", labels: { a: b }")), options);
    expect((await red())?.metadata).toMatchObject({
      uid: "uid-1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      generation: 1,
      resourceVersion: "2",
      labels: { a: "b" },
    });
  });

  test("counts the changes of the spec as its generation", async () => {
    const host = (asn: number): string =>
      document("Host", "{ name: h1 }", `{ address: 10.0.1.1, asn: ${asn}, routerId: 10.0.1.1 }`);
    await resources.apply(declared(host(65_000)), options);
    await resources.apply(declared(host(65_001)), options);
    await resources.apply(declared(host(65_001)), options);
    expect(await resources.get("hosts/h1")).toMatchObject({ metadata: { generation: 2 } });
  });

  test("is not taken from what is applied, so that what was read can be applied again", async () => {
    await resources.apply(declared(tenant("red")), options);
    const forged =
      ", uid: mine, resourceVersion: '77', generation: 9, creationTimestamp: '1970-01-01T00:00:00Z', deletionTimestamp: now";
    const outcome = await resources.apply(declared(tenant("red", forged)), options);
    expect(outcome).toMatchObject({ kind: "applied", writes: [], unchanged: ["tenants/red"] });
    expect((await red())?.metadata).not.toHaveProperty("deletionTimestamp");
  });

  test("is not stored with the value where the store itself knows it", async () => {
    await resources.apply(declared(tenant("red")), options);
    expect((await store.get("resources/tenants/red"))?.value).not.toContain("resourceVersion");
  });
});

test("what was there before a change is told with it", async () => {
  const created = await resources.apply(declared(tenant("red")), options);
  expect(created).toMatchObject({ kind: "applied", before: new Map() });
  const present = await red();
  const changed = await resources.apply(declared(tenant("red", ", labels: { a: b }")), options);
  expect(changed).toMatchObject({ before: new Map([["tenants/red", present]]) });
  const latest = await red();
  const deleted = await resources.apply([{ kind: "delete", key: "tenants/red" }], options);
  expect(deleted).toMatchObject({ before: new Map([["tenants/red", latest]]) });
});

describe("a precondition", () => {
  test("that a resource is new holds once", async () => {
    const preconditions = new Map([["tenants/red", { isNew: true }] as const]);
    const create = () => resources.apply(declared(tenant("red")), { ...options, preconditions });
    expect(await create()).toMatchObject({ kind: "applied" });
    expect(await create()).toMatchObject({ kind: "conflict", key: "tenants/red" });
  });

  test("that holds lets the change through, and one that does not names what is there", async () => {
    await resources.apply(declared(tenant("red")), options);
    const changed = declared(tenant("red", ", labels: { a: b }"));
    const apply = (resourceVersion: string) =>
      resources.apply(changed, {
        ...options,
        preconditions: new Map([["tenants/red", { resourceVersion }]]),
      });
    expect(await apply("7")).toMatchObject({
      kind: "conflict",
      key: "tenants/red",
      current: { metadata: { resourceVersion: "1" } },
    });
    expect(await apply("1")).toMatchObject({ kind: "applied" });
    expect(await apply("1")).toMatchObject({ kind: "conflict" });
  });

  test("about something that is not there does not hold", async () => {
    const preconditions = new Map([["tenants/red", { uid: "uid-1" }] as const]);
    const outcome = await resources.apply(declared(tenant("red")), { ...options, preconditions });
    expect(outcome).toEqual({ kind: "conflict", key: "tenants/red" });
  });
});

describe("finalizers", () => {
  const held = tenant("red", ", finalizers: [example.com/bill]");

  test("hold a deleted resource until the last of them is gone", async () => {
    await resources.apply(declared(held), options);
    clock = "2026-02-02T00:00:00Z";
    await resources.apply([{ kind: "delete", key: "tenants/red" }], options);
    expect((await red())?.metadata.deletionTimestamp).toBe("2026-02-02T00:00:00Z");
    clock = "2026-03-03T00:00:00Z";
    const again = await resources.apply([{ kind: "delete", key: "tenants/red" }], options);
    expect(again).toMatchObject({ kind: "applied", writes: [] });
    const released = await resources.apply(declared(tenant("red", ", finalizers: []")), options);
    expect(released).toMatchObject({ writes: [{ kind: "delete", key: "tenants/red" }] });
    expect(await red()).toBeUndefined();
  });

  test("stay where what is applied does not name them", async () => {
    await resources.apply(declared(held), options);
    await resources.apply(declared(tenant("red", ", labels: { a: b }")), options);
    expect((await red())?.metadata.finalizers).toEqual(["example.com/bill"]);
  });

  test("let nothing of the spec change any more once it is to go", async () => {
    const vrf = (spec: string): string =>
      document("Vrf", "{ name: main, namespace: red, finalizers: [example.com/x] }", spec);
    await resources.apply(declared(tenant("red") + vrf("{}")), options);
    await resources.apply([{ kind: "delete", key: "vrfs/red/main" }], options);
    const outcome = await resources.apply(declared(vrf("{ l3vni: 7777 }")), options);
    expect(outcome).toMatchObject({ kind: "refused" });
    if (outcome.kind === "refused") {
      expect(outcome.issues[0]?.message).toContain("is being deleted (held by example.com/x)");
    }
  });
});

test("a dry run says what would be and writes nothing", async () => {
  const outcome = await resources.apply(declared(NETWORK), { ...options, dryRun: true });
  expect(outcome).toMatchObject({ kind: "applied", writes: { length: 4 } });
  expect((await resources.snapshot()).resources).toEqual([]);
  expect(await store.revision()).toBe(0);
});

describe("a companion", () => {
  test("completes the changes, and writes in the same transaction", async () => {
    await resources.apply(declared(tenant("red")), {
      ...options,
      companion: async (changes) => ({
        kind: "complete",
        changes: [...changes, ...declared(tenant("blue"))],
        compare: [{ key: "mine", modRevision: 0 }],
        writes: [{ kind: "put", key: "mine", value: "1" }],
      }),
    });
    expect(await store.get("mine")).toMatchObject({ value: "1", modRevision: 1 });
    expect(await resources.get("tenants/blue")).toMatchObject({
      metadata: { resourceVersion: "1" },
    });
  });

  test("is asked again when what it compared has changed", async () => {
    const seen: number[] = [];
    await store.commit({ compare: [], writes: [{ kind: "put", key: "mine", value: "0" }] });
    const outcome = await resources.apply(declared(tenant("red")), {
      ...options,
      companion: async (changes) => {
        const mine = await store.get("mine");
        seen.push(mine?.modRevision ?? 0);
        if (seen.length === 1) {
          await store.commit({ compare: [], writes: [{ kind: "put", key: "mine", value: "1" }] });
        }
        const compare = [{ key: "mine", modRevision: mine?.modRevision ?? 0 }];
        return { kind: "complete", changes, compare, writes: [] };
      },
    });
    expect(outcome.kind).toBe("applied");
    expect(seen).toEqual([1, 2]);
  });

  test("that refuses what admission refuses too lets admission say it", async () => {
    const issues = [{ path: [], message: "no address" }];
    const companion = async () => ({ kind: "refused", issues }) as const;
    const vrf = document("Vrf", "{ name: main, namespace: none }");
    const outcome = await resources.apply(declared(vrf), { ...options, companion });
    expect(outcome).toMatchObject({ kind: "refused", issues: [{ key: "vrfs/none/main" }] });
  });

  test("that refuses refuses all of it", async () => {
    const issues = [{ path: [], message: "the pool is full" }];
    const companion = async () => ({ kind: "refused", issues }) as const;
    expect(await resources.apply(declared(tenant("red")), { ...options, companion })).toEqual({
      kind: "refused",
      issues,
    });
    expect(await red()).toBeUndefined();
  });
});

describe("a review", () => {
  test("changes what is wanted before anybody else looks at it, in each attempt", async () => {
    await resources.apply(declared(tenant("red")), options);
    const seen: string[][] = [];
    let isOvertaken = false;
    const outcome = await resources.apply(declared(tenant("red", ", labels: { a: b }")), {
      ...options,
      companion: async (changes) => {
        if (!isOvertaken) {
          isOvertaken = true;
          await resources.apply(declared(tenant("blue")), options);
        }
        return { kind: "complete", changes, compare: [], writes: [] };
      },
      review: (_, current) => {
        seen.push([...current.keys()].sort());
        const changes = declared(tenant("red", ", labels: { a: c }"));
        return { kind: "complete", changes };
      },
    });
    expect(outcome.kind).toBe("applied");
    expect((await red())?.metadata.labels).toEqual({ a: "c" });
    expect(seen).toEqual([["tenants/red"], ["tenants/blue", "tenants/red"]]);
  });

  test("refuses before admission, which would say more", async () => {
    const issues = [{ path: [], message: "not yours" }];
    const outcome = await resources.apply([{ kind: "delete", key: "tenants/nobody" }], {
      ...options,
      review: () => ({ kind: "refused", issues }),
    });
    expect(outcome).toEqual({ kind: "refused", issues });
  });
});
