import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type AgentOperations,
  ApiClient,
  type ApiServer,
  isSocketAlive,
  RefusedError,
  serveApi,
} from "../src/index.ts";
import { FakeAgent } from "./fake-agent.ts";

let directory: string;
let socketPath: string;
const internalErrors: string[] = [];

const serve = (operations: AgentOperations): Promise<ApiServer> =>
  serveApi({
    socketPath,
    operations,
    onInternalError: (error) => internalErrors.push(String(error)),
  });

/** Sends what the client would never send. */
const send = (
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const call = request({ socketPath, path, method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += String(chunk);
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on("error", reject);
    call.end(body);
  });

const post = (path: string, body: string) => send("POST", path, body);
const get = (path: string) => send("GET", path);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "selvedge-api-"));
  socketPath = join(directory, "api.sock");
  internalErrors.length = 0;
});

afterEach(() => rm(directory, { recursive: true }));

describe("the socket", () => {
  test("is open to its owner only", async () => {
    await using _server = await serve(new FakeAgent());
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
  });

  test("is not taken from an agent that answers", async () => {
    await using _server = await serve(new FakeAgent());
    await expect(serve(new FakeAgent())).rejects.toThrow(/another process answers on/);
  });

  test("is taken over when a dead process left its file", async () => {
    await writeFile(socketPath, "");
    expect(await isSocketAlive(socketPath)).toBe(false);
    await using _server = await serve(new FakeAgent());
    expect(await isSocketAlive(socketPath)).toBe(true);
  });

  test("is gone once the server is disposed of", async () => {
    const server = await serve(new FakeAgent());
    await server[Symbol.asyncDispose]();
    expect(await isSocketAlive(socketPath)).toBe(false);
  });
});

describe("a request", () => {
  test("whose body is no JSON is a bad request, and the next one is answered", async () => {
    await using _server = await serve(new FakeAgent());
    const answer = await post("/attachments", "{ half");
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ kind: "Status", reason: "BadRequest" });
    expect((await new ApiClient({ socketPath }).status()).ready).toBe(true);
  });

  test("with an unknown field is refused with its name", async () => {
    await using _server = await serve(new FakeAgent());
    const body = { endpoint: "red/web-1", namespace: "w1", interfce: "eth1" };
    const answer = await post("/attachments", JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("interfce");
  });

  test.each([
    ["an interface name that the kernel fills in", { interface: "eth%d" }, "interface"],
    ["an interface name of 16 characters", { interface: "eth0123456789012" }, "interface"],
    ["an endpoint without its tenant", { endpoint: "web-1" }, "TENANT/NAME"],
    ["an empty namespace", { namespace: "" }, "namespace"],
  ])("with %s is refused with the reason", async (_what, fields, reason) => {
    await using _server = await serve(new FakeAgent());
    const body = { endpoint: "red/web-1", namespace: "w1", ...fields };
    const answer = await post("/attachments", JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(reason);
  });

  test.each([
    ["no neighbour", { mode: "hard" }, "neighbor"],
    ["an address that is none", { mode: "hard", neighbor: "10.0.0.256" }, "10.0.0.256"],
    ["a mode that is none", { mode: "medium", neighbor: "all" }, "mode"],
    ["a text that would not be sent", { mode: "soft", neighbor: "all", message: "x" }, "message"],
  ])("to clear with %s is refused with the reason", async (_what, body, reason) => {
    const agent = new FakeAgent();
    await using _server = await serve(agent);
    const answer = await post("/bgp/clear", JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(reason);
    expect(agent.cleared).toEqual([]);
  });

  test.each([
    ["/evpn/routes?limit=100000", "limit"],
    ["/evpn/routes?limit=0", "limit"],
    ["/evpn/routes?from=x", "from"],
    ["/evpn/routes?routeType=0", "routeType"],
    ["/evpn/routes?rd=10.0.1.1", "rd: "],
    ["/evpn/routes?mac=02:00", "mac: "],
    ["/evpn/routes?colour=red", "colour"],
    ["/bgp/neighbors/10.0.0.256", "address: "],
    ["/bgp/neighbors/10.0.0.256/received-routes", "address: "],
    ["/bgp/neighbors/10.0.0.2/advertised-routes?vni=x", "vni: "],
  ])("for %s is refused with the parameter that is wrong", async (path, named) => {
    await using _server = await serve(new FakeAgent());
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).message).toContain(named);
  });

  test("for routes gets a page of 250 when it does not say how many", async () => {
    const agent = new FakeAgent();
    await using _server = await serve(agent);
    await get("/evpn/routes");
    expect(agent.queries).toEqual([{ limit: 250 }]);
  });

  test("for a path that is not served names the path", async () => {
    await using _server = await serve(new FakeAgent());
    const answer = await post("/nothing", "{}");
    expect(answer.status).toBe(404);
    expect(answer.text).toContain("POST /nothing");
  });

  test("that fails inside is reported to the agent and answered with status 500", async () => {
    const agent = new FakeAgent();
    agent.vrfs = () => {
      throw new Error("a broken invariant");
    };
    await using _server = await serve(agent);
    await expect(new ApiClient({ socketPath }).vrfs()).rejects.toMatchObject({
      reason: "InternalError",
    });
    expect(internalErrors).toEqual(["Error: a broken invariant"]);
  });

  test("that the agent refuses carries its reason and message, and is no internal error", async () => {
    const agent = new FakeAgent();
    agent.attach = () =>
      Promise.reject(new RefusedError("NotFound", "no endpoint red/web-9 is declared"));
    await using _server = await serve(agent);
    const attachment = { endpoint: "red/web-9", namespace: "w1", interface: "eth0" };
    await expect(new ApiClient({ socketPath }).attach(attachment)).rejects.toMatchObject({
      reason: "NotFound",
      message: "no endpoint red/web-9 is declared",
    });
    expect(internalErrors).toEqual([]);
  });
});
