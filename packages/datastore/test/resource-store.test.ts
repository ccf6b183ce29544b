import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Change, formatIssue, parseManifests } from "@selvedge/resources";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqliteStore, ResourceStore, type Store } from "../src/index.ts";

let directory: string;
let store: Store;
let resources: ResourceStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-resources-"));
  store = openSqliteStore(join(directory, "store.db"));
  resources = new ResourceStore(store);
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const manifests = (text: string): Change[] => {
  const parsed = parseManifests(text, { file: "test.yaml" });
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.issues));
  return parsed.manifests.map((manifest) => ({ kind: "put", ...manifest }));
};

const document = (kind: string, metadata: string, spec: string): string =>
  `---\napiVersion: selvedge.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;

const NETWORK = [
  document("Tenant", "{ name: red }", "{}"),
  document("Host", "{ name: h1 }", "{ address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }"),
  document("Vrf", "{ name: main, namespace: red }", "{}"),
  document("Subnet", "{ name: web, namespace: red }", "{ vrf: main, cidrs: [10.1.0.0/24] }"),
].join("");

const endpoint = (name: string, address: string): string =>
  document(
    "Endpoint",
    `{ name: ${name}, namespace: red }`,
    `{ subnet: web, host: h1, addresses: [${address}] }`,
  );

describe("a resource store", () => {
  test("keeps what is applied, with the identifiers that admission gave", async () => {
    const outcome = await resources.apply(manifests(NETWORK));
    expect(outcome).toMatchObject({ kind: "applied", revision: 1 });
    const vrf = await resources.get("vrfs/red/main");
    expect(vrf).toMatchObject({ kind: "Vrf", spec: { l3vni: expect.any(Number) } });
    expect((await resources.snapshot()).resources).toHaveLength(4);
  });

  test("writes nothing when all of it is there already, just so", async () => {
    await resources.apply(manifests(NETWORK));
    const again = await resources.apply(manifests(NETWORK));
    expect(again).toMatchObject({ kind: "applied", revision: 1, writes: [] });
    expect(again).toMatchObject({ unchanged: { length: 4 } });
  });

  test("applies nothing at all when one of the resources is refused", async () => {
    await resources.apply(manifests(NETWORK));
    const outcome = await resources.apply(
      manifests(endpoint("web-1", "10.1.0.11") + endpoint("web-2", "10.9.0.1")),
    );
    expect(outcome).toMatchObject({ kind: "refused", issues: [{ position: { line: 10 } }] });
    expect(await resources.get("endpoints/red/web-1")).toBeUndefined();
  });

  test("gives an address to one of two that ask at the same time, never to both", async () => {
    await resources.apply(manifests(NETWORK));
    await using other = openSqliteStore(join(directory, "store.db"));
    const outcomes = await Promise.all([
      resources.apply(manifests(endpoint("web-1", "10.1.0.11"))),
      new ResourceStore(other).apply(manifests(endpoint("web-2", "10.1.0.11"))),
    ]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["applied", "refused"]);
  });

  test("deletes by key, and refuses to delete what others refer to", async () => {
    await resources.apply(manifests(NETWORK + endpoint("web-1", "10.1.0.11")));
    expect(await resources.apply([{ kind: "delete", key: "subnets/red/web" }])).toMatchObject({
      kind: "refused",
    });
    expect(await resources.apply([{ kind: "delete", key: "endpoints/red/web-1" }])).toMatchObject({
      kind: "applied",
    });
    expect(await resources.get("endpoints/red/web-1")).toBeUndefined();
  });

  test("reads a table of several pages as one state", async () => {
    await resources.apply(manifests(NETWORK));
    const many = Array.from({ length: 1500 }, (_, index) =>
      document("Tenant", `{ name: t${index} }`, "{}"),
    ).join("");
    await resources.apply(manifests(many));
    expect((await resources.snapshot()).resources).toHaveLength(1504);
  });

  test("neither checks nor tells what does not concern who reads", async () => {
    await resources.apply(manifests(NETWORK));
    await store.commit({
      compare: [],
      writes: [{ kind: "put", key: "resources/endpoints/red/broken", value: "{}" }],
    });
    const asked: string[] = [];
    const concerns = (key: string, value: unknown): boolean => {
      asked.push(`${key} ${JSON.stringify(value).length > 0}`);
      return key.startsWith("hosts/");
    };
    const { resources: read, invalid } = await resources.snapshot(concerns);
    expect(read.map((one) => one.metadata.name)).toEqual(["h1"]);
    expect(invalid).toEqual([]);
    expect(asked).toHaveLength(5);
    const stop = new AbortController();
    const watch = resources.watchAll(stop.signal, concerns);
    expect((await watch.next()).value).toMatchObject({ kind: "snapshot", resources: read });
    await resources.apply([{ kind: "delete", key: "endpoints/red/broken" }]);
    expect((await watch.next()).value).toMatchObject({ changes: [{ kind: "delete" }] });
    await resources.apply(manifests(endpoint("web-1", "10.1.0.11")));
    expect((await watch.next()).value).toMatchObject({ revision: 4, changes: [], invalid: [] });
    stop.abort();
  });

  test("watches from a snapshot on, and from a new one after a compaction", async () => {
    await resources.apply(manifests(NETWORK));
    const controller = new AbortController();
    const events = resources.watchAll(controller.signal);
    expect((await events.next()).value).toMatchObject({ kind: "snapshot", revision: 1 });
    await resources.apply(manifests(endpoint("web-1", "10.1.0.11")));
    await resources.apply([{ kind: "delete", key: "endpoints/red/web-1" }]);
    expect((await events.next()).value).toMatchObject({
      kind: "changes",
      revision: 3,
      changes: [
        { kind: "put", resource: { metadata: { name: "web-1" } } },
        { kind: "delete", key: "endpoints/red/web-1" },
      ],
    });
    await resources.apply(manifests(document("Tenant", "{ name: blue }", "{}")));
    await store.compact(4);
    expect((await events.next()).value).toMatchObject({ kind: "snapshot", revision: 4 });
    controller.abort();
    expect((await events.next()).done).toBe(true);
  });

  test.each([
    ["half a document", '{"apiVersion":'],
    ["another resource than its key says", JSON.stringify({ kind: "Tenant" })],
  ])("reports a stored value that is %s, and reads the others", async (_what, value) => {
    await resources.apply(manifests(NETWORK));
    const events = resources.watchAll(new AbortController().signal);
    await events.next();
    const key = "resources/tenants/red";
    await store.commit({ compare: [], writes: [{ kind: "put", key, value }] });
    expect((await events.next()).value).toMatchObject({
      changes: [],
      invalid: [{ key: "tenants/red", reason: expect.any(String) }],
    });
    const snapshot = await resources.snapshot();
    expect(snapshot.invalid).toHaveLength(1);
    expect(snapshot.resources).toHaveLength(3);
  });

  describe("that holds a value it cannot read", () => {
    const KEY = "resources/vrfs/red/main";

    beforeEach(async () => {
      await resources.apply(manifests(NETWORK));
      const stored = await store.get(KEY);
      const value = stored?.value.replace('"spec":{', '"spec":{"later":1,') ?? "";
      await store.commit({ compare: [], writes: [{ kind: "put", key: KEY, value }] });
    });

    test("gives its numbers to nobody else: other changes are refused, with the key", async () => {
      const other = manifests(document("Vrf", "{ name: other, namespace: red }", "{}"));
      const outcome = await resources.apply(other);
      const issues = outcome.kind === "refused" ? outcome.issues.map(formatIssue) : [];
      expect(issues).toEqual([
        'vrfs/red/main: vrfs/red/main in the datastore cannot be read (unknown field "later"; the fields here are l3vni, routeTargets); use the version of Selvedge that wrote it, or delete it, or apply it anew',
      ]);
    });

    test("is repaired by applying the resource anew", async () => {
      const outcome = await resources.apply(
        manifests(document("Vrf", "{ name: main, namespace: red }", "{ l3vni: 5000 }")),
      );
      expect(outcome).toMatchObject({ kind: "applied" });
      expect((await resources.snapshot()).invalid).toEqual([]);
    });

    test("is repaired by deleting the resource", async () => {
      const outcome = await resources.apply([{ kind: "delete", key: "vrfs/red/main" }]);
      expect(outcome).toMatchObject({
        kind: "applied",
        writes: [{ kind: "delete", key: "vrfs/red/main" }],
      });
      expect(await store.get(KEY)).toBeUndefined();
    });
  });
});
