import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, ResourceCache, type Store, StoreError } from "@selvedge/datastore";
import type { Change, Resource } from "@selvedge/resources";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TenantMaps, TenantResources } from "../../src/access/tenant-resources.ts";
import { parsed } from "./resources-of-two-tenants.ts";

const RED: ReadonlySet<string> = new Set(["red"]);

let directory: string;
let store: Store;
let cache: ResourceCache;
let red: TenantResources;

function put(...resources: readonly Resource[]): Change[] {
  return resources.map((resource) => ({ kind: "put", resource }));
}

function vrf(namespace: string, name: string, spec: object = {}): Resource {
  return parsed({ kind: "Vrf", metadata: { name, namespace }, spec });
}

function subnet(namespace: string, vrfName: string): Resource {
  const spec = { vrf: vrfName, cidrs: ["10.1.0.0/24"] };
  return parsed({ kind: "Subnet", metadata: { name: "web", namespace }, spec });
}

function endpoint(host: string): Resource {
  const spec = { subnet: "web", host, addresses: ["10.1.0.1"] };
  return parsed({ kind: "Endpoint", metadata: { name: "a", namespace: "red" }, spec });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-tenant-"));
  store = openSqliteStore(join(directory, "store.db"));
  cache = new ResourceCache(store);
  red = new TenantResources(cache, RED, new TenantMaps());
  const host = { address: "10.0.0.1", asn: 65000, routerId: "10.0.0.1" };
  const applied = await cache.apply(
    put(
      parsed({ kind: "Tenant", metadata: { name: "red" } }),
      parsed({ kind: "Tenant", metadata: { name: "blue" } }),
      parsed({ kind: "Host", metadata: { name: "zz-host" }, spec: host }),
      vrf("red", "main", { l3vni: 100, routeTargets: { import: ["65000:200"] } }),
      vrf("blue", "zz-main", { l3vni: 200 }),
      subnet("red", "main"),
    ),
  );
  expect(applied.kind).toBe("applied");
});

afterEach(async () => {
  await cache[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

describe("the state", () => {
  test("holds what is the tenant's, without the operator's fields, by every way of looking", async () => {
    const { resources } = await red.state();
    const keys = ["tenants/red", "vrfs/red/main", "subnets/red/web"];
    expect([...resources.keys()].sort()).toEqual(keys.sort());
    expect([...resources].map(([key]) => key).sort()).toEqual(keys);
    expect([...resources.values()]).toHaveLength(3);
    expect(resources.size).toBe(3);
    const visited: string[] = [];
    resources.forEach((_, key) => {
      visited.push(key);
    });
    expect(visited.sort()).toEqual(keys);
    expect(resources.get("vrfs/red/main")).toMatchObject({ spec: {} });
    expect(JSON.stringify([...resources])).not.toMatch(/l3vni|routeTargets|"status"/);
    for (const key of ["hosts/zz-host", "vrfs/blue/zz-main", "tenants/blue"] as const) {
      expect(resources.get(key)).toBeUndefined();
      expect(resources.has(key)).toBe(false);
    }
  });

  test("is the same map while it shows the same one, so that lists of it can be kept", async () => {
    const { resources } = await red.state();
    await cache.apply(put(vrf("red", "second")));
    expect((await red.state()).resources).toBe(resources);
    expect(resources.has("vrfs/red/second")).toBe(true);
  });

  test("is one map for all requests of the same tenants, and only for theirs", async () => {
    const { resources } = await cache.state();
    const maps = new TenantMaps();
    const both = maps.of(resources, new Set(["red", "blue"]));
    expect(maps.of(resources, new Set(["blue", "red"]))).toBe(both);
    expect(maps.of(resources, RED)).not.toBe(both);
    expect(maps.of(new Map(resources), RED)).not.toBe(maps.of(resources, RED));
    for (let tenant = 0; tenant < 200; tenant++) maps.of(resources, new Set([`t${tenant}`]));
    expect(maps.of(resources, new Set(["red", "blue"]))).not.toBe(both);
  });
});

describe("changes", () => {
  test("keep the operator's fields, and show them neither before nor after", async () => {
    const wanted = parsed({
      kind: "Vrf",
      metadata: { name: "main", namespace: "red", labels: { a: "b" } },
    });
    const outcome = await red.apply(put(wanted));
    expect(outcome).toMatchObject({ kind: "applied", writes: [{ resource: { spec: {} } }] });
    expect(JSON.stringify(outcome)).not.toMatch(/65000|l3vni|"id"/);
    expect((await cache.state()).resources.get("vrfs/red/main")).toMatchObject({
      metadata: { labels: { a: "b" } },
      spec: { l3vni: 100, routeTargets: { import: ["65000:200"] } },
    });
  });

  test.each<[string, Change[]]>([
    ["another tenant's", put(vrf("blue", "mine"))],
    ["another tenant's, deleted", [{ kind: "delete", key: "vrfs/blue/zz-main" }]],
    ["a host", [{ kind: "delete", key: "hosts/zz-host" }]],
    ["the own tenant", put(parsed({ kind: "Tenant", metadata: { name: "red" } }))],
    ["a VNI", put(vrf("red", "more", { l3vni: 200 }))],
    ["own and foreign together", put(vrf("red", "more"), vrf("blue", "more"))],
  ])("are refused as a whole: %s", async (_, changes) => {
    const before = [...(await cache.state()).resources];
    const outcome = await red.apply(changes);
    expect(outcome.kind).toBe("refused");
    expect(JSON.stringify(outcome)).not.toContain("zz");
    expect([...(await cache.state()).resources]).toEqual(before);
  });

  test("say of a host that cannot be had always the same", async () => {
    const missing = await red.apply(put(endpoint("zz-hots")));
    expect(missing).toMatchObject({ kind: "refused", issues: [{ path: ["spec", "host"] }] });
    expect(JSON.stringify(missing)).not.toContain("zz");
    expect(await red.apply(put(endpoint("zz-host")))).toMatchObject({ kind: "applied" });
  });

  test("show in a conflict what is there as the tenant sees it", async () => {
    const outcome = await red.apply(put(vrf("red", "main")), {
      preconditions: new Map([["vrfs/red/main", { resourceVersion: "0" }]]),
    });
    expect(outcome).toMatchObject({ kind: "conflict", current: { spec: {} } });
    expect(JSON.stringify(outcome)).not.toMatch(/65000|l3vni/);
  });
});

test("events are of the tenant's own, and show no more than the state", async () => {
  const { revision } = await red.state();
  await cache.apply(put(vrf("blue", "zz-new")));
  await cache.apply(put(vrf("red", "new")));
  await cache.apply([{ kind: "delete", key: "vrfs/blue/zz-new" }]);
  await cache.apply([{ kind: "delete", key: "vrfs/red/new" }]);
  const stop = new AbortController();
  const told: unknown[] = [];
  for await (const changes of red.events(revision, stop.signal)) {
    if (changes.kind === "changes") told.push(...changes.events);
    if (told.length === 2) stop.abort();
  }
  expect(told).toMatchObject([
    { kind: "put", key: "vrfs/red/new" },
    { kind: "delete", key: "vrfs/red/new" },
  ]);
  expect(JSON.stringify(told)).not.toMatch(/zz|l3vni/);
});

test("errors of the datastore say nothing of where it is", async () => {
  const broken = new TenantResources(
    {
      state: () => Promise.reject(new StoreError("unavailable", "/zz/db", "/zz/db is gone")),
      apply: () => Promise.reject(new StoreError("too-large", "/zz/db", "/zz/db: 200 operations")),
      events: cache.events.bind(cache),
    },
    RED,
    new TenantMaps(),
  );
  await expect(broken.state()).rejects.toThrow(/^the datastore does not answer/);
  await expect(broken.apply([])).rejects.toThrow(/^the change is too large/);
});
