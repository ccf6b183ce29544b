import { KINDS } from "@selvedge/resources";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApiDocument } from "../../src/resource-api/open-api.ts";
import { type ApiUnderTest, ROOT, startApi } from "./api-under-test.ts";

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api[Symbol.asyncDispose]());

// biome-ignore lint/suspicious/noExplicitAny: the document is looked into, not used
const document: any = openApiDocument();
const METHODS = ["get", "post", "put", "patch", "delete"] as const;

function* operations() {
  for (const [path, item] of Object.entries<Record<string, unknown>>(document.paths)) {
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
  for (const [path, item] of Object.entries<Record<string, unknown>>(document.paths)) {
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
    const described = (fields: object): boolean =>
      Object.values(fields).every((field) => typeof field.description === "string");
    expect(described(schema.properties.spec.properties), kind).toBe(true);
    expect(described(schema.properties.metadata.properties), kind).toBe(true);
  }
});

test("kubectl learns of strict validation from the parameters of PATCH", () => {
  const { patch } = document.paths[`${ROOT}/tenants/{name}`];
  expect(patch["x-kubernetes-action"]).toBe("patch");
  expect(patch.parameters).toContainEqual(
    expect.objectContaining({ name: "fieldValidation", in: "query" }),
  );
});

test("is listed where kubectl looks for it", async () => {
  const index = await api.server.inject("/openapi/v3");
  const { serverRelativeURL } = index.json().paths["apis/selvedge.dev/v1alpha1"];
  expect((await api.server.inject(serverRelativeURL)).json()).toEqual(
    JSON.parse(JSON.stringify(document)),
  );
});
