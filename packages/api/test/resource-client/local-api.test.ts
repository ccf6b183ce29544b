import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalApi } from "../../src/resource-client/local-api.ts";
import { ResourceClient } from "../../src/resource-client/resource-client.ts";
import { parsed } from "../access/resources-of-two-tenants.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-local-api-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

test("a datastore is served without a server, and holds afterwards what it was told", async () => {
  const location = { kind: "sqlite", path: join(directory, "store.db") } as const;
  const red = parsed({ kind: "Tenant", metadata: { name: "red" } });
  {
    await using api = await LocalApi.open(location);
    await new ResourceClient({ transport: api.transport }).create(red);
  }
  await using again = await LocalApi.open(location);
  const client = new ResourceClient({ transport: again.transport });
  expect((await client.list("Tenant")).items.map(({ metadata }) => metadata.name)).toEqual(["red"]);
});

test("what cannot be opened is said when it is opened", async () => {
  const path = join(directory, "file");
  writeFileSync(path, "no database at all, but long enough to be looked at as one".repeat(20));
  await expect(LocalApi.open({ kind: "sqlite", path })).rejects.toMatchObject({
    name: "StoreError",
  });
});

test("more is applied at once than a server would take", async () => {
  const location = { kind: "sqlite", path: join(directory, "store.db") } as const;
  await using api = await LocalApi.open(location);
  const client = new ResourceClient({ transport: api.transport });
  const tenants = Array.from({ length: 1500 }, (_, index) =>
    parsed({ kind: "Tenant", metadata: { name: `t${index}` } }),
  );
  expect(await client.apply(tenants, { dryRun: true })).toHaveLength(1500);
});
