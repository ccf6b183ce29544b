/** IPAM's part of the API, asked of a running server with an audit log. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GuardedServer } from "../access/guarded-server.ts";
import { giveToRouter, leak, NETWORK } from "./declared-network.ts";

const ROOT_USER = { isLocal: true } as const;

let server: GuardedServer;

beforeEach(async () => {
  server = await GuardedServer.start();
  await server.declare(...NETWORK);
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const get = (path: string) => server.call(ROOT_USER, path);

/** The last entry of the audit log about IPAM. */
async function audited() {
  return vi.waitFor(() => {
    const entry = server.audit().findLast(({ resource }) => String(resource).startsWith("ipam/"));
    if (entry === undefined) throw new Error("nothing is in the log");
    return entry;
  });
}

test("tells how much of a subnet is used, and block by block", async () => {
  const pools = await get("/ipam/pools?tenant=red");
  expect([pools.code, pools.body]).toEqual([
    200,
    {
      pools: [
        {
          ...{ tenant: "red", subnet: "web", family: "ipv4", cidrs: ["10.1.0.0/26"], size: "64" },
          ...{ given: 1, reserved: "3", cooling: 0, free: "60", blocks: 1, borrowed: 0 },
        },
      ],
    },
  ]);
  const blocks = await get("/ipam/blocks?tenant=red&subnet=web");
  expect(blocks.body).toMatchObject({ blocks: [{ block: "10.1.0.0/26", given: 1, free: 60 }] });
  expect(await get("/ipam/pools?tenant=blue")).toMatchObject({
    ...{ code: 404, body: { reason: "NotFound", message: "no such subnet is declared" } },
  });
});

test("tells who has an address", async () => {
  const { body } = await get("/ipam/addresses?address=10.1.0.11");
  expect(body).toMatchObject({
    addresses: [{ owner: "endpoints/red/web-1", host: "h1", subnet: "web", mac: null }],
  });
  expect(await get("/ipam/addresses?address=10.1.0.12")).toMatchObject({
    ...{ code: 404, body: { message: "nobody has 10.1.0.12" } },
  });
});

test("finds what is wrong without changing it, repairs it on request, and says so in the log", async () => {
  await leak(server.store);
  const wrong = { kind: "leaked", pool: { tenant: "red", subnet: "web" }, address: "10.1.0.5" };
  const found = await get("/ipam/findings");
  expect(found.body).toMatchObject({ findings: [wrong], silentHosts: ["h1"] });
  expect((await get("/ipam/findings")).body).toEqual(found.body);
  const repaired = await server.call(ROOT_USER, "/ipam/repairs", { method: "POST", body: {} });
  expect(repaired.body).toMatchObject({ findings: [{ ...wrong, outcome: "repaired" }] });
  expect(await audited()).toMatchObject({
    ...{
      user: "root (unix socket)",
      verb: "create",
      resource: "ipam/repairs",
      outcome: "made",
      code: 200,
    },
    changes: [{ key: "ipam/red/web/10.1.0.5", old: { owner: "endpoints/red/gone" } }],
  });
  expect((await get("/ipam/findings")).body).toMatchObject({ findings: [] });
});

test("a repair of nothing is no change", async () => {
  await server.call(ROOT_USER, "/ipam/repairs", { method: "POST" });
  expect(await audited()).toMatchObject({ resource: "ipam/repairs", outcome: "unchanged" });
});

test("takes an address back, once, and says in the log who had it", async () => {
  await giveToRouter(server.store, "10.1.0.2");
  const release = () =>
    server.call(ROOT_USER, "/ipam/addresses/red/web/10.1.0.2", { method: "DELETE" });
  expect(await release()).toMatchObject({ code: 200, body: { owner: "router-1", host: "h1" } });
  expect(await audited()).toMatchObject({
    ...{ verb: "delete", resource: "ipam/addresses", outcome: "made" },
    changes: [{ key: "ipam/red/web/10.1.0.2", old: { owner: "router-1" } }],
  });
  expect(await release()).toMatchObject({ code: 404 });
});

test("leaves an endpoint its address", async () => {
  const path = "/ipam/addresses/red/web/10.1.0.11";
  const refused = await server.call(ROOT_USER, path, { method: "DELETE" });
  expect(refused).toMatchObject({ code: 409, body: { reason: "Conflict" } });
  expect(await audited()).toMatchObject({ outcome: "refused", code: 409 });
  expect((await get("/ipam/addresses?address=10.1.0.11")).code).toBe(200);
});

test.each([
  ["GET", "/ipam/pools?tennant=red", 400],
  ["GET", "/ipam/pools?tenant=red&tenant=blue", 400],
  ["GET", "/ipam/addresses", 400],
  ["GET", "/ipam/addresses?address=10.1.0.300", 400],
  ["DELETE", "/ipam/addresses/red/web/ten", 400],
  ["POST", "/ipam/repairs", 400, { everything: true }],
  ["POST", "/ipam/repairs", 400, "{"],
  ["POST", "/ipam/repairs", 413, { tenant: "x".repeat(20_000) }],
  ["PUT", "/ipam/pools", 404, {}],
])("%s %s is refused with %i and the reason", async (method, path, code, body = undefined) => {
  const answer = await server.call(ROOT_USER, path, { method, body });
  expect(answer).toMatchObject({
    code,
    body: { kind: "Status", status: "Failure", code, message: expect.stringMatching(/\w/) },
  });
  expect(server.internalErrors).toEqual([]);
});

test("changes nothing while a required audit log cannot be written", async () => {
  await using guarded = await GuardedServer.start({ auditRequired: true, auditFile: "/dev/full" });
  await leak(guarded.store);
  const refused = await guarded.call(ROOT_USER, "/ipam/repairs", { method: "POST" });
  expect(refused).toMatchObject({ code: 503, body: { reason: "ServiceUnavailable" } });
  const { body } = await guarded.call(ROOT_USER, "/ipam/findings");
  expect(body).toMatchObject({ findings: [{ kind: "leaked" }] });
});
