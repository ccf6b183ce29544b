import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApiUnderTest, callApi, ROOT, resource, startApi } from "./api-under-test.ts";

let api: ApiUnderTest;

beforeEach(async () => {
  api = await startApi();
  for (const name of ["a", "b", "c"]) {
    await callApi(api, "POST", TENANTS, { body: resource("Tenant", name) });
  }
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  expect(api.internalErrors).toEqual([]);
});

const TENANTS = `${ROOT}/tenants`;
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";

const get = (url: string, accept?: string) =>
  callApi(api, "GET", url, accept === undefined ? {} : { accept });

describe("the form of an answer", () => {
  test("may be metadata only", async () => {
    expect((await get(`${TENANTS}/a`, PARTIAL)).body).toMatchObject({
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: { name: "a" },
    });
    const { body } = await get(TENANTS, PARTIAL);
    expect(body).toMatchObject({ kind: "PartialObjectMetadataList", items: [{}, {}, {}] });
    expect(body.items[0]).not.toHaveProperty("spec");
  });

  test.each([
    ["", "PartialObjectMetadata"],
    ["?includeObject=Metadata", "PartialObjectMetadata"],
    ["?includeObject=Object", "Tenant"],
    ["?includeObject=None", undefined],
  ])("of a Table's rows%s has a %s", async (query, kind) => {
    const { body } = await get(`${TENANTS}/a${query}`, TABLE);
    expect(body.rows[0].object?.kind).toBe(kind);
  });

  test("that cannot be had is refused, as is a word that is none", async () => {
    expect(await get(TENANTS, "application/yaml")).toMatchObject({
      code: 406,
      body: { kind: "Status", reason: "NotAcceptable" },
    });
    expect(await get(`${TENANTS}?includeObject=All`, TABLE)).toMatchObject({ code: 400 });
  });
});

describe("a list", () => {
  test("shows the state of its first page on all of them", async () => {
    const { body: first } = await get(`${TENANTS}?limit=1`);
    await callApi(api, "DELETE", `${TENANTS}/b`);
    await callApi(api, "POST", TENANTS, { body: resource("Tenant", "bb") });
    const rest = await get(`${TENANTS}?continue=${first.metadata.continue}`);
    expect(rest.body.items.map(({ metadata }: { metadata: object }) => metadata)).toMatchObject([
      { name: "b" },
      { name: "c" },
    ]);
    expect(rest.body.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("of a state that is asked for is that one or has expired", async () => {
    const { body } = await get(`${TENANTS}?limit=1`);
    const exact = `${TENANTS}?resourceVersionMatch=Exact&resourceVersion=${body.metadata.resourceVersion}`;
    expect((await get(exact)).body.items).toHaveLength(3);
    await callApi(api, "DELETE", `${TENANTS}/b`);
    expect((await get(exact)).body.items).toHaveLength(3);
    expect(
      (await get(`${TENANTS}?resourceVersionMatch=NotOlderThan&resourceVersion=1`)).body.items,
    ).toHaveLength(2);
    expect(await get(`${TENANTS}?resourceVersionMatch=Exact&resourceVersion=1`)).toMatchObject({
      code: 410,
      body: { reason: "Expired" },
    });
    expect(await get(`${TENANTS}?resourceVersionMatch=Exact`)).toMatchObject({ code: 400 });
  });
});

describe("what kubectl asks for besides the resources", () => {
  test("is whether a tenant is there, as a namespace", async () => {
    expect((await get("/api/v1/namespaces/a")).body).toMatchObject({
      kind: "Namespace",
      metadata: { name: "a" },
      status: { phase: "Active" },
    });
    expect(await get("/api/v1/namespaces/x")).toMatchObject({
      code: 404,
      body: { reason: "NotFound", message: 'namespaces "x" not found' },
    });
  });

  test("is which kinds there are, with what may be done with them", async () => {
    const { body } = await get(ROOT);
    const verbs = [
      "create",
      "delete",
      "deletecollection",
      "get",
      "list",
      "patch",
      "update",
      "watch",
    ];
    expect(body.resources).toContainEqual({
      name: "endpoints",
      singularName: "endpoint",
      shortNames: ["ep"],
      namespaced: true,
      kind: "Endpoint",
      categories: ["all", "selvedge"],
      verbs,
    });
    expect(body.resources).toContainEqual(
      expect.objectContaining({ name: "hosts", namespaced: false, categories: ["selvedge"] }),
    );
    expect(body.resources).toContainEqual(
      expect.objectContaining({ name: "vrfs/status", verbs: ["get"] }),
    );
  });
});

describe("a method that there is not", () => {
  test.each([
    ["PUT", TENANTS, "GET, POST, DELETE"],
    ["PATCH", TENANTS, "GET, POST, DELETE"],
    ["POST", `${TENANTS}/a`, "GET, PUT, PATCH, DELETE"],
    ["PUT", `${TENANTS}/a/status`, "GET"],
    ["PATCH", `${TENANTS}/a/status`, "GET"],
  ] as const)("%s %s is refused, with those that there are", async (method, url, allow) => {
    const answer = await callApi(api, method, url, { body: {} });
    expect(answer).toMatchObject({ code: 405, headers: { allow } });
    expect(answer.body).toMatchObject({ kind: "Status", reason: "MethodNotAllowed" });
  });

  test("is not found where there is nothing at all", async () => {
    expect(await callApi(api, "PUT", `${ROOT}/gadgets`)).toMatchObject({ code: 404 });
    for (const url of ["/api/v1", "/apis/x/y/z", "/openapi/v2", `${ROOT}/tenants/a/b/c`]) {
      expect(await get(url)).toMatchObject({ code: 404, body: { kind: "Status" } });
    }
  });
});

describe("refusals", () => {
  test("name what they are about as kubectl expects it", async () => {
    const details = { name: "x", group: "selvedge.dev" };
    expect((await get(`${TENANTS}/x`)).body).toMatchObject({
      message: 'tenants.selvedge.dev "x" not found',
      details: { ...details, kind: "tenants" },
    });
    const again = await callApi(api, "POST", TENANTS, { body: resource("Tenant", "a") });
    expect(again.body).toMatchObject({
      reason: "AlreadyExists",
      message: 'tenants.selvedge.dev "a" already exists',
    });
    const wrong = { ...resource("Tenant", "x"), spec: 7 };
    expect((await callApi(api, "POST", TENANTS, { body: wrong })).body).toMatchObject({
      message: expect.stringContaining('Tenant.selvedge.dev "x" is invalid: spec: '),
      details: { ...details, kind: "Tenant", causes: [{ field: "spec" }] },
    });
    const vrf = await callApi(api, "POST", `${ROOT}/namespaces/x/vrfs`, {
      body: resource("Vrf", "main", "x"),
    });
    expect(vrf.body.details).toMatchObject({ kind: "Vrf", name: "main" });
  });

  test("of very much are short", async () => {
    const fields = Array.from({ length: 900 }, (_, index) => [`f${index}`, "x".repeat(100)]);
    const body = { ...resource("Tenant", "x".repeat(100_000)), ...Object.fromEntries(fields) };
    const answer = await callApi(api, "POST", TENANTS, { body });
    expect(answer.code).toBe(422);
    expect(answer.body.details.causes).toHaveLength(50);
    expect(JSON.stringify(answer.body).length).toBeLessThan(50_000);
  });
});
