import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AppliedChange } from "../../src/index.ts";
import { type ApiUnderTest, callApi, HOST, ROOT, resource, startApi } from "./api-under-test.ts";

let api: ApiUnderTest;
let told: AppliedChange[];

beforeEach(async () => {
  told = [];
  api = await startApi(undefined, { onChange: (change) => void told.push(change) });
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  expect(api.internalErrors).toEqual([]);
});

const RED = resource("Tenant", "red");
const VRF = resource("Vrf", "main", "red");
const SUBNET = resource("Subnet", "web", "red", { vrf: "main", cidrs: ["10.1.0.0/24"] });
const endpoint = (name: string, ...addresses: string[]) =>
  resource("Endpoint", name, "red", { subnet: "web", host: "h1", addresses });

const apply = (items: readonly unknown[], query = "", more: object = {}) =>
  callApi(api, "POST", `${ROOT}/apply${query}`, {
    body: { apiVersion: "v1", kind: "List", items, ...more },
  });
const names = async () => [...(await api.cache.state()).resources.keys()];

describe("applying a list", () => {
  test("declares all of it in one transaction, in whatever order it is, and says what became of each", async () => {
    const items = [endpoint("web-1"), SUBNET, VRF, RED, HOST];
    const { code, body } = await apply(items);
    expect(code).toBe(200);
    const shown = body.items.map(
      ({ object }: { object: { metadata: { name: string } } }) => object,
    );
    expect(body.kind).toBe("ApplyResult");
    expect(shown.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      ...["web-1", "web", "main", "red", "h1"],
    ]);
    expect(body.items.map(({ result }: { result: string }) => result)).toEqual(
      Array(5).fill("created"),
    );
    const versions = body.items.map(
      ({ object }: { object: { metadata: { resourceVersion: string } } }) =>
        object.metadata.resourceVersion,
    );
    expect(new Set(versions).size).toBe(1);
    // IPAM has given it an address in the same transaction.
    expect(body.items[0].object.spec.addresses).toEqual([expect.stringMatching(/^10\.1\.0\./)]);
  });

  test("tells apart what changes from what is so already", async () => {
    await apply([RED, VRF]);
    const labelled = { ...VRF, metadata: { name: "main", namespace: "red", labels: { a: "b" } } };
    const { body } = await apply([RED, labelled, SUBNET]);
    expect(body.items).toMatchObject([
      { result: "unchanged", object: { metadata: { uid: expect.any(String) } } },
      { result: "configured", object: { metadata: { labels: { a: "b" } } } },
      { result: "created" },
    ]);
  });

  test("tells the program that serves it of each change", async () => {
    await apply([RED, VRF]);
    expect(told.map(({ verb, key }) => `${verb} ${key}`)).toEqual([
      "apply tenants/red",
      "apply vrfs/red/main",
    ]);
    await apply([RED, SUBNET], "?dryRun=All");
    expect(told).toHaveLength(2);
  });

  test("as a dry run says what would be, with what would be given, and changes nothing", async () => {
    const { code, body } = await apply([RED, VRF], "?dryRun=All");
    expect(code).toBe(200);
    expect(body.items[1]).toMatchObject({ result: "created", object: { spec: { l3vni: 5000 } } });
    expect(await names()).toEqual([]);
  });

  test("takes any version of what is there, since it says how things are to be", async () => {
    const { body } = await apply([RED]);
    const old = { ...body.items[0].object, metadata: { name: "red", resourceVersion: "1" } };
    await apply([{ ...old, metadata: { ...old.metadata, labels: { a: "b" } } }]);
    expect((await apply([old])).body.items[0].result).toBe("configured");
  });

  test("two lists at the same time are one after the other", async () => {
    await apply([RED, VRF, SUBNET, HOST]);
    const lists = Array.from({ length: 8 }, (_, list) =>
      Array.from({ length: 4 }, (_, item) => endpoint(`web-${list}-${item}`)),
    );
    const answers = await Promise.all(lists.map((items) => apply(items)));
    expect(answers.map(({ code }) => code)).toEqual(Array(8).fill(200));
    const given = answers.flatMap(({ body }) =>
      body.items.map((item: { object: { spec: { addresses: string[] } } }) => item.object.spec),
    );
    expect(new Set(given.map(({ addresses }) => addresses[0])).size).toBe(32);
  });
});

describe("a list that is refused", () => {
  test("names each fault with its item and its field, and changes nothing", async () => {
    const { code, body } = await apply([
      RED,
      { ...VRF, spec: { l3vnii: 7 } },
      { kind: "Gadget" },
      "x",
    ]);
    expect(code).toBe(422);
    expect(body).toMatchObject({ kind: "Status", reason: "Invalid" });
    const fields = body.details.causes.map(({ field }: { field: string }) => field);
    expect(fields).toEqual(["items[1].spec.l3vnii", "items[2].kind", "items[3]"]);
    expect(await names()).toEqual([]);
  });

  test("names what admission has against it by the item too", async () => {
    await apply([RED, VRF, SUBNET, HOST]);
    const { code, body } = await apply([endpoint("a", "10.1.0.9"), endpoint("b", "10.2.0.9")]);
    expect(code).toBe(422);
    expect(body.details.causes).toMatchObject([
      { field: "items[1].spec.addresses[0]", message: expect.stringContaining("10.1.0.0/24") },
    ]);
    expect(body.message).toContain("endpoints/red/b: spec.addresses[0]: ");
    expect(await names()).not.toContain("endpoints/red/a");
  });

  test("has all faults, also where there are many", async () => {
    const items = Array.from({ length: 300 }, (_, index) => endpoint(`web-${index}`, "10.1.0.9"));
    const { body } = await apply(items);
    expect(body.details.causes.length).toBeGreaterThanOrEqual(300);
    expect(body.message).toMatch(/; and \d+ more$/);
  });

  test("may have no resource twice", async () => {
    const { code, body } = await apply([RED, VRF, RED]);
    expect(code).toBe(422);
    expect(body.details.causes).toMatchObject([
      { field: "items[2]", message: "is items[0] already; remove one" },
    ]);
  });

  test.each([
    [{ body: "[]" }, 400, "the body is no List"],
    [{ body: "{" }, 400, "is not JSON"],
    [{ body: { kind: "List", items: [] } }, 400, "apiVersion"],
    [{ body: { ...RED, items: [] } }, 400, "the body is no List"],
    [{ body: { apiVersion: "v1", kind: "List", items: {} } }, 400, "items"],
    [{ body: "x", type: "text/plain" }, 415, "send application/json"],
    [
      { body: { apiVersion: "v1", kind: "List", items: Array(1001).fill({}) } },
      413,
      "at most 1000 at a time",
    ],
  ])("or be none: %j", async (options, status, message) => {
    const { code, body } = await callApi(api, "POST", `${ROOT}/apply`, options);
    expect({ code, kind: body.kind }).toEqual({ code: status, kind: "Status" });
    expect(body.message).toContain(message);
  });

  test("is refused for options that are not taken, and other methods are not there", async () => {
    expect((await apply([RED], "?dryRun=yes")).code).toBe(400);
    expect((await apply([RED], "?fieldValidation=Ignore")).code).toBe(400);
    expect((await apply([RED], "?fieldValidation=Strict&dryRun=All")).code).toBe(200);
    for (const method of ["GET", "PUT", "PATCH", "DELETE"] as const) {
      expect((await callApi(api, method, `${ROOT}/apply`)).code).toBe(405);
    }
  });

  test("an empty list is no fault", async () => {
    expect(await apply([])).toMatchObject({ code: 200, body: { items: [] } });
  });
});
