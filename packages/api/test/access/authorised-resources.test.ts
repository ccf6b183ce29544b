/** Lists that are applied over TLS: whoever sends one must be allowed to change each of its resources. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GuardedServer, ROOT } from "./guarded-server.ts";
import { parsed } from "./resources-of-two-tenants.ts";

let server: GuardedServer;
let alice: string;
let victor: string;

beforeEach(async () => {
  server = await GuardedServer.start();
  await server.declare(
    parsed({ kind: "Tenant", metadata: { name: "red" } }),
    parsed({ kind: "Tenant", metadata: { name: "blue" } }),
    parsed({ kind: "Vrf", metadata: { name: "main", namespace: "blue" }, spec: {} }),
  );
  alice = await server.token("alice", ["selvedge:tenant:red:admin"]);
  victor = await server.token("victor", ["selvedge:tenant:red:viewer"]);
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  expect(server.internalErrors).toEqual([]);
});

const item = (kind: string, name: string, namespace?: string, spec: object = {}) => ({
  apiVersion: "selvedge.dev/v1alpha1",
  kind,
  metadata: namespace === undefined ? { name } : { name, namespace },
  spec,
});
const hostSpec = { address: "10.0.1.9", asn: 65_000, routerId: "10.0.1.9" };
const apply = (token: string, items: readonly unknown[], query = "") =>
  server.call({ token }, `${ROOT}/apply${query}`, {
    method: "POST",
    body: { apiVersion: "v1", kind: "List", items },
  });
const keys = async () => [...(await server.cache.state()).resources.keys()];

test("a tenant admin applies what is of the own tenant, and sees of it what is the tenant's", async () => {
  const { code, body, text } = await apply(alice, [
    item("Subnet", "web", "red", { vrf: "main", cidrs: ["10.1.0.0/24"] }),
    item("Vrf", "main", "red"),
  ]);
  expect({ code, kind: body?.["kind"] }).toEqual({ code: 200, kind: "ApplyResult" });
  expect(text).not.toContain("l3vni");
  expect(await keys()).toContain("subnets/red/web");
});

test.each([
  [
    "another tenant's",
    item("Vrf", "other", "blue"),
    'cannot create resource "vrfs" in the tenant "blue"',
  ],
  [
    "one that is there",
    item("Vrf", "main", "blue"),
    'cannot create resource "vrfs" in the tenant "blue"',
  ],
  ["a host", item("Host", "h9", undefined, hostSpec), 'cannot create resource "hosts"'],
  ["the own tenant", item("Tenant", "red"), 'cannot create resource "tenants"'],
])("%s beside own ones refuses all, with the item", async (_what, foreign, message) => {
  const before = await keys();
  const { code, body, text } = await apply(alice, [item("Vrf", "own", "red"), foreign]);
  expect({ code, reason: body?.["reason"] }).toEqual({ code: 403, reason: "Forbidden" });
  expect(text).toContain('"field":"items[1]"');
  expect(body?.["message"]).toContain(message);
  expect(await keys()).toEqual(before);
});

test("what is the operator's in an own resource is refused as it is one by one", async () => {
  const { code, text } = await apply(alice, [item("Vrf", "main", "red", { l3vni: 7 })]);
  expect(code).toBe(422);
  expect(text).toContain('"field":"items[0].spec.l3vni"');
});

test("a viewer, and somebody without credentials, are refused before the list is read", async () => {
  const { code, body } = await apply(victor, ["no resource at all"]);
  expect(code).toBe(403);
  expect(body?.["message"]).toContain("cannot apply resources");
  const unknown = await server.call({}, `${ROOT}/apply`, { method: "POST", body: {} });
  expect(unknown.code).toBe(401);
});

test("the audit log has each resource with both its sides, and what was refused", async () => {
  await apply(alice, [item("Vrf", "main", "red"), item("Vrf", "two", "red")]);
  await apply(alice, [item("Vrf", "main", "blue")]);
  await apply(alice, [item("Vrf", "dry", "red")], "?dryRun=All");
  await apply(alice, [item("Vrf", "dry", "blue")], "?dryRun=All");
  await apply(alice, [item("Vrf", "main", "red")]);
  await vi.waitFor(() => expect(server.audit()).toHaveLength(3));
  expect(server.audit()).toMatchObject([
    {
      user: "alice",
      outcome: "made",
      changes: [
        { key: "vrfs/red/main", new: { kind: "Vrf" } },
        { key: "vrfs/red/two", new: { kind: "Vrf" } },
      ],
    },
    { user: "alice", outcome: "refused", code: 403, changes: [{ key: "vrfs/blue/main" }] },
    { user: "alice", outcome: "unchanged" },
  ]);
});
