import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AppliedChange } from "../../src/index.ts";
import {
  type ApiUnderTest,
  type CallOptions,
  callApi,
  type Method,
  ROOT,
  resource,
  startApi,
} from "./api-under-test.ts";

let api: ApiUnderTest;
let changes: AppliedChange[];

beforeEach(async () => {
  changes = [];
  api = await startApi(undefined, {
    onChange: (change) => changes.push(change),
    identify: ({ headers }) => ({ name: String(headers.accept ?? "somebody") }),
    now: () => Date.UTC(2026, 0, 1),
  });
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  expect(api.internalErrors).toEqual([]);
});

const call = (method: Method, url: string, options?: CallOptions) =>
  callApi(api, method, url, options);

const TENANTS = `${ROOT}/tenants`;
const RED = `${TENANTS}/red`;
const VRFS = `${ROOT}/namespaces/red/vrfs`;
const JSON_PATCH = "application/json-patch+json";

async function createRed(): Promise<void> {
  await call("POST", TENANTS, { body: resource("Tenant", "red") });
}

describe("a JSON patch", () => {
  const patch = (body: unknown, options: CallOptions = {}) =>
    call("PATCH", RED, { type: JSON_PATCH, body, ...options });

  test("is made of the present resource", async () => {
    await createRed();
    const add = { op: "add", path: "/metadata/labels", value: { a: "b" } };
    expect(await patch([add])).toMatchObject({
      code: 200,
      body: { metadata: { labels: { a: "b" } } },
    });
    const test = { op: "test", path: "/metadata/labels/a", value: "b" };
    const replace = { op: "replace", path: "/metadata/labels/a", value: "c" };
    expect(await patch([test, replace])).toMatchObject({
      body: { metadata: { labels: { a: "c" } } },
    });
    const late = await patch([test, replace]);
    expect(late).toMatchObject({ code: 422, body: { reason: "Invalid" } });
    expect(late.body.message).toContain("operation 0 (test): /metadata/labels/a");
  });

  test("that is none is refused with what is wrong", async () => {
    await createRed();
    expect(await patch([{ op: "merge", path: "/a" }])).toMatchObject({ code: 400 });
    expect(await patch("[")).toMatchObject({ code: 400 });
  });

  test("that makes no resource is refused", async () => {
    await createRed();
    const answer = await patch([{ op: "replace", path: "", value: 7 }]);
    expect(answer).toMatchObject({ code: 422, body: { details: { kind: "Tenant", name: "red" } } });
  });

  test("may not give a resource another name", async () => {
    await createRed();
    const rename = { op: "replace", path: "/metadata/name", value: "blue" };
    expect(await patch([rename])).toMatchObject({ code: 400 });
  });
});

describe("fields that nobody knows", () => {
  const body = { ...resource("Vrf", "main", "red", { l3vnii: 1, l3vni: 5000 }), extra: [] };
  const create = (fieldValidation: string) =>
    call("POST", `${VRFS}?fieldValidation=${fieldValidation}`, { body });

  beforeEach(createRed);

  test.each(["", "Strict"])('are refused with "%s"', async (fieldValidation) => {
    const answer = await create(fieldValidation);
    expect(answer).toMatchObject({ code: 422 });
    expect(answer.body.details.causes.map(({ field }: { field: string }) => field).sort()).toEqual([
      "extra",
      "spec.l3vnii",
    ]);
  });

  test("are dropped with a warning each with Warn", async () => {
    const answer = await create("Warn");
    expect(answer).toMatchObject({ code: 201, body: { spec: { l3vni: 5000 } } });
    expect(answer.body.spec).toEqual({ l3vni: 5000 });
    expect(String(answer.headers["warning"]).split(", ").sort()).toEqual([
      '299 - "unknown field \\"extra\\""',
      '299 - "unknown field \\"spec.l3vnii\\""',
    ]);
  });

  test("are dropped without a word with Ignore", async () => {
    const answer = await create("Ignore");
    expect(answer).toMatchObject({ code: 201, body: { spec: { l3vni: 5000 } } });
    expect(answer.headers["warning"]).toBeUndefined();
  });

  test("do not hide what else is wrong", async () => {
    const wrong = { ...body, spec: { l3vni: "many", more: 1 } };
    const answer = await call("POST", `${VRFS}?fieldValidation=Warn`, { body: wrong });
    expect(answer.body.details.causes).toMatchObject([{ field: "spec.l3vni" }]);
  });

  test("are refused with a word that is none of these", async () => {
    expect(await create("Lenient")).toMatchObject({ code: 400 });
  });

  test("have names that a header can hold", async () => {
    const odd = { ...resource("Tenant", "blue"), 'ä"\n': 1 };
    const answer = await call("POST", `${TENANTS}?fieldValidation=Warn`, { body: odd });
    expect(answer).toMatchObject({ code: 201 });
    expect(String(answer.headers["warning"])).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe("whoever is told of changes", () => {
  test("learns who, how, what was and what is, in order", async () => {
    await createRed();
    const labels = { metadata: { labels: { a: "b" } } };
    await call("PATCH", RED, { body: labels, accept: "*/*" });
    await call("PUT", RED, { body: resource("Tenant", "red") });
    await call("DELETE", RED);
    expect(changes).toMatchObject([
      { who: { name: "somebody" }, verb: "create", key: "tenants/red" },
      { who: { name: "*/*" }, verb: "patch", old: { kind: "Tenant" }, new: labels },
      { verb: "update", old: labels, new: { metadata: { resourceVersion: "3" } } },
      { verb: "delete", old: { metadata: { resourceVersion: "3" } } },
    ]);
    expect(changes[0]).not.toHaveProperty("old");
    expect(changes[3]).not.toHaveProperty("new");
    expect(changes[0]?.new?.metadata.creationTimestamp).toBe("2026-01-01T00:00:00Z");
  });

  test("learns of every resource of a collection", async () => {
    await createRed();
    await call("POST", TENANTS, { body: resource("Tenant", "blue") });
    changes = [];
    await call("DELETE", TENANTS);
    expect(changes.map(({ verb, key }) => `${verb} ${key}`)).toEqual([
      "deletecollection tenants/blue",
      "deletecollection tenants/red",
    ]);
  });

  test("learns nothing of dry runs, refusals, and writes that change nothing", async () => {
    await createRed();
    changes = [];
    await call("DELETE", `${RED}?dryRun=All`);
    await call("DELETE", RED, { body: { dryRun: ["All"] } });
    await call("DELETE", `${TENANTS}?dryRun=All`);
    await call("POST", TENANTS, { body: resource("Tenant", "red") });
    await call("POST", TENANTS, { body: resource("Tenant", "Red") });
    await call("PUT", RED, { body: resource("Tenant", "red") });
    expect(changes).toEqual([]);
  });
});

test("what is written is answered in the form that was asked for", async () => {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const made = await call("POST", TENANTS, { body: resource("Tenant", "red"), accept });
  expect(made).toMatchObject({
    code: 201,
    body: { kind: "Table", rows: [{ cells: ["red", "0s"] }] },
  });
});

test("a deletion with options that are none says which", async () => {
  await createRed();
  const answer = await call("DELETE", RED, { body: { dryRun: "All" } });
  expect(answer).toMatchObject({ code: 400, body: { message: expect.stringContaining("dryRun") } });
});

test("a namespaced kind is created and deleted by selector in one tenant only", async () => {
  for (const method of ["POST", "DELETE"] as const) {
    const answer = await call(method, `${ROOT}/vrfs`, { body: resource("Vrf", "main", "red") });
    expect(answer).toMatchObject({ code: 405, body: { reason: "MethodNotAllowed" } });
  }
});

test("a patch that takes the last finalizer from what is to go answers with what it was", async () => {
  const metadata = { name: "red", finalizers: ["example.com/hold"] };
  await call("POST", TENANTS, { body: { ...resource("Tenant", "red"), metadata } });
  await call("DELETE", RED);
  const answer = await call("PATCH", RED, { body: { metadata: { finalizers: [] } } });
  expect(answer).toMatchObject({
    code: 200,
    body: { kind: "Tenant", metadata: { deletionTimestamp: expect.any(String) } },
  });
  expect(await call("GET", RED)).toMatchObject({ code: 404 });
});

test("what is replaced by itself answers with what is there", async () => {
  await createRed();
  const { body } = await call("GET", RED);
  expect(await call("PUT", RED, { body })).toMatchObject({ code: 200, body });
  expect((await call("PATCH", RED, { body: {} })).body).toEqual(body);
});

test("of many who delete one collection at the same moment none is refused", async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      call("POST", TENANTS, { body: resource("Tenant", `t${index}`) }),
    ),
  );
  const deleted = await Promise.all(Array.from({ length: 5 }, () => call("DELETE", TENANTS)));
  expect(deleted.map(({ code }) => code)).toEqual([200, 200, 200, 200, 200]);
  expect((await call("GET", TENANTS)).body.items).toEqual([]);
  expect(changes.filter(({ verb }) => verb === "deletecollection")).toHaveLength(20);
});
