/** What a tenant might try to see, change or guess of what is not theirs, over the wire, and what they are told. */
import { request as httpsRequest } from "node:https";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type Call, GuardedServer, ROOT } from "./guarded-server.ts";
import { parsed } from "./resources-of-two-tenants.ts";

/** Whatever is not red's has this in its names, and these numbers in its fields. */
const FOREIGN = /zz|7777|7778|10\.77\./;

const RED = `${ROOT}/namespaces/red`;
const BLUE = `${ROOT}/namespaces/zz-blue`;

let server: GuardedServer;
let admin: string;
let viewer: string;

const at = (kind: string, name: string, namespace?: string, spec: object = {}) => ({
  apiVersion: "selvedge.dev/v1alpha1",
  kind,
  metadata: namespace === undefined ? { name } : { name, namespace },
  spec,
});

beforeAll(async () => {
  server = await GuardedServer.start();
  const host = { address: "10.77.0.1", asn: 65_000, routerId: "10.77.0.1" };
  const reflector = {
    address: "10.77.0.2",
    asn: 65_000,
    routerId: "10.77.0.2",
    roles: ["reflector"],
  };
  const imported = { l3vni: 500, routeTargets: { import: ["65000:7777"] } };
  const endpoint = { subnet: "web", host: "zz-h1", addresses: ["10.1.0.11"] };
  await server.declare(
    parsed(at("Tenant", "red")),
    parsed(at("Tenant", "zz-blue")),
    parsed(at("Host", "zz-h1", undefined, host)),
    parsed(at("Host", "zz-rr", undefined, reflector)),
    parsed(at("Vrf", "main", "red", imported)),
    parsed(at("Subnet", "web", "red", { vrf: "main", cidrs: ["10.1.0.0/24"] })),
    parsed(at("Vrf", "zz-main", "zz-blue", { l3vni: 7777 })),
    parsed(at("Vrf", "main", "zz-blue", { l3vni: 7778 })),
    parsed(at("Subnet", "zz-web", "zz-blue", { vrf: "zz-main", cidrs: ["10.1.0.0/24"] })),
    parsed(at("Endpoint", "zz-1", "zz-blue", { ...endpoint, subnet: "zz-web" })),
  );
  admin = await server.token("alice", ["selvedge:tenant:red:admin"]);
  viewer = await server.token("bob", ["selvedge:tenant:red:viewer"]);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  expect(server?.internalErrors).toEqual([]);
});

async function ask(path: string, call: Call = {}, token = admin): Promise<Answer> {
  const answer = await server.call({ token }, path, call);
  // What the tenant has written themselves may come back; whatever else is foreign may not.
  const asked = path + JSON.stringify(call);
  const foreign = [...answer.text.matchAll(new RegExp(FOREIGN, "g"))].filter(
    ([word]) => !asked.includes(word),
  );
  expect(foreign, `${call.method ?? "GET"} ${path}: ${answer.text}`).toEqual([]);
  return answer;
}

describe("reading", () => {
  test.each([
    `${ROOT}/tenants`,
    `${ROOT}/hosts`,
    `${ROOT}/vrfs`,
    `${ROOT}/endpoints?watch=1`,
    `${ROOT}/tenants?fieldSelector=metadata.name!%3Dred`,
    `${ROOT}/tenants?fieldSelector=metadata.name%3Dred&fieldSelector=`,
    `${ROOT}/tenants?labelSelector=metadata.name%3Dred`,
    `${ROOT}/vrfs?fieldSelector=metadata.namespace%3Dred`,
    `${BLUE}/vrfs`,
    `${BLUE}/vrfs/main`,
    `${BLUE}/vrfs/nothing`,
    `${BLUE}/vrfs/main/status`,
    `${ROOT}/namespaces/nobody/vrfs`,
    `${ROOT}/namespaces/red%2F..%2Fzz-blue/vrfs`,
    `${ROOT}/namespaces/RED/vrfs`,
    `${ROOT}/namespaces/red%00/vrfs`,
    `${ROOT}/namespaces/zz-blue/vrfs/..%2F..%2Fred%2Fvrfs%2Fmain`,
    `${ROOT}/namespaces//vrfs`,
    `${ROOT}/hosts/zz-h1`,
    `${ROOT}/tenants/zz-blue`,
    `${RED}/tenants/zz-blue`,
    `${RED}/hosts/zz-h1`,
    `${RED}/hosts`,
    "/endpoints",
    "/evpn/routes",
    "//apis/selvedge.dev/v1alpha1/hosts",
    "/apis/selvedge.dev/v1alpha1/./hosts",
  ])("of %s is refused or not found, whatever is there", async (path) => {
    expect([403, 404]).toContain((await ask(path)).code);
    expect([403, 404]).toContain((await ask(path, {}, viewer)).code);
  });

  test("of another tenant is refused in the same words whether there is such a thing or not", async () => {
    const [there, not] = await Promise.all([
      ask(`${BLUE}/vrfs/main`),
      ask(`${ROOT}/namespaces/zz-none/vrfs/main`),
    ]);
    const { body } = not;
    const message = String(body?.["message"]).replace("zz-none", "zz-blue");
    expect(there.body).toEqual({ ...body, message });
  });

  test("shows the own tenant, without VNIs, route targets and ids, in every form", async () => {
    const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
    for (const [path, headers] of [
      [`${RED}/vrfs/main`, {}],
      [`${RED}/vrfs/main/status`, {}],
      [`${RED}/vrfs`, {}],
      [`${RED}/vrfs`, table],
      [`${RED}/vrfs?labelSelector=!a&fieldSelector=metadata.name%3Dmain`, {}],
    ] as const) {
      const { code, text } = await ask(path, { headers });
      expect(code).toBe(200);
      expect(text).toContain("main");
      expect(text).not.toMatch(/\b500\b|l3vni|routeTargets|"status"/);
    }
    expect((await ask(`${ROOT}/tenants/red`)).code).toBe(200);
    expect((await ask(`${ROOT}/tenants?fieldSelector=metadata.name%3Dred`)).body).toMatchObject({
      items: [{ metadata: { name: "red" } }],
    });
  });

  test("of pages counts the own only, and takes tokens of the own lists only", async () => {
    for (const name of ["a", "b", "c"]) {
      await ask(`${RED}/vrfs`, { method: "POST", body: at("Vrf", name, "red") });
    }
    const first = await ask(`${RED}/vrfs?limit=1`);
    expect(first.body).toMatchObject({ metadata: { remainingItemCount: 3 } });
    const token = encodeURIComponent(String(Object(first.body?.["metadata"])["continue"]));
    const operator = { isLocal: true };
    const all = await server.call(operator, `${ROOT}/vrfs?limit=1`);
    const foreign = encodeURIComponent(String(Object(all.body?.["metadata"])["continue"]));
    expect((await ask(`${RED}/vrfs?limit=2&continue=${token}`)).body).toMatchObject({
      metadata: { remainingItemCount: 1 },
    });
    const { text, code } = await ask(`${RED}/vrfs?continue=${foreign}`);
    expect([200, 410]).toContain(code);
    expect(text).not.toContain("zz");
    for (const name of ["a", "b", "c"]) await ask(`${RED}/vrfs/${name}`, { method: "DELETE" });
  });
});

describe("watching", () => {
  test("tells of the own only, whatever else changes", async () => {
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const request = httpsRequest({
        ...{ host: "127.0.0.1", port: server.port, ca: server.authority.pem, agent: false },
        path: `${RED}/vrfs?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
        headers: { authorization: `Bearer ${viewer}` },
      });
      request.on("error", reject);
      request.on("response", (response) => {
        response.on("error", () => resolve());
        response.on("data", (chunk: Buffer) => {
          lines.push(...chunk.toString().trim().split("\n"));
          if (lines.some((line) => line.includes("after"))) request.destroy();
        });
        const local = { isLocal: true };
        const post = (tenant: string, name: string) =>
          server.call(local, `${ROOT}/namespaces/${tenant}/vrfs`, {
            method: "POST",
            body: at("Vrf", name, tenant),
          });
        post("zz-blue", "zz-watched")
          .then(() => server.call(local, `${BLUE}/vrfs/zz-watched`, { method: "DELETE" }))
          .then(() => post("red", "after"))
          .catch(reject);
      });
      request.end();
    });
    const types = lines.map((line) => JSON.parse(line).type);
    expect(types.filter((type) => type !== "BOOKMARK")).toEqual(["ADDED", "ADDED"]);
    expect(lines.join("\n")).not.toMatch(/zz|l3vni|routeTargets/);
    await ask(`${RED}/vrfs/after`, { method: "DELETE" });
  });
});

describe("writing", () => {
  const vrf = (spec: object, metadata: object = {}) => ({
    ...at("Vrf", "mine", "red", spec),
    metadata: { name: "mine", namespace: "red", ...metadata },
  });

  test.each<[string, string, Call, readonly number[]]>([
    [
      "into another tenant",
      `${BLUE}/vrfs`,
      { method: "POST", body: at("Vrf", "a", "zz-blue") },
      [403],
    ],
    [
      "into all tenants",
      `${ROOT}/vrfs`,
      { method: "POST", body: at("Vrf", "a", "zz-blue") },
      [403],
    ],
    [
      "another namespace in the body",
      `${RED}/vrfs`,
      { method: "POST", body: at("Vrf", "a", "zz-blue") },
      [400],
    ],
    ["a host in the body", `${RED}/vrfs`, { method: "POST", body: at("Host", "a") }, [400, 422]],
    ["a tenant", `${ROOT}/tenants`, { method: "POST", body: at("Tenant", "more") }, [403]],
    ["the own tenant", `${ROOT}/tenants/red`, { method: "DELETE" }, [403]],
    [
      "labels of the own tenant",
      `${ROOT}/tenants/red`,
      { method: "PATCH", body: { metadata: { labels: { a: "b" } } } },
      [403],
    ],
    [
      "the namespace in a patch",
      `${RED}/vrfs/main`,
      { method: "PATCH", body: { metadata: { namespace: "zz-blue" } } },
      [400],
    ],
    [
      "the name in a patch",
      `${RED}/vrfs/main`,
      { method: "PATCH", body: { metadata: { name: "zz-main" } } },
      [400],
    ],
    ["all of all tenants, deleted", `${ROOT}/vrfs`, { method: "DELETE" }, [403]],
    ["all of another tenant, deleted", `${BLUE}/endpoints`, { method: "DELETE" }, [403]],
    ["a host by the own namespace", `${RED}/hosts/zz-h1`, { method: "DELETE" }, [403]],
    [
      "a session of the agent",
      "/bgp/clear",
      { method: "POST", body: { neighbor: "10.77.0.1", kind: "hard" } },
      [403],
    ],
    [
      "an attachment",
      "/attachments",
      { method: "POST", body: { endpoint: "zz-blue/zz-1" } },
      [403],
    ],
    ["an own attachment", "/attachments", { method: "POST", body: { endpoint: "red/a" } }, [403]],
  ])("is refused: %s", async (_, path, call, codes) => {
    const before = [...(await server.cache.state()).resources];
    expect(codes).toContain((await ask(path, call)).code);
    expect((await ask(path, call, viewer)).code).toBe(403);
    expect([...(await server.cache.state()).resources]).toEqual(before);
  });

  test("of a VNI or a route target says the same whether it is another's, the own, or nobody's", async () => {
    for (const [taken, free] of [
      [{ l3vni: 7777 }, { l3vni: 1234 }],
      [{ routeTargets: { export: ["65000:7777"] } }, { routeTargets: { export: ["65000:1234"] } }],
      [{ routeTargets: { import: ["1:7777"] } }, { routeTargets: { import: ["1:1234"] } }],
    ]) {
      const [one, other] = [
        await ask(`${RED}/vrfs`, { method: "POST", body: vrf(taken ?? {}) }),
        await ask(`${RED}/vrfs`, { method: "POST", body: vrf(free ?? {}) }),
      ];
      expect(one.code).toBe(422);
      expect(one.body).toEqual(other.body);
    }
  });

  test("cannot read what is hidden by testing or copying it in a patch", async () => {
    const type = { "content-type": "application/json-patch+json" };
    const patch = (operations: object[]) =>
      ask(`${RED}/vrfs/main`, { method: "PATCH", headers: type, body: operations });
    for (const value of [500, 501]) {
      const tested = await patch([{ op: "test", path: "/spec/l3vni", value }]);
      expect(tested.code).toBeGreaterThanOrEqual(400);
    }
    const copied = await patch([
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "copy", from: "/spec/routeTargets/import/0", path: "/metadata/annotations/a" },
    ]);
    expect(copied.code).toBeGreaterThanOrEqual(400);
  });

  test("of the own keeps what the operator has given", async () => {
    const path = `${RED}/vrfs/main`;
    const replaced = await ask(path, {
      method: "PUT",
      body: { ...at("Vrf", "main", "red"), metadata: { name: "main", labels: { a: "b" } } },
    });
    expect(replaced.code).toBe(200);
    const removed = { spec: { l3vni: null, routeTargets: null } };
    expect((await ask(path, { method: "PATCH", body: removed })).code).toBe(200);
    expect((await server.cache.state()).resources.get("vrfs/red/main")?.spec).toEqual({
      l3vni: 500,
      routeTargets: { import: ["65000:7777"] },
    });
  });

  test("says of a host that is not there, is none for endpoints, or misspelt, the same", async () => {
    const subnet = { subnet: "web", addresses: ["10.1.0.20"] };
    const messages: unknown[] = [];
    for (const host of ["nothing", "zz-rr", "zz-h2"]) {
      const body = at("Endpoint", "a", "red", { ...subnet, host });
      const { code, body: refusal } = await ask(`${RED}/endpoints`, { method: "POST", body });
      expect(code).toBe(422);
      messages.push(refusal?.["message"]);
    }
    expect(new Set(messages).size).toBe(1);
    const body = at("Endpoint", "a", "red", { ...subnet, host: "zz-h1" });
    expect((await ask(`${RED}/endpoints`, { method: "POST", body })).code).toBe(201);
    expect((await ask(`${RED}/endpoints/a`, { method: "DELETE" })).code).toBe(200);
  });

  test("uses an address that another tenant uses too", async () => {
    const body = at("Endpoint", "a", "red", {
      ...{ subnet: "web", host: "zz-h1" },
      addresses: ["10.1.0.11"],
    });
    expect((await ask(`${RED}/endpoints`, { method: "POST", body })).code).toBe(201);
    expect((await ask(`${RED}/endpoints/a`, { method: "DELETE" })).code).toBe(200);
  });
});

test("faults of the server are told to operators, not to tenants", async () => {
  await using broken = await GuardedServer.start();
  const token = await broken.token("alice", ["selvedge:tenant:red:admin"]);
  await broken.store[Symbol.asyncDispose]();
  const { code, text } = await broken.call({ token }, `${RED}/vrfs`);
  expect(code).toBe(503);
  expect(text).toContain("an operator finds why under the request");
  expect((await broken.call({}, "/readyz")).code).toBe(503);
});
