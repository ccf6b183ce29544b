/** Every cell of the table of roles in docs/access.md, asked of a running server over TLS. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERBS, type Verb } from "../../src/access/role-table.ts";
import { type DocumentedRow, readDocumentedRoles } from "./documented-roles.ts";
import { type Answer, GuardedServer, ROOT } from "./guarded-server.ts";
import { parsed } from "./resources-of-two-tenants.ts";

const page = join(dirname(fileURLToPath(import.meta.url)), "../../../../docs/access.md");
const rows = readDocumentedRoles(readFileSync(page, "utf8"));

let server: GuardedServer;
const tokens = new Map<string, string>();

beforeAll(async () => {
  server = await GuardedServer.start();
  for (const [role, groups] of [
    ["operator", ["selvedge:operators"]],
    ["admin", ["selvedge:tenant:red:admin"]],
    ["viewer", ["selvedge:tenant:red:viewer"]],
  ] as const) {
    tokens.set(role, await server.token(`an ${role}`, groups));
  }
  await server.declare(
    parsed({ kind: "Tenant", metadata: { name: "red" } }),
    parsed({ kind: "Tenant", metadata: { name: "blue" } }),
  );
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  expect(server?.internalErrors).toEqual([]);
});

const METHODS: Readonly<Record<Verb, string>> = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
};

const OPERATION_PATHS: Readonly<Record<string, string>> = {
  "agent/status": "/status",
  "agent/bgp": "/bgp/summary",
  "agent/bgp-clear": "/bgp/clear",
  "agent/evpn": "/evpn/routes",
  "agent/vrfs": "/vrfs",
  "agent/vteps": "/vteps",
  "agent/macs": "/macs",
  "agent/endpoints": "/endpoints",
  "agent/attachments": "/attachments",
  "ipam/pools": "/ipam/pools",
  "ipam/blocks": "/ipam/blocks",
  "ipam/addresses": "/ipam/addresses",
  "ipam/findings": "/ipam/findings",
  "ipam/repairs": "/ipam/repairs",
};

/** Whose: the own tenant, another one, or all of them. */
type Whose = "red" | "blue" | "all";

/** The path that has the verb of the row; undefined where there is none. */
function pathOf(resource: string, verb: Verb, whose: Whose): string | undefined {
  const operationPath = OPERATION_PATHS[resource];
  if (operationPath !== undefined) {
    if (verb === "get" || verb === "create") return operationPath;
    if (verb !== "delete") return undefined;
    if (resource === "ipam/addresses") return `${operationPath}/${whose}/web/10.1.0.1`;
    return resource === "agent/attachments" ? `${operationPath}/${whose}/web-1` : undefined;
  }
  const [plural = "", status] = resource.split("/");
  const isOfCollection = ["list", "watch", "create", "deletecollection"].includes(verb);
  if (status !== undefined && isOfCollection) return undefined;
  const query = verb === "watch" ? "watch=1" : "dryRun=All";
  if (plural === "tenants" || plural === "hosts") {
    // Of these an own list is one of the own name; there is no own collection to delete or create in.
    const name = whose === "all" ? "" : whose;
    if (!isOfCollection) {
      if (name === "") return undefined;
      return `${ROOT}/${plural}/${name}${status === undefined ? "" : "/status"}?${query}`;
    }
    const isRead = verb === "list" || verb === "watch";
    if (!isRead && whose !== "all") return undefined;
    const selector = name === "" ? "" : `&fieldSelector=metadata.name%3D${name}`;
    return `${ROOT}/${plural}?${query}${selector}`;
  }
  if (whose === "all") {
    return isOfCollection ? `${ROOT}/${plural}?${query}` : undefined;
  }
  const collection = `${ROOT}/namespaces/${whose}/${plural}`;
  if (isOfCollection) return `${collection}?${query}`;
  return `${collection}/nothing${status === undefined ? "" : "/status"}?${query}`;
}

function mayOf(row: DocumentedRow, role: string, whose: Whose, verb: Verb): boolean {
  if (role === "operator") return row.operator.includes(verb);
  if (whose !== "red" || row.resource === "hosts") return row.other.includes(verb);
  return (role === "admin" ? row.admin : row.viewer).includes(verb);
}

/** What the server makes of it: refused for who asks, or because nobody can do that, or not. */
function verdictOf({ code, body }: Answer): string {
  const message = String(body?.["message"]);
  if (code === 403) {
    const isOurs = message.includes("is forbidden: user") || message.endsWith("this path");
    return isOurs ? "denied" : `broken: ${message}`;
  }
  if (code === 404 && message.startsWith("nothing is served")) return "denied";
  return code === 401 || code >= 500 ? `broken: ${code}` : "allowed";
}

describe.each(rows)("$resource", (row) => {
  test.each(["operator", "admin", "viewer"])("as %s", async (role) => {
    const token = tokens.get(role) ?? "";
    const seen: string[] = [];
    const expected: string[] = [];
    for (const whose of ["red", "blue", "all"] as const) {
      for (const verb of VERBS) {
        const path = pathOf(row.resource, verb, whose);
        if (path === undefined) continue;
        const method = METHODS[verb];
        const body = ["POST", "PUT", "PATCH"].includes(method) ? {} : undefined;
        const answer = await server.call({ token }, path, {
          method,
          body,
          ...(verb === "watch" ? { watchFor: 0 } : {}),
        });
        seen.push(`${verb} ${whose}: ${verdictOf(answer)}`);
        const may = mayOf(row, role, whose, verb) ? "allowed" : "denied";
        expected.push(`${verb} ${whose}: ${may}`);
      }
    }
    expect(seen).toEqual(expected);
    expect(seen.length).toBeGreaterThan(0);
  });
});

test.each([
  ["/version", 200, 200],
  ["/livez", 200, 200],
  ["/readyz", 200, 200],
  ["/api", 401, 200],
  ["/apis", 401, 200],
  [ROOT, 401, 200],
  ["/openapi/v3", 401, 200],
  [`/openapi/v3${ROOT}`, 401, 200],
  ["/status", 401, 403],
  ["/nowhere", 401, 403],
  ["/apis/nowhere", 401, 403],
  ["/apis/apps/v1", 401, 403],
])("%s is %i for strangers and %i for a tenant", async (path, stranger, tenant) => {
  const token = tokens.get("viewer") ?? "";
  expect((await server.call({}, path)).code).toBe(stranger);
  expect((await server.call({ token }, path)).code).toBe(tenant);
});
