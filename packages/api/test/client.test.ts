import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiClient, serveApi } from "../src/index.ts";
import { FakeAgent, page } from "./fake-agent.ts";

let directory: string;
let socketPath: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "selvedge-api-"));
  socketPath = join(directory, "api.sock");
});

afterEach(() => rm(directory, { recursive: true }));

/** A server that answers whatever it likes. */
async function serveRaw(answer: RequestListener): Promise<AsyncDisposable> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

describe("the client of a serving agent", () => {
  test("gets every document", async () => {
    const agent = new FakeAgent();
    await using _server = await serveApi({ socketPath, operations: agent, onInternalError() {} });
    const client = new ApiClient({ socketPath });
    expect(await client.status()).toEqual(agent.status());
    expect(await client.bgpSummary()).toEqual(agent.bgpSummary());
    expect(await client.bgpMemberships()).toEqual(agent.bgpMemberships());
    expect(await client.vrfs()).toEqual(agent.vrfs());
    expect(await client.vteps()).toEqual(agent.vteps());
    expect(await client.macs()).toEqual(agent.macs());
    expect(await client.endpoints()).toEqual(agent.endpoints());
  });

  test("passes the filter of the routes on, every field of it", async () => {
    const agent = new FakeAgent();
    await using _server = await serveApi({ socketPath, operations: agent, onInternalError() {} });
    const client = new ApiClient({ socketPath });
    const query = {
      rd: parseRouteDistinguisher("10.0.1.1:2"),
      routeType: 2,
      vni: parseVni(5001),
      mac: parseMacAddress("02:00:00:00:00:01"),
      ip: parseIpAddress("2001:db8::1"),
      prefix: parseIpPrefix("10.1.0.0/24"),
      routeTarget: parseRouteTarget("65000:5001"),
    };
    await client.evpnRoutes(query);
    await client.evpnRoutes({ rd: undefined });
    expect(agent.queries).toEqual([
      { ...query, from: 1, limit: 250 },
      { from: 1, limit: 250 },
    ]);
  });

  test("asks for page after page and joins them by route distinguisher, sorted", async () => {
    const agent = new FakeAgent();
    agent.pages = [
      page(["10.0.1.1:10 [5]:[0]:[24]:[10.10.0.0]", "unknown [9]:[00]"], 2),
      page([], 3),
      page(["10.0.1.1:2 [5]:[0]:[24]:[10.1.0.0]", "10.0.1.1:10 [5]:[0]:[24]:[10.2.0.0]"]),
    ];
    await using _server = await serveApi({ socketPath, operations: agent, onInternalError() {} });
    const document = await new ApiClient({ socketPath }).evpnRoutes();
    expect(document).toMatchObject({ bgpTableVersion: 7, numPrefix: 4, numPaths: 4 });
    expect(
      document.routeDistinguishers.map(({ rd, routes }) => [rd, routes.map((r) => r.prefix)]),
    ).toEqual([
      ["10.0.1.1:2", ["[5]:[0]:[24]:[10.1.0.0]"]],
      ["10.0.1.1:10", ["[5]:[0]:[24]:[10.2.0.0]", "[5]:[0]:[24]:[10.10.0.0]"]],
      ["unknown", ["[9]:[00]"]],
    ]);
  });

  test("asks for one neighbour, all of them, and the routes of one", async () => {
    const agent = new FakeAgent();
    agent.pages = [page(["10.0.1.1:2 [5]:[0]:[24]:[10.1.0.0]"])];
    await using _server = await serveApi({ socketPath, operations: agent, onInternalError() {} });
    const client = new ApiClient({ socketPath });
    const address = parseIpAddress("2001:db8::1");
    await client.bgpNeighbors();
    await client.bgpNeighbors(address);
    expect((await client.neighborRoutes(address, "received")).numPrefix).toBe(1);
    await client.neighborRoutes(address, "advertised", { routeType: 5 });
    expect(agent.asked).toEqual([
      "all",
      "2001:db8::1",
      "received 2001:db8::1",
      "advertised 2001:db8::1",
    ]);
    expect(agent.queries.at(-1)).toEqual({ routeType: 5, from: 1, limit: 250 });
  });

  test("clears one neighbour and all of them", async () => {
    const agent = new FakeAgent();
    await using _server = await serveApi({ socketPath, operations: agent, onInternalError() {} });
    const client = new ApiClient({ socketPath });
    const address = parseIpAddress("2001:db8::1");
    const hard = { mode: "hard", neighbor: address, message: "new kernel" } as const;
    expect(await client.clearBgp(hard)).toEqual({ neighbors: [{ kind: "cleared", address }] });
    await client.clearBgp({ mode: "soft-in", neighbor: "all" });
    expect(agent.cleared).toEqual([hard, { mode: "soft-in", neighbor: "all" }]);
  });

  test("attaches and detaches an endpoint", async () => {
    const agent = new FakeAgent();
    await using _server = await serveApi({ socketPath, operations: agent, onInternalError() {} });
    const client = new ApiClient({ socketPath });
    const request = { endpoint: "red/web-1", namespace: "w1", interface: "eth0" };
    expect((await client.attach(request)).endpoint.state).toBe("Attached");
    await client.detach("red/web-1");
    await client.attachAhead(request);
    expect(agent.attached).toEqual([request]);
    expect(agent.attachedAhead).toEqual([request]);
    expect(agent.detached).toEqual(["red/web-1"]);
  });
});

describe("the client of an agent that does not serve", () => {
  test("says how to start one when the socket is missing", async () => {
    await expect(new ApiClient({ socketPath }).status()).rejects.toMatchObject({
      code: "no-agent",
      message: expect.stringContaining("selvedge agent --config FILE"),
    });
  });

  test("gives up on one that never answers", async () => {
    await using _server = await serveRaw(() => {});
    await expect(new ApiClient({ socketPath, timeout: 50 }).status()).rejects.toMatchObject({
      code: "timeout",
    });
  });

  test.each([
    ["is no JSON", 200, "<html>"],
    ["is another document", 200, '{"vrfs":[{}]}'],
    ["is a failure of another kind", 500, '{"oops":true}'],
  ])("does not trust an answer that %s", async (_what, status, body) => {
    await using _server = await serveRaw((_request, response) => {
      response.writeHead(status);
      response.end(body);
    });
    await expect(new ApiClient({ socketPath }).vrfs()).rejects.toMatchObject({
      code: "bad-answer",
    });
  });
});
