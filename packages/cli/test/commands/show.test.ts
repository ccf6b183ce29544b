import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AgentOperations,
  type ApiServer,
  type EvpnRoutePage,
  RefusedError,
  serveApi,
} from "@selvedge/api";
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

const vrf = {
  name: "red/main",
  namespace: "vrf.red.main",
  vni: 5001,
  vxlanInterface: "vx5001",
  vtepIp: "10.0.1.1",
  routerMac: "02:00:0a:00:01:01",
  routerAddresses: ["100.64.0.1"],
  rd: "10.0.1.1:1",
  importRts: ["65000:5001"],
  exportRts: ["65000:5001"],
  state: "Up" as const,
  numEndpoints: 2,
  numRemoteVteps: 1,
  numRemoteRoutes: 4,
  numRepairs: 0,
};

let page: EvpnRoutePage;
const EMPTY = { bgpTableVersion: 0, bgpLocalRouterId: "10.0.1.1", localAS: 65000, routes: [] };
const FILLED: EvpnRoutePage = {
  ...EMPTY,
  routes: [
    {
      rd: "10.0.2.1:1",
      prefix: "[5]:[0]:[24]:[10.1.0.0]",
      routeType: 5,
      paths: [
        {
          valid: true,
          bestpath: true,
          multipath: false,
          stale: false,
          pathFrom: "internal",
          peerId: "10.0.9.1",
          nexthop: "10.0.2.1",
          path: "",
          origin: "IGP",
          extendedCommunity: "RT:65000:5001",
        },
      ],
    },
  ],
};

const operations: AgentOperations = {
  status: () => ({
    host: "h1",
    version: "0.1.0",
    pid: 4711,
    ready: false,
    parts: [{ part: "bgp", ready: false, message: "0 of 1 sessions established" }],
  }),
  vteps: () => ({
    local: { vtepIp: "10.0.1.11", underlayMtu: 1500 },
    vteps: [{ vtepIp: "10.0.2.12", host: "h2", vrfs: ["red/main"], path: "Silent" }],
  }),
  macs: () => ({
    macs: [
      {
        ...{ subnet: "red/lan", vrf: "red/main", l2vni: 6001, mac: "02:00:00:00:00:11" },
        ...{ type: "Remote", vtepIp: "10.0.2.12", host: "h2", addresses: [] },
      },
    ],
  }),
  bgpSummary: () => {
    throw new RefusedError("NotReady", "BGP does not run: host h1 is not declared");
  },
  bgpMemberships: () => ({
    memberships: [
      {
        routeTarget: "65000:5001",
        prefixLength: 96,
        originAs: 65000,
        wantedBy: [{ neighbor: "local", best: true, stale: false }],
      },
    ],
  }),
  bgpNeighbors: (address) => {
    asked.push(address);
    if (address !== undefined) throw new RefusedError("NotFound", `${address} is no neighbour`);
    return { neighbors: {} };
  },
  clearBgp: (request) => {
    asked.push(request);
    if (request.neighbor === "10.0.0.9") throw new RefusedError("NotFound", "no neighbour");
    if (request.neighbor === "10.0.0.8") throw new RefusedError("Conflict", "no session with it");
    if (request.neighbor !== "all") {
      return { neighbors: [{ kind: "cleared", address: request.neighbor }] };
    }
    return {
      neighbors: [
        { kind: "cleared", address: "10.0.9.1" },
        { kind: "refused", address: "10.0.9.2", reason: "neighbour 10.0.9.2 has no session" },
      ],
    };
  },
  evpnRoutes: (query) => {
    asked.push(query);
    return page;
  },
  neighborRoutes: (address, direction, query) => {
    asked.push({ address, direction, ...query });
    return page;
  },
  vrfs: () => ({ vrfs: [vrf] }),
  endpoints: () => ({ endpoints: [endpoint], ahead: [] }),
  attachAhead: async (request) => {
    asked.push({ ...request, ahead: true });
  },
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
  page = FILLED;
  server = await serveApi({ socketPath, operations, onInternalError() {} });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

describe("selvedge show", () => {
  test("prints a table, JSON or YAML of the same document", async () => {
    expect((await run(["show", "endpoints", ...socket])).stdout).toContain("red/web-1  red/main");
    expect((await run(["show", "vteps", ...socket])).stdout).toMatch(/10\.0\.2\.12 +h2 +1 +Silent/);
    expect((await run(["show", "macs", ...socket])).stdout).toMatch(/Remote +10\.0\.2\.12 +h2/);
    const json = await run(["show", "endpoints", "-o", "json", ...socket]);
    expect(JSON.parse(json.stdout)).toEqual({ endpoints: [endpoint], ahead: [] });
    const yaml = await run(["show", "endpoints", "-o", "yaml", ...socket]);
    expect(yaml.stdout).toContain("- name: red/web-1\n");
  });

  test("passes the filters of evpn routes on, and refuses a type that is none", async () => {
    await run(["show", "evpn", "routes", "--rd", "10.0.1.1:2", "--type", "5", ...socket]);
    expect(asked).toEqual([{ rd: "10.0.1.1:2", routeType: 5 }]);
    const wrong = await run(["show", "evpn", "routes", "--type", "macs", ...socket]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("macip, multicast");
    const noRd = await run(["show", "evpn", "routes", "--rd", "65000", ...socket]);
    expect(noRd.exitCode).toBe(2);
    expect(noRd.stderr).toContain("65000");
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

describe("selvedge show bgp", () => {
  const bgp = (...words: string[]) => run(["show", "bgp", ...words, ...socket]);

  test("asks for routes by FRR's words", async () => {
    const words = "route type macip rd 10.0.1.1:2 vni 5001 rt 65000:5001".split(" ");
    const { exitCode, stdout } = await bgp("l2vpn", "evpn", ...words);
    expect(exitCode).toBe(0);
    expect(asked).toEqual([
      { routeType: 2, rd: "10.0.1.1:2", vni: 5001, routeTarget: "65000:5001" },
    ]);
    expect(stdout).toContain("Route Distinguisher: 10.0.2.1:1\n *>i[5]:[0]:[24]:[10.1.0.0]\n");
  });

  test("shows a single route in detail, and as JSON with everything there is", async () => {
    const { stdout } = await bgp("l2vpn", "evpn", "10.1.0.0/24");
    expect(stdout).toContain("BGP routing table entry for 10.0.2.1:1:[5]:[0]:[24]:[10.1.0.0]\n");
    const json = await bgp("l2vpn", "evpn", "prefix", "10.1.0.0/24", "-o", "json");
    expect(JSON.parse(json.stdout)).toMatchObject({ numPrefix: 1, numPaths: 1 });
    expect(asked).toEqual([{ prefix: "10.1.0.0/24" }, { prefix: "10.1.0.0/24" }]);
  });

  test("ends with exit code 2 when nothing matches, and well when the table is empty", async () => {
    page = EMPTY;
    expect(await bgp("l2vpn", "evpn", "mac", "02:00:00:00:00:01")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "selvedge: no EVPN route matches\n",
    });
    expect(await bgp("l2vpn", "evpn")).toMatchObject({
      exitCode: 0,
      stdout: "No EVPN prefixes exist\n",
    });
  });

  test("shows what was received from a neighbour and what it was told, in both of FRR's ways", async () => {
    const address = "2001:db8::9";
    await bgp("neighbors", address, "received-routes");
    await bgp("neighbors", address, "advertised-routes", "type", "5");
    await bgp("l2vpn", "evpn", "neighbors", address, "routes");
    expect(asked).toEqual([
      { address, direction: "received" },
      { address, direction: "advertised", routeType: 5 },
      { address, direction: "received" },
    ]);
  });

  test("shows all neighbours, and says which one is none", async () => {
    expect((await bgp("neighbors")).stdout).toBe("No BGP neighbor is configured\n");
    expect(await bgp("neighbors", "10.0.0.9")).toMatchObject({
      exitCode: 2,
      stderr: "selvedge: 10.0.0.9 is no neighbour\n",
    });
  });

  test("shows who wants the routes of which route target", async () => {
    const { exitCode, stdout } = await bgp("rtc");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\n65000:5001 +96 +65000 +\*local\n/);
    expect(JSON.parse((await bgp("rtc", "-o", "json")).stdout).memberships).toHaveLength(1);
  });

  test("shows the VNIs of the host, one of them, and its VRFs", async () => {
    const { stdout } = await bgp("l2vpn", "evpn", "vni");
    expect(stdout).toMatch(/\n\* 5001 +L3 +10\.0\.1\.1:1 +65000:5001 +65000:5001 +red\/main\n/);
    expect((await bgp("l2vpn", "evpn", "vni", "5001")).stdout).toContain("Tenant VRF: red/main\n");
    expect((await bgp("l2vpn", "evpn", "vrf")).stdout).toContain("vrf.red.main");
    expect((await bgp("l2vpn", "evpn", "vni", "7")).exitCode).toBe(2);
  });

  test.each([
    [["l2vpn", "evpn", "colour"], '"colour" is none of route, type, rd'],
    [["l2vpn", "evpn", "vni", "x"], "x"],
    [["l2vpn", "evpn", "vrf", "red"], '"red" is a word too many'],
    [["neighbors", "10.0.0.256"], "10.0.0.256"],
    [["neighbors", "10.0.0.9", "all-routes"], "received-routes, routes, advertised-routes"],
  ])("refuses %j with the word that is wrong and exit code 2", async (words, message) => {
    const result = await bgp(...words);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(message);
    expect(asked).toEqual([]);
  });
});

describe("selvedge clear bgp", () => {
  const clear = (...words: string[]) => run(["clear", "bgp", ...words, ...socket]);

  test("ends a session unless it is told something softer", async () => {
    const address = "10.0.9.1";
    expect(await clear(address)).toEqual({
      exitCode: 0,
      stdout: "10.0.9.1: session reset\n",
      stderr: "",
    });
    await clear(address, "hard", "--message", "new kernel");
    await clear("2001:DB8::9", "soft");
    await clear(address, "soft", "in");
    expect((await clear(address, "out")).stdout).toBe("10.0.9.1: being told all routes again\n");
    expect(asked).toEqual([
      { mode: "hard", neighbor: address, message: "" },
      { mode: "hard", neighbor: address, message: "new kernel" },
      { mode: "soft", neighbor: "2001:db8::9" },
      { mode: "soft-in", neighbor: address },
      { mode: "soft-out", neighbor: address },
    ]);
  });

  test.each(["all", "*"])("says of each neighbour of %s what became of it", async (all) => {
    expect(await clear(all, "soft", "in")).toEqual({
      exitCode: 1,
      stdout: "10.0.9.1: asked for its routes again\n",
      stderr: `\
selvedge: 1 of 2 neighbours not cleared:
  neighbour 10.0.9.2 has no session
`,
    });
    expect(asked).toEqual([{ mode: "soft-in", neighbor: "all" }]);
  });

  test("ends with exit code 1 when it is refused, and 2 when there is no such neighbour", async () => {
    expect(await clear("10.0.0.8", "soft")).toMatchObject({
      exitCode: 1,
      stderr: "selvedge: no session with it\n",
    });
    expect(await clear("10.0.0.9")).toMatchObject({
      exitCode: 2,
      stderr: "selvedge: no neighbour\n",
    });
  });

  test.each([
    [["10.0.0.256"], "10.0.0.256"],
    [["10.0.9.1", "softly"], '"softly" is none of hard, soft, soft in, soft out'],
    [["10.0.9.1", "in", "soft"], '"in soft" is none of'],
    [["10.0.9.1", "soft", "in", "--message", "x"], "--message goes with the end of a session"],
    [[], "neighbour"],
  ])("refuses %j with the word that is wrong and exit code 2", async (words, message) => {
    const result = await clear(...words);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(message);
    expect(asked).toEqual([]);
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
    asked.length = 0;
    const { stdout: ahead } = await run([
      "attach",
      "red/db-1",
      "--netns",
      "w3",
      "--ahead",
      ...socket,
    ]);
    expect(ahead).toBe("red/db-1 is attached to w3:eth0 as soon as it is declared for this host\n");
    expect(asked).toEqual([
      { endpoint: "red/db-1", namespace: "w3", interface: "eth0", ahead: true },
    ]);
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
