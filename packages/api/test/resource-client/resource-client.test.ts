import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseResource, type Resource } from "@selvedge/resources";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  injectTransport,
  ResourceClient,
  socketTransport,
  type Transport,
  TransportError,
  urlTransport,
} from "../../src/index.ts";
import { type ApiUnderTest, HOST, resource, startApi } from "../resource-api/api-under-test.ts";

let api: ApiUnderTest;
let directory: string;

beforeEach(async () => {
  api = await startApi();
  directory = mkdtempSync(join(tmpdir(), "selvedge-client-"));
});

afterEach(async () => {
  await api[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
  expect(api.internalErrors).toEqual([]);
});

function parsed(value: object): Resource {
  const outcome = parseResource(value);
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.faults));
  return outcome.resource;
}

const red = parsed(resource("Tenant", "red"));
const main = parsed(resource("Vrf", "main", "red"));

async function declareNetwork(client: ResourceClient): Promise<void> {
  await client.create(red);
  await client.create(parsed(HOST));
  await client.create(main);
}

const TRANSPORTS: Readonly<Record<string, () => Promise<Transport>>> = {
  "in the same process": async () => injectTransport(api.server),
  "over a unix socket": async () => {
    const path = join(directory, "api.sock");
    await api.server.listen({ path });
    return socketTransport(path);
  },
  "over TCP": async () => urlTransport(await api.server.listen({ host: "127.0.0.1", port: 0 })),
};

describe.each(Object.entries(TRANSPORTS))("a client %s", (_, connect) => {
  let client: ResourceClient;

  beforeEach(async () => {
    client = new ResourceClient({ transport: await connect() });
  });

  test("creates, gets, replaces, patches and deletes", async () => {
    await declareNetwork(client);
    const created = await client.get("Vrf", { namespace: "red", name: "main" });
    expect(created).toMatchObject({ spec: { l3vni: 5000 }, metadata: { generation: 1 } });
    const labelled = await client.patch("Tenant", { name: "red" }, "merge", {
      metadata: { labels: { a: "b" } },
    });
    expect(labelled.metadata.labels).toEqual({ a: "b" });
    const replaced = await client.replace({ ...labelled, metadata: { name: "red" } });
    expect(replaced.metadata.labels).toBeUndefined();
    expect(await client.delete("Vrf", { namespace: "red", name: "main" })).toBeUndefined();
    await expect(client.get("Vrf", { namespace: "red", name: "main" })).rejects.toMatchObject({
      name: "ResourceRefusedError",
      reason: "NotFound",
      code: 404,
    });
  });

  test("applies many at once, or none", async () => {
    const applied = await client.apply([main, red], { dryRun: true });
    expect(applied).toMatchObject([
      { result: "created", resource: { kind: "Vrf", spec: { l3vni: 5000 } } },
      { result: "created", resource: { kind: "Tenant" } },
    ]);
    await expect(client.apply([main])).rejects.toMatchObject({
      reason: "Invalid",
      causes: [{ field: "items[0].metadata.namespace" }],
    });
    expect((await client.list("Vrf")).items).toEqual([]);
    await client.apply([main, red]);
    expect((await client.apply([red]))[0]?.result).toBe("unchanged");
  });

  test("lists pages, all pages, and Tables", async () => {
    for (const name of ["a", "b", "c"]) await client.create(parsed(resource("Tenant", name)));
    const page = await client.list("Tenant", { limit: 2 });
    expect(page.items.map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    const rest = await client.list("Tenant", { limit: 2, continue: page.metadata.continue });
    expect(rest.items.map(({ metadata }) => metadata.name)).toEqual(["c"]);
    const names: string[] = [];
    for await (const { metadata } of client.listAll("Tenant")) names.push(metadata.name);
    expect(names).toEqual(["a", "b", "c"]);
    const table = await client.listTable("Tenant", { fieldSelector: "metadata.name!=b" });
    expect(table.rows.map(({ cells }) => cells[0])).toEqual(["a", "c"]);
    const row = await client.getTable("Tenant", { name: "b" });
    expect(row.rows[0]?.object?.metadata.name).toBe("b");
  });

  test("is told what changes, until it has heard enough", async () => {
    await client.create(red);
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = client.watch("Tenant", { signal: stop.signal });
    await expect(async () => {
      for await (const { type, object } of watching) {
        seen.push(`${type} ${object.metadata.name}`);
        if (seen.length === 1) await client.create(parsed(resource("Tenant", "blue")));
        if (seen.length === 2) await client.delete("Tenant", { name: "red" });
        if (seen.length === 3) stop.abort(new Error("enough"));
      }
    }).rejects.toThrow("enough");
    expect(seen).toEqual(["ADDED red", "ADDED blue", "DELETED red"]);
  });

  test("is told of changes as rows of Tables", async () => {
    await client.create(red);
    const stop = new AbortController();
    for await (const { type, object } of client.watchTable("Tenant", { signal: stop.signal })) {
      expect([type, object.rows[0]?.cells[0]]).toEqual(["ADDED", "red"]);
      break;
    }
  });

  test("is refused with the fields that are wrong", async () => {
    const vrf = { ...main, metadata: { name: "main", namespace: "blue" } };
    await expect(client.create(vrf)).rejects.toMatchObject({
      reason: "Invalid",
      causes: [{ field: "metadata.namespace" }],
    });
  });

  test("says what would be in a dry run, and binds a deletion to a uid", async () => {
    expect(await client.create(red, { dryRun: true })).toMatchObject({ metadata: { name: "red" } });
    expect((await client.list("Tenant")).items).toEqual([]);
    await client.create(red);
    const at = { name: "red" };
    await expect(
      client.delete("Tenant", at, { preconditions: { uid: "other" } }),
    ).rejects.toMatchObject({ reason: "Conflict" });
    await client.delete("Tenant", at, { dryRun: true });
    expect((await client.list("Tenant")).items).toHaveLength(1);
  });

  test("deletes a collection", async () => {
    await client.create(red);
    const deleted = await client.deleteCollection("Tenant");
    expect(deleted.items.map(({ metadata }) => metadata.name)).toEqual(["red"]);
    expect((await client.list("Tenant")).items).toEqual([]);
  });
});

describe("a client without a server that it can talk to", () => {
  async function answering(answer: RequestListener): Promise<[string, AsyncDisposable]> {
    const path = join(directory, "raw.sock");
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const close = () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      });
    return [path, { [Symbol.asyncDispose]: close }];
  }

  test("says that nobody answers, and where", async () => {
    const path = join(directory, "none.sock");
    const client = new ResourceClient({ transport: socketTransport(path) });
    await expect(client.list("Tenant")).rejects.toMatchObject({
      name: "TransportError",
      code: "no-server",
      location: path,
    });
  });

  test.each([
    ["no JSON", "<html>", 200],
    ["another document", '{"kind":"List"}', 200],
    ["a failure that is no Status", '{"error":"x"}', 502],
  ])("says that %s is a bad answer", async (_, text, code) => {
    const [path, server] = await answering((_request, response) => {
      response.writeHead(code).end(text);
    });
    await using _server = server;
    const client = new ResourceClient({ transport: socketTransport(path) });
    await expect(client.list("Tenant")).rejects.toMatchObject({ code: "bad-answer" });
  });

  test("says that the answer was cut", async () => {
    const [path, server] = await answering((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      response.socket?.end();
    });
    await using _server = server;
    const client = new ResourceClient({ transport: socketTransport(path) });
    await expect(client.list("Tenant")).rejects.toMatchObject({ code: "interrupted" });
  });

  test("does not ask without a pause a server that ends each watch at once", async () => {
    let asked = 0;
    const bookmark = JSON.stringify({
      type: "BOOKMARK",
      object: { metadata: { resourceVersion: "7" } },
    });
    const transport: Transport = {
      request: async () => {
        asked += 1;
        // A client that does not wait would never let this test go on.
        if (asked > 10) await new Promise(() => undefined);
        const body = (async function* () {
          yield Buffer.from(`${bookmark}\n`);
        })();
        return { status: 200, headers: {}, body };
      },
    };
    const stop = new AbortController();
    const client = new ResourceClient({ transport });
    const watch = client.watch("Tenant", { signal: stop.signal })[Symbol.asyncIterator]();
    const ended = watch.next();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(1);
    stop.abort();
    expect((await ended).done).toBe(true);
  });

  test("takes up a watch that the server ends, where it was", async () => {
    const asked: string[] = [];
    const event = (name: string, resourceVersion: string) =>
      `${JSON.stringify({ type: "ADDED", object: { ...red, metadata: { name, resourceVersion } } })}\n`;
    const [path, server] = await answering(({ url = "" }, response) => {
      asked.push(new URL(url, "http://x").searchParams.get("resourceVersion") ?? "none");
      // In two pieces that part a line.
      const text = event(`t${asked.length}`, `${asked.length}7`);
      response.write(text.slice(0, 20));
      response.end(text.slice(20));
    });
    await using _server = server;
    const client = new ResourceClient({ transport: socketTransport(path) });
    const names: string[] = [];
    const versions: string[] = [];
    const { signal } = new AbortController();
    const onVersion = (version: string) => versions.push(version);
    for await (const { object } of client.watch("Tenant", { signal, onVersion })) {
      names.push(object.metadata.name);
      if (names.length === 3) break;
    }
    expect(names).toEqual(["t1", "t2", "t3"]);
    expect(asked).toEqual(["none", "17", "27"]);
    // Of the event at which the reader has left, nobody knows whether it was dealt with.
    expect(versions).toEqual(["17", "27"]);
  });

  test("says that a watch has expired", async () => {
    const status = { kind: "Status", status: "Failure", reason: "Expired", code: 410 };
    const [path, server] = await answering((_request, response) => {
      response.end(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
    });
    await using _server = server;
    const client = new ResourceClient({ transport: socketTransport(path) });
    const { signal } = new AbortController();
    const events = client.watch("Tenant", { signal, resourceVersion: "1" });
    await expect(events.next()).rejects.toMatchObject({ reason: "Expired", code: 410 });
  });

  test("passes headers and warnings on", async () => {
    const [path, server] = await answering(({ headers }, response) => {
      const warning = `299 - "you are ${headers["x-who"]}", 299 - "a \\"quoted\\" word"`;
      response.writeHead(200, { warning }).end(JSON.stringify({ items: [] }));
    });
    await using _server = server;
    const warnings: string[] = [];
    const client = new ResourceClient({
      transport: socketTransport(path),
      headers: { "x-who": "red" },
      onWarning: (text) => warnings.push(text),
    });
    await client.list("Tenant");
    expect(warnings).toEqual(["you are red", 'a "quoted" word']);
  });

  test("refuses what is no URL of http or https", () => {
    expect(() => urlTransport("ftp://localhost")).toThrow(TypeError);
  });

  test("tells a TLS failure from one of the network", async () => {
    const [path, server] = await answering((_request, response) => response.end());
    await using _server = server;
    await api.server.listen({ host: "127.0.0.1", port: 0 });
    const address = api.server.server.address();
    if (address === null || typeof address === "string") throw new Error(path);
    const client = new ResourceClient({
      transport: urlTransport(`https://127.0.0.1:${address.port}`),
    });
    const error = await client.list("Tenant").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ code: "tls" });
  });
});
