import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { parseManifests } from "@selvedge/resources";
import { afterEach, beforeEach, expect, test } from "vitest";
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

test("disposing of it twice, or before it was used, is no fault", async () => {
  const access = new ResourceAccess({ kind: "sqlite", path });
  await access[Symbol.asyncDispose]();
  await declareTenant("red");
  await access.resources().state();
  await access[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
});
