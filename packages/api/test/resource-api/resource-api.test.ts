import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ApiUnderTest,
  type CallOptions,
  callApi,
  HOST,
  MERGE_PATCH,
  type Method,
  ROOT,
  resource,
  startApi,
} from "./api-under-test.ts";

let api: ApiUnderTest;

beforeEach(async () => {
  api = await startApi();
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  expect(api.internalErrors).toEqual([]);
});

const call = (method: Method, url: string, options?: CallOptions) =>
  callApi(api, method, url, options);

async function declareNetwork(): Promise<void> {
  const subnet = { vrf: "main", cidrs: ["10.1.0.0/24"] };
  for (const [path, body] of [
    ["tenants", resource("Tenant", "red")],
    ["hosts", HOST],
    ["namespaces/red/vrfs", resource("Vrf", "main", "red")],
    ["namespaces/red/subnets", resource("Subnet", "web", "red", subnet)],
  ] as const) {
    expect(await call("POST", `${ROOT}/${path}`, { body })).toMatchObject({ code: 201 });
  }
}

const endpoint = (name: string, address: string) =>
  resource("Endpoint", name, "red", { subnet: "web", host: "h1", addresses: [address] });
const ENDPOINTS = `${ROOT}/namespaces/red/endpoints`;
const TENANTS = `${ROOT}/tenants`;
const createTenant = (name: string) => call("POST", TENANTS, { body: resource("Tenant", name) });

describe("reading and writing", () => {
  test("what is created is read back, with what the system keeps about it", async () => {
    const made = await createTenant("red");
    expect(made).toMatchObject({
      code: 201,
      body: { kind: "Tenant", metadata: { generation: 1 } },
    });
    expect(made.body.metadata).toMatchObject({
      uid: expect.any(String),
      resourceVersion: expect.stringMatching(/^\d+$/),
      creationTimestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((await call("GET", `${TENANTS}/red`)).body).toEqual(made.body);
  });

  test("of many who create one name at the same moment one succeeds", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => createTenant("red")));
    expect(made.map(({ code }) => code).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    expect(made.find(({ code }) => code === 409)?.body.reason).toBe("AlreadyExists");
  });

  test("a generated name is new each time", async () => {
    const body = { ...resource("Tenant", "x"), metadata: { generateName: "t-" } };
    const made = await Promise.all([1, 2, 3].map(() => call("POST", TENANTS, { body })));
    const names = made.map((answer) => String(answer.body.metadata.name));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^t-[a-z0-9]{5}$/);
  });

  test("a replacement compares the resourceVersion where it names one", async () => {
    await declareNetwork();
    const { body: made } = await call("POST", ENDPOINTS, { body: endpoint("a", "10.1.0.5") });
    const labelled = { ...made, metadata: { ...made.metadata, labels: { a: "b" } } };
    expect(await call("PUT", `${ENDPOINTS}/a`, { body: labelled })).toMatchObject({
      code: 200,
      body: { metadata: { labels: { a: "b" } } },
    });
    const changed = { ...labelled, metadata: { ...labelled.metadata, labels: {} } };
    expect(await call("PUT", `${ENDPOINTS}/a`, { body: changed })).toMatchObject({
      code: 409,
      body: { reason: "Conflict", message: expect.stringContaining("has been modified") },
    });
    const { resourceVersion: _, ...metadata } = changed.metadata;
    const again = await call("PUT", `${ENDPOINTS}/a`, { body: { ...changed, metadata } });
    expect(again).toMatchObject({ code: 200 });
  });

  test("a merge patch changes what it names, and null takes away", async () => {
    await declareNetwork();
    await call("POST", ENDPOINTS, { body: endpoint("a", "10.1.0.5") });
    const patch = (body: object) => call("PATCH", `${ENDPOINTS}/a`, { body });
    await patch({ metadata: { labels: { a: "b", c: "d" } }, spec: { addresses: ["10.1.0.6"] } });
    const { body } = await patch({ metadata: { labels: { a: null } } });
    expect(body.metadata.labels).toEqual({ c: "d" });
    expect(body.spec.addresses).toEqual(["10.1.0.6"]);
  });

  test("patches of many at the same time are all in the result", async () => {
    await createTenant("red");
    const patched = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        call("PATCH", `${TENANTS}/red`, { body: { metadata: { labels: { [`l${index}`]: "x" } } } }),
      ),
    );
    expect(patched.map(({ code }) => code)).toEqual([200, 200, 200, 200, 200, 200]);
    const { body } = await call("GET", `${TENANTS}/red`);
    expect(Object.keys(body.metadata.labels)).toHaveLength(6);
  });

  test("a deletion answers with Status, and with the resource while a finalizer holds it", async () => {
    await createTenant("red");
    expect(await call("DELETE", `${TENANTS}/red`)).toMatchObject({
      code: 200,
      body: { kind: "Status", status: "Success", details: { name: "red" } },
    });
    const metadata = { name: "blue", finalizers: ["x.dev/y"] };
    await call("POST", TENANTS, { body: { ...resource("Tenant", "blue"), metadata } });
    expect(await call("DELETE", `${TENANTS}/blue`)).toMatchObject({
      body: { kind: "Tenant", metadata: { deletionTimestamp: expect.any(String) } },
    });
    await call("PATCH", `${TENANTS}/blue`, { body: { metadata: { finalizers: [] } } });
    expect(await call("GET", `${TENANTS}/blue`)).toMatchObject({ code: 404 });
  });

  test("of many who delete one resource at the same moment the others find nothing", async () => {
    await createTenant("red");
    const gone = await Promise.all([1, 2, 3, 4].map(() => call("DELETE", `${TENANTS}/red`)));
    expect(gone.map(({ code }) => code).sort()).toEqual([200, 404, 404, 404]);
  });

  test("a patch that names a version is for that one, whoever is faster", async () => {
    const { body } = await createTenant("red");
    const patch = (label: string) =>
      call("PATCH", `${TENANTS}/red`, {
        body: {
          metadata: { resourceVersion: body.metadata.resourceVersion, labels: { [label]: "x" } },
        },
      });
    const patched = await Promise.all([patch("a"), patch("b"), patch("c")]);
    expect(patched.map(({ code }) => code).sort()).toEqual([200, 409, 409]);
  });

  test("a deletion may be bound to a uid", async () => {
    await createTenant("red");
    const body = { kind: "DeleteOptions", preconditions: { uid: "another" } };
    expect(await call("DELETE", `${TENANTS}/red`, { body })).toMatchObject({ code: 409 });
  });

  test("a dry run answers as if, and writes nothing", async () => {
    const body = resource("Tenant", "red");
    expect(await call("POST", `${TENANTS}?dryRun=All`, { body })).toMatchObject({ code: 201 });
    expect(await call("GET", `${TENANTS}/red`)).toMatchObject({ code: 404 });
    await createTenant("red");
    await call("DELETE", `${TENANTS}/red?dryRun=All`);
    expect(await call("GET", `${TENANTS}/red`)).toMatchObject({ code: 200 });
  });

  test("a body may be YAML", async () => {
    const body = "apiVersion: selvedge.dev/v1alpha1\nkind: Tenant\nmetadata: { name: red }\n";
    const answer = await call("POST", TENANTS, { body, type: "application/yaml" });
    expect(answer).toMatchObject({ code: 201, body: { metadata: { name: "red" } } });
  });
});

describe("lists", () => {
  beforeEach(async () => {
    await declareNetwork();
    for (const [index, name] of ["a", "b", "c"].entries()) {
      const metadata = { name, namespace: "red", labels: { tier: name, role: "web" } };
      const body = { ...endpoint(name, `10.1.0.${index + 5}`), metadata };
      await call("POST", ENDPOINTS, { body });
    }
  });

  const namesOf = async (query: Record<string, string>, path = ENDPOINTS): Promise<string[]> => {
    const { body } = await call("GET", `${path}?${new URLSearchParams(query)}`);
    return body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
  };

  test("are of one tenant, or over all", async () => {
    expect(await namesOf({})).toEqual(["a", "b", "c"]);
    expect(await namesOf({}, `${ROOT}/endpoints`)).toEqual(["a", "b", "c"]);
    expect(await namesOf({}, `${ROOT}/namespaces/blue/endpoints`)).toEqual([]);
  });

  test.each([
    ["labelSelector", "tier=a", ["a"]],
    ["labelSelector", "role==web,tier!=b", ["a", "c"]],
    ["labelSelector", "tier in (a, c)", ["a", "c"]],
    ["labelSelector", "tier notin (a),tier", ["b", "c"]],
    ["labelSelector", "!tier", []],
    ["labelSelector", "none!=x", ["a", "b", "c"]],
    ["fieldSelector", "metadata.name=b", ["b"]],
    ["fieldSelector", "spec.host=h1,metadata.name!=b", ["a", "c"]],
  ])("with the %s %s are %j", async (name, selector, names) => {
    expect(await namesOf({ [name]: selector })).toEqual(names);
  });

  test("come in pages", async () => {
    const { body } = await call("GET", `${ENDPOINTS}?limit=2`);
    expect(body).toMatchObject({ kind: "EndpointList", metadata: { remainingItemCount: 1 } });
    expect(await namesOf({ limit: "2", continue: body.metadata.continue })).toEqual(["c"]);
  });

  test("are Tables for those who want them", async () => {
    const { body } = await call("GET", ENDPOINTS, {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    });
    expect(body.kind).toBe("Table");
    expect(body.columnDefinitions.map((column: { name: string }) => column.name)).toEqual([
      "Name",
      "Host",
      "Subnet",
      "Addresses",
      "MAC",
      "Age",
    ]);
    expect(body.rows[0].cells).toEqual(["a", "h1", "web", "10.1.0.5", "auto", expect.any(String)]);
  });

  test("deleted as a collection go by their selector", async () => {
    await call("DELETE", `${ENDPOINTS}?labelSelector=tier%3Da`);
    expect(await namesOf({})).toEqual(["b", "c"]);
    await call("DELETE", ENDPOINTS);
    expect(await namesOf({})).toEqual([]);
  });
});

test("an Endpoint without addresses gets some, and gives them back when it is deleted", async () => {
  await declareNetwork();
  const spec = { subnet: "web", host: "h1" };
  const body = resource("Endpoint", "a", "red", spec);
  const made = await call("POST", ENDPOINTS, { body });
  expect(made).toMatchObject({ code: 201, body: { kind: "Endpoint" } });
  const [address] = made.body.spec.addresses;
  expect(address).toMatch(/^10\.1\.0\.\d+$/);
  expect(await call("POST", ENDPOINTS, { body: endpoint("b", address) })).toMatchObject({
    code: 422,
    body: { message: expect.stringContaining(address) },
  });
  expect(await call("DELETE", `${ENDPOINTS}/a`)).toMatchObject({ code: 200 });
});

describe("what is refused", () => {
  test.each([
    ["GET", "/apis/selvedge.dev/v1alpha1/gadgets", undefined, 404, "NotFound"],
    ["GET", `${TENANTS}/none`, undefined, 404, "NotFound"],
    ["GET", `${ROOT}/namespaces/red/tenants`, undefined, 404, "NotFound"],
    ["GET", "/apis/apps/v1", undefined, 404, "NotFound"],
    ["GET", `${TENANTS}?limit=-1`, undefined, 400, "BadRequest"],
    ["GET", `${TENANTS}?labelSelector=a+b`, undefined, 400, "BadRequest"],
    ["GET", `${TENANTS}?fieldSelector=spec.x%3Dy`, undefined, 400, "BadRequest"],
    ["GET", `${TENANTS}?continue=zz`, undefined, 400, "BadRequest"],
    ["POST", `${TENANTS}?dryRun=some`, resource("Tenant", "a"), 400, "BadRequest"],
    ["POST", TENANTS, "{", 400, "BadRequest"],
    ["POST", TENANTS, [], 422, "Invalid"],
    ["POST", TENANTS, HOST, 400, "BadRequest"],
    ["POST", TENANTS, resource("Tenant", "Red"), 422, "Invalid"],
    ["POST", `${ROOT}/namespaces/red/vrfs`, resource("Vrf", "a", "blue"), 400, "BadRequest"],
    ["POST", `${ROOT}/namespaces/red/vrfs`, resource("Vrf", "a", "red"), 422, "Invalid"],
    ["PUT", `${TENANTS}/a`, resource("Tenant", "b"), 400, "BadRequest"],
    ["PUT", `${TENANTS}/a`, resource("Tenant", "a"), 404, "NotFound"],
    ["DELETE", `${TENANTS}/a`, undefined, 404, "NotFound"],
  ] as const)("%s %s %j: %d %s", async (method, path, body, code, reason) => {
    const answer = await call(method, path, body === undefined ? {} : { body });
    expect(answer).toMatchObject({ code, body: { kind: "Status", status: "Failure", reason } });
  });

  test("an unknown field is named with its path", async () => {
    const body = { ...resource("Tenant", "a"), spec: { colour: "red" } };
    const answer = await call("POST", TENANTS, { body });
    expect(answer.body).toMatchObject({ details: { causes: [{ field: "spec.colour" }] } });
  });

  test("a deletion of what is in use names the user", async () => {
    await declareNetwork();
    const answer = await call("DELETE", `${ROOT}/namespaces/red/vrfs/main`);
    expect(answer.code).toBe(409);
    expect(answer.body.message).toContain("subnets/red/web");
  });

  test.each([
    ["application/apply-patch+yaml", "--server-side=false"],
    ["application/strategic-merge-patch+json", MERGE_PATCH],
    ["text/plain", MERGE_PATCH],
  ])("a patch of type %s, with what to use instead", async (type, instead) => {
    const answer = await call("PATCH", `${TENANTS}/a`, { type, body: {} });
    expect(answer).toMatchObject({ code: 415 });
    expect(answer.body.message).toContain(instead);
  });

  test("a body that is too large, too deep, or made of aliases", async () => {
    const large = JSON.stringify({ x: "x".repeat(1_100_000) });
    expect(await call("POST", TENANTS, { body: large })).toMatchObject({ code: 413 });
    const deep = `${"[".repeat(100)}${"]".repeat(100)}`;
    expect(await call("POST", TENANTS, { body: deep })).toMatchObject({ code: 400 });
    const aliases = "a: &a [x]\nb: [*a, *a]\n";
    const answer = await call("POST", TENANTS, { body: aliases, type: "text/yaml" });
    expect(answer).toMatchObject({ code: 400 });
  });

  test("a key that is one of every object's is an unknown field like any other", async () => {
    const body =
      '{"apiVersion":"selvedge.dev/v1alpha1","kind":"Tenant","metadata":{"name":"a"},"__proto__":{}}';
    const { code } = await call("POST", TENANTS, { body });
    expect(code).toBeGreaterThanOrEqual(400);
    expect(code).toBeLessThan(500);
  });
});
