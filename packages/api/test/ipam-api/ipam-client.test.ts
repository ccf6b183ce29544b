import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@selvedge/datastore";
import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  IpamClient,
  LocalApi,
  ResourceClient,
  ResourceRefusedError,
  type Transport,
} from "../../src/index.ts";
import { giveToRouter, leak, NETWORK } from "./declared-network.ts";

let directory: string;
let path: string;
let api: LocalApi;
let client: IpamClient;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-ipam-client-"));
  path = join(directory, "store.db");
  api = await LocalApi.open({ kind: "sqlite", path });
  await new ResourceClient({ transport: api.transport }).apply(NETWORK);
  client = new IpamClient({ transport: api.transport });
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

test("reads what is used, by pool, by block and by address", async () => {
  expect((await client.pools()).pools).toMatchObject([{ subnet: "web", given: 1 }]);
  const { blocks } = await client.blocks({ tenant: "red", subnet: "web" });
  expect(blocks).toMatchObject([{ block: "10.1.0.0/26", host: null }]);
  const { addresses } = await client.holdersOf(parseIpAddress("10.1.0.11"), { tenant: "red" });
  expect(addresses).toMatchObject([{ owner: "endpoints/red/web-1" }]);
});

test("finds, repairs and releases", async () => {
  await using store = openSqliteStore(path);
  await giveToRouter(store, "10.1.0.2");
  await leak(store);
  expect((await client.check()).findings).toMatchObject([{ kind: "leaked" }]);
  expect((await client.repair({ tenant: "blue" })).findings).toEqual([]);
  expect((await client.repair({ tenant: "red" })).findings).toMatchObject([
    { kind: "leaked", outcome: "repaired" },
  ]);
  const router = { tenant: "red", subnet: "web" };
  expect(await client.release(router, parseIpAddress("10.1.0.2"))).toMatchObject({
    owner: "router-1",
  });
  expect((await client.check()).findings).toEqual([]);
});

test("throws a refusal with its reason", async () => {
  const refused = client.release({ tenant: "red", subnet: "a/b ?" }, parseIpAddress("2001:db8::1"));
  await expect(refused).rejects.toThrow(ResourceRefusedError);
  await expect(refused).rejects.toMatchObject({
    ...{ reason: "NotFound", message: "nobody has 2001:db8::1 of red/a/b ?" },
  });
});

test("takes no answer that is not the document", async () => {
  const body = (async function* () {
    yield new TextEncoder().encode('{"pools":[{"tenant":"red"}]}');
  })();
  const transport: Transport = { request: async () => ({ status: 200, headers: {}, body }) };
  await expect(new IpamClient({ transport }).pools()).rejects.toMatchObject({
    ...{ name: "TransportError", code: "bad-answer" },
  });
});

test("no text of a query, a path or a body is more than refused", async () => {
  const text = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom("red", "web", "10.1.0.11"));
  const word = fc.constantFrom("tenant", "subnet", "address", "other");
  const query = fc
    .array(fc.tuple(word, text), { maxLength: 4 })
    .map((pairs) => new URLSearchParams(pairs));
  const place = fc.tuple(text, text, text).map((parts) => parts.map(encodeURIComponent).join("/"));
  const read = fc
    .tuple(fc.constantFrom("pools", "blocks", "addresses", "findings"), query)
    .map(([name, parameters]) => ["GET", `/ipam/${name}?${parameters}`, undefined] as const);
  const removal = place.map((where) => ["DELETE", `/ipam/addresses/${where}`, undefined] as const);
  const repair = fc
    .oneof(fc.json(), fc.string())
    .map((body) => ["POST", "/ipam/repairs", body] as const);
  await fc.assert(
    fc.asyncProperty(fc.oneof(read, removal, repair), async ([method, to, body]) => {
      const headers: Record<string, string> =
        body === undefined ? {} : { "content-type": "application/json" };
      const content = body === undefined ? {} : { body };
      const response = await api.transport.request({ method, path: to, headers, ...content });
      expect(response.status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
  expect((await client.check()).findings).toEqual([]);
});
