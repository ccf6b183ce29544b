import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentOperations, type ApiServer, RefusedError, serveApi } from "@selvedge/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../run.ts";

let directory: string;
let socket: string[];
let server: ApiServer;
const asked: unknown[] = [];

const endpoint = {
  name: "red/web-1",
  vrf: "red/main",
  subnet: "red/web",
  addresses: ["10.1.0.11"],
  mac: "02:00:00:00:00:11",
  state: "Attached" as const,
  hostInterface: "c0123456789",
};

const operations: AgentOperations = {
  status: () => ({
    host: "h1",
    version: "0.1.0",
    pid: 4711,
    ready: false,
    parts: [{ part: "bgp", ready: false, message: "0 of 1 sessions established" }],
  }),
  bgpSummary: () => {
    throw new RefusedError("NotReady", "BGP does not run: host h1 is not declared");
  },
  evpnRoutes: (query) => {
    asked.push(query);
    return {
      bgpTableVersion: 0,
      bgpLocalRouterId: "10.0.1.1",
      localAS: 65000,
      routeDistinguishers: [],
      numPrefix: 0,
      numPaths: 0,
    };
  },
  vrfs: () => ({ vrfs: [] }),
  endpoints: () => ({ endpoints: [endpoint] }),
  attach: async (request) => {
    asked.push(request);
    if (request.endpoint === "red/web-9") {
      throw new RefusedError("NotFound", "no endpoint red/web-9 is declared for host h1");
    }
    return { endpoint, elapsedMilliseconds: 4.21 };
  },
  detach: async (name) => void asked.push(name),
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-show-"));
  const socketPath = join(directory, "api.sock");
  socket = ["--socket", socketPath];
  asked.length = 0;
  server = await serveApi({ socketPath, operations, onInternalError() {} });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

describe("selvedge show", () => {
  test("prints a table, JSON or YAML of the same document", async () => {
    expect((await run(["show", "endpoints", ...socket])).stdout).toContain("red/web-1  red/main");
    const json = await run(["show", "endpoints", "-o", "json", ...socket]);
    expect(JSON.parse(json.stdout)).toEqual({ endpoints: [endpoint] });
    const yaml = await run(["show", "endpoints", "-o", "yaml", ...socket]);
    expect(yaml.stdout).toContain("- name: red/web-1\n");
  });

  test("passes the filters of evpn routes on, and refuses a type that is none", async () => {
    await run(["show", "evpn", "routes", "--rd", "10.0.1.1:2", "--type", "5", ...socket]);
    expect(asked).toEqual([{ rd: "10.0.1.1:2", routeType: 5 }]);
    const wrong = await run(["show", "evpn", "routes", "--type", "prefix", ...socket]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("numbers such as 2, 3 or 5");
  });

  test("says with exit code 3 that the agent is not ready, or does not answer", async () => {
    expect(await run(["show", "bgp", "summary", ...socket])).toEqual({
      exitCode: 3,
      stdout: "",
      stderr: "selvedge: BGP does not run: host h1 is not declared\n",
    });
    const nobody = await run(["show", "vrf", "--socket", join(directory, "none.sock")]);
    expect(nobody.exitCode).toBe(3);
    expect(nobody.stderr).toContain("no agent answers on");
  });

  test("prints the health of each part", async () => {
    expect((await run(["show", "status", ...socket])).stdout).toBe(`\
Agent of host h1, version 0.1.0, process 4711: not ready

Part  Ready  Message
bgp   no     0 of 1 sessions established
`);
  });
});

describe("selvedge attach and detach", () => {
  test("say what was attached, to what, and how long it took", async () => {
    const { stdout } = await run(["attach", "red/web-1", "--netns", "w1", ...socket]);
    expect(asked).toEqual([{ endpoint: "red/web-1", namespace: "w1", interface: "eth0" }]);
    expect(stdout).toBe(
      "red/web-1 attached to w1:eth0 in VRF red/main: 10.1.0.11 through c0123456789 (4.2 ms)\n",
    );
    expect((await run(["detach", "red/web-1", ...socket])).stdout).toBe("red/web-1 detached\n");
  });

  test("refuse with the agent's words and exit code 2 what is not there", async () => {
    expect(await run(["attach", "red/web-9", "--netns", "w1", ...socket])).toMatchObject({
      exitCode: 2,
      stderr: "selvedge: no endpoint red/web-9 is declared for host h1\n",
    });
    expect((await run(["attach", "red/web-1", ...socket])).exitCode).toBe(2);
    expect((await run(["attach", "web-1", "--netns", "w1", ...socket])).stderr).toContain(
      "TENANT/NAME",
    );
  });
});

describe("the command line", () => {
  test("shows its help and ends well, and refuses what it does not know", async () => {
    const help = await run(["--help"]);
    expect(help.exitCode).toBe(0);
    expect(help.stdout).toContain("Exit codes: 0 done");
    const unknown = await run(["shwo"]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain("Did you mean show?");
  });
});
