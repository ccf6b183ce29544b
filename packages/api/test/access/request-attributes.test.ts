import Fastify from "fastify";
import { describe, expect, test } from "vitest";
import { accessRequestOf, type MatchedRequest } from "../../src/access/request-attributes.ts";

const ROOT = "/apis/selvedge.dev/v1alpha1";
const OBJECT = `${ROOT}/namespaces/:namespace/:plural/:name`;
const LIST = `${ROOT}/namespaces/:namespace/:plural`;

function matched(
  method: string,
  route: string | undefined,
  params: object = {},
  query: object = {},
): MatchedRequest {
  return { method, route, params, query };
}

const web = { namespace: "red", plural: "subnets", name: "web" };

describe("accessRequestOf", () => {
  test.each([
    ["GET", "get"],
    ["HEAD", "get"],
    ["PUT", "update"],
    ["PATCH", "patch"],
    ["DELETE", "delete"],
  ])("%s of an object is %s", (method, verb) => {
    expect(accessRequestOf(matched(method, OBJECT, web))).toEqual({
      kind: "resource",
      verb,
      resource: "subnets",
      tenant: "red",
      name: "web",
    });
  });

  test.each([
    ["GET", {}, "list"],
    ["HEAD", {}, "list"],
    ["GET", { watch: "true" }, "watch"],
    ["GET", { watch: "1" }, "watch"],
    ["GET", { watch: "" }, "watch"],
    ["GET", { watch: "false" }, "list"],
    ["POST", { watch: "true" }, "create"],
    ["DELETE", {}, "deletecollection"],
  ])("%s of a collection with %j is %s", (method, query, verb) => {
    const params = { namespace: "red", plural: "vrfs" };
    expect(accessRequestOf(matched(method, LIST, params, query))).toMatchObject({
      verb,
      resource: "vrfs",
      tenant: "red",
    });
  });

  test("a list to apply is a question of its own, and nothing else is at its path", () => {
    expect(accessRequestOf(matched("POST", `${ROOT}/apply`))).toEqual({ kind: "apply" });
    expect(accessRequestOf(matched("GET", `${ROOT}/apply`))).toMatchObject({ kind: "unknown" });
  });

  test("what is over all tenants has none", () => {
    const all = accessRequestOf(matched("GET", `${ROOT}/:plural`, { plural: "vrfs" }));
    expect(all).toMatchObject({ verb: "list", tenant: undefined });
  });

  test("a namespace of the core API is a tenant that is got", () => {
    const namespace = "/api/v1/namespaces/:name";
    expect(accessRequestOf(matched("GET", namespace, { name: "red" }))).toEqual({
      kind: "resource",
      verb: "get",
      resource: "tenants",
      tenant: "red",
      name: "red",
    });
    expect(accessRequestOf(matched("DELETE", namespace, { name: "red" }))).toEqual({
      kind: "unknown",
      method: "DELETE",
    });
  });

  test("a status is a resource of its own", () => {
    expect(accessRequestOf(matched("GET", `${OBJECT}/status`, web))).toMatchObject({
      resource: "subnets/status",
      tenant: "red",
    });
  });

  test.each([
    [{ fieldSelector: "metadata.name=red" }, "red"],
    [{ fieldSelector: "metadata.name==red" }, "red"],
    [{ fieldSelector: "metadata.name!=red" }, undefined],
    [{ fieldSelector: "metadata.name=red,metadata.name=blue" }, undefined],
    [{ fieldSelector: "metadata.name=red, " }, undefined],
    [{ fieldSelector: ["metadata.name=red", ""] }, undefined],
    [{ labelSelector: "metadata.name=red" }, undefined],
    [{}, undefined],
  ])("a list of tenants with %j is about %s", (query, tenant) => {
    const list = matched("GET", `${ROOT}/:plural`, { plural: "tenants" }, query);
    expect(accessRequestOf(list)).toMatchObject({ verb: "list", tenant });
  });

  test("a deletion of all tenants is about no one tenant, whatever it selects", () => {
    const query = { fieldSelector: "metadata.name=red" };
    const request = matched("DELETE", `${ROOT}/:plural`, { plural: "tenants" }, query);
    expect(accessRequestOf(request)).toMatchObject({ verb: "deletecollection", tenant: undefined });
  });

  test("the name of a tenant is its tenant, that of a host is none", () => {
    const path = `${ROOT}/:plural/:name`;
    expect(accessRequestOf(matched("GET", path, { plural: "tenants", name: "red" }))).toMatchObject(
      { tenant: "red" },
    );
    expect(accessRequestOf(matched("GET", path, { plural: "hosts", name: "red" }))).toMatchObject({
      tenant: undefined,
    });
  });

  test("tenants in a namespace are that namespace's, not those of their names", () => {
    const params = { namespace: "blue", plural: "tenants", name: "red" };
    expect(accessRequestOf(matched("GET", OBJECT, params))).toMatchObject({ tenant: "blue" });
  });

  test.each([
    ["GET", undefined],
    ["GET", "/nowhere"],
    ["TRACE", OBJECT],
    ["POST", "/version"],
    ["DELETE", "/api"],
    ["GET", "toString"],
  ])("%s %s is nothing that we know", (method, route) => {
    expect(accessRequestOf(matched(method, route, web))).toEqual({ kind: "unknown", method });
  });

  test("what the server decodes of a path is what is looked at", async () => {
    const server = Fastify();
    const seen: unknown[] = [];
    server.get(OBJECT, (request) => {
      const { method, params, query, routeOptions } = request;
      seen.push(accessRequestOf({ method, params, query, route: routeOptions.url }));
      return {};
    });
    for (const namespace of ["red%2F..%2Fblue", "%72ed", "red%00"]) {
      await server.inject(`${ROOT}/namespaces/${namespace}/subnets/web`);
    }
    expect(seen).toMatchObject([{ tenant: "red/../blue" }, { tenant: "red" }, { tenant: "red\0" }]);
    await server.close();
  });
});
