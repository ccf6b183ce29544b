import { KINDS } from "@selvedge/resources";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openApiDocument } from "../../src/resource-api/open-api.ts";
import { type ApiUnderTest, ROOT, startApi } from "./api-under-test.ts";

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api[Symbol.asyncDispose]());

const fieldsSchema = z.record(z.string(), z.looseObject({ description: z.string() }));
/** What these tests look into. A schema without properties is no kind's. */
const document = z
  .looseObject({
    paths: z.record(z.string(), z.record(z.string(), z.unknown())),
    components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
  })
  .parse(openApiDocument());
const kindSchema = z.object({
  properties: z.object({
    metadata: z.object({ properties: fieldsSchema }),
    spec: z.object({ properties: fieldsSchema }),
  }),
});
const METHODS = ["get", "post", "put", "patch", "delete"] as const;

function* operations() {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) if (item[method] !== undefined) yield { path, method };
  }
}

test.each([...operations()])("$method $path is served", async ({ path, method }) => {
  const url = path.replace("{namespace}", "red").replace("{name}", "x");
  const { statusCode, body } = await api.server.inject({ method, url });
  expect(statusCode).not.toBe(405);
  expect(body).not.toContain("nothing is served");
});

test("what is not in the document is no method of its paths", async () => {
  for (const [path, item] of Object.entries(document.paths)) {
    const url = path.replace("{namespace}", "red").replace("{name}", "x");
    for (const method of METHODS.filter((candidate) => item[candidate] === undefined)) {
      const { statusCode } = await api.server.inject({ method, url });
      expect(statusCode, `${method} ${path}`).toBe(405);
    }
  }
});

test("every reference leads to a schema", () => {
  const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
  expect(names.length).toBeGreaterThan(0);
  for (const [, name = ""] of names) expect(document.components.schemas).toHaveProperty([name]);
});

test("kinds have their group, what they are, and what each field is", () => {
  for (const { kind, description } of Object.values(KINDS)) {
    const schema = document.components.schemas[`dev.selvedge.v1alpha1.${kind}`];
    expect(schema).toMatchObject({
      description,
      additionalProperties: false,
      "x-kubernetes-group-version-kind": [{ group: "selvedge.dev", version: "v1alpha1", kind }],
    });
    expect(kindSchema.safeParse(schema).error, kind).toBeUndefined();
  }
});

test("kubectl learns of strict validation from the parameters of PATCH", () => {
  expect(document.paths[`${ROOT}/tenants/{name}`]?.["patch"]).toMatchObject({
    "x-kubernetes-action": "patch",
    parameters: expect.arrayContaining([
      expect.objectContaining({ name: "fieldValidation", in: "query" }),
    ]),
  });
});

test("is listed where kubectl looks for it", async () => {
  const index = await api.server.inject("/openapi/v3");
  const { serverRelativeURL } = index.json().paths["apis/selvedge.dev/v1alpha1"];
  expect((await api.server.inject(serverRelativeURL)).json()).toEqual(
    JSON.parse(JSON.stringify(openApiDocument())),
  );
});
