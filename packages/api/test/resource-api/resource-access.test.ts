import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { parseManifests } from "@selvedge/resources";
import Fastify from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { registerResourceApi } from "../../src/index.ts";
import { ResourceAccess } from "../../src/resource-api/resource-access.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-access-"));
  path = join(directory, "datastore.db");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function declareTenant(name: string): Promise<void> {
  const text = `apiVersion: selvedge.dev/v1alpha1\nkind: Tenant\nmetadata: { name: ${name} }\n`;
  const parsed = parseManifests(text, { file: "tenant.yaml" });
  if (parsed.kind === "refused") throw new Error("no tenant");
  await using store = openSqliteStore(path);
  await new ResourceStore(store).apply(
    parsed.manifests.map((manifest) => ({ kind: "put", ...manifest })),
  );
}

test("serves what is declared", async () => {
  await declareTenant("red");
  await using access = new ResourceAccess({ kind: "sqlite", path });
  const { resources } = await access.resources().state();
  expect([...resources.keys()]).toEqual(["tenants/red"]);
});

test("says that the datastore cannot be opened, and serves once it can", async () => {
  const missing = join(directory, "missing", "datastore.db");
  await using access = new ResourceAccess({ kind: "sqlite", path: missing });
  expect(() => access.resources()).toThrow(expect.objectContaining({ code: "unavailable" }));
  await using there = new ResourceAccess({ kind: "sqlite", path });
  expect((await there.resources().state()).resources.size).toBe(0);
});

test("requests are refused with the reason while there is no datastore, and answered once there is", async () => {
  const missing = join(directory, "later");
  await using access = new ResourceAccess({ kind: "sqlite", path: join(missing, "datastore.db") });
  const server = Fastify();
  const internalErrors: unknown[] = [];
  await registerResourceApi(server, {
    resources: () => access.resources(),
    onInternalError: (error) => internalErrors.push(error),
  });
  const url = "/apis/selvedge.dev/v1alpha1/tenants";
  for (const path of [url, `${url}?watch=1`, `${url}/red`]) {
    const refused = await server.inject(path);
    expect(refused.statusCode).toBe(503);
    expect(refused.json()).toMatchObject({ kind: "Status", reason: "ServiceUnavailable" });
    expect(refused.json().message).toContain(missing);
  }
  mkdirSync(missing);
  expect((await server.inject(url)).statusCode).toBe(200);
  await server.close();
  expect(internalErrors).toEqual([]);
});

test("disposing of it twice, or before it was used, is no fault", async () => {
  const access = new ResourceAccess({ kind: "sqlite", path });
  await access[Symbol.asyncDispose]();
  await declareTenant("red");
  await access.resources().state();
  await access[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
});
