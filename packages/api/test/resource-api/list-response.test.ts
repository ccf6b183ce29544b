import type { Change } from "@selvedge/resources";
import { parseResource } from "@selvedge/resources";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ApiUnderTest, callApi, ROOT, resource, startApi } from "./api-under-test.ts";

let api: ApiUnderTest;

beforeEach(async () => {
  api = await startApi();
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  expect(api.internalErrors).toEqual([]);
});

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
const nameOf = (number: number) => `t${String(number).padStart(5, "0")}`;

async function declareTenants(count: number): Promise<void> {
  const changes = Array.from({ length: count }, (_, index): Change => {
    const parsed = parseResource(resource("Tenant", nameOf(index)));
    if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.faults));
    return { kind: "put", resource: parsed.resource };
  });
  const outcome = await api.cache.apply(changes);
  if (outcome.kind !== "applied") throw new Error(outcome.kind);
}

// Around the size of a slice, where a comma too many would be.
test.each([0, 1, 249, 250, 251, 500, 501])("a list of %d has each of them once", async (count) => {
  await declareTenants(count);
  const wanted = Array.from({ length: count }, (_, index) => nameOf(index));
  for (const accept of ["application/json", PARTIAL]) {
    const { body, headers } = await callApi(api, "GET", `${ROOT}/tenants`, { accept });
    expect(headers["content-type"]).toContain("application/json");
    const names = body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(names).toEqual(wanted);
  }
  const { body } = await callApi(api, "GET", `${ROOT}/tenants`, { accept: TABLE });
  expect(body.columnDefinitions).toHaveLength(2);
  expect(body.rows.map(({ cells }: { cells: string[] }) => cells[0])).toEqual(wanted);
});

test("other work has its turns while a long list is made", async () => {
  await declareTenants(5000);
  await callApi(api, "GET", `${ROOT}/tenants?limit=1`);
  let turns = 0;
  let isListing = true;
  const count = (): void => {
    turns += 1;
    if (isListing) setImmediate(count);
  };
  setImmediate(count);
  const { body } = await callApi(api, "GET", `${ROOT}/tenants`);
  isListing = false;
  expect(body.items).toHaveLength(5000);
  expect(turns).toBeGreaterThanOrEqual(20);
});
