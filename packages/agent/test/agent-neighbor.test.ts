/** An agent beside a BGP neighbour: what stays, and what goes, when one of the two begins anew. */
import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "@selvedge/datastore";
import { parseIpAddress } from "@selvedge/net";
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  AgentWorld,
  ALONE,
  end,
  HOST_ADDRESS,
  MANIFESTS,
  PEER_ADDRESS,
} from "./world/agent-world.ts";

const NEIGHBOR = fileURLToPath(new URL("./world/neighbor-process.ts", import.meta.url));
const RAW_PEER = fileURLToPath(new URL("./world/hostile-peer.ts", import.meta.url));
const NEW_IDENTITY = MANIFESTS.replace(`routerId: ${HOST_ADDRESS}`, "routerId: 10.99.0.77");

let world: AgentWorld;

beforeEach(async () => {
  world = await AgentWorld.create();
});

afterEach(() => world[Symbol.asyncDispose]());

const until = (condition: () => Promise<boolean> | boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 20_000, interval: 20 });

/** A child that prints one JSON object a line, and what it has printed. */
interface Talker {
  readonly child: ChildProcess;
  readonly said: () => { kind: string; [field: string]: unknown }[];
}

async function talk(script: string, ...args: readonly string[]): Promise<Talker> {
  let output = "";
  const child = world.spawn(
    [
      "--conditions=@selvedge/source",
      "--disable-warning=ExperimentalWarning",
      script,
      PEER_ADDRESS,
      ...args,
    ],
    (text) => {
      output += text;
    },
  );
  const said = () =>
    output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the neighbour ended: ${output}`);
    return said().some(({ kind }) => kind === "listening");
  });
  return { child, said };
}

const neighbor = (...prefixes: readonly string[]): Promise<Talker> =>
  talk(NEIGHBOR, HOST_ADDRESS, ...prefixes);

/** Prefixes that the agent has imported into the kernel, of its only VRF. */
function importedRoutes(): string[] {
  const [name] = world.vrfNamespaces();
  if (name === undefined) return [];
  using namespace = NetworkNamespace.open(name);
  using socket = RouteSocket.open(namespace);
  return socket.routes({ protocol: 201 }).map(({ destination }) => destination);
}

const attach = (name: string): Promise<unknown> =>
  world.client.attach({
    endpoint: `red/${name}`,
    namespace: world.workload(name),
    interface: "eth0",
  });

async function attachWhenReady(): Promise<void> {
  await until(async () => (await world.client.endpoints()).endpoints.length === 1);
  await attach("web-1");
}

const endpoint = (name: string, address: string): string => `
apiVersion: selvedge.dev/v1alpha1
kind: Endpoint
metadata: { name: ${name}, namespace: red }
spec: { subnet: web, host: h1, addresses: [${address}] }
`;

test("a VRF that imports *:VNI takes what others have with that VNI, until it does not any more", async () => {
  const importing = (...targets: readonly string[]): string => `
apiVersion: selvedge.dev/v1alpha1
kind: Vrf
metadata: { name: main, namespace: red }
spec: { routeTargets: { import: [${targets.map((target) => `"${target}"`).join(", ")}] } }
`;
  await world.apply(MANIFESTS);
  await world.apply(importing("64999:1", "*:5000"));
  await world.startAgent();
  await attachWhenReady();
  // Its routes have 65000:5000.
  await neighbor("192.0.2.0/25");
  await until(() => importedRoutes().includes("192.0.2.0/25"));
  const [vrf] = (await world.client.vrfs()).vrfs;
  expect(vrf?.importRts).toEqual(["64999:1", "*:5000"]);
  await world.apply(importing("64999:1", "*:5001"));
  await until(() => !importedRoutes().includes("192.0.2.0/25"));
});

describe("an agent whose host gets another router identifier", () => {
  test("drops the routes that a neighbour does not tell its new speaker", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await attachWhenReady();
    const before = await neighbor("192.0.2.0/25", "192.0.2.128/25");
    await until(() => importedRoutes().includes("192.0.2.128/25"));
    // Killed: its routes are kept for the time of a restart (RFC 4724), which outlasts this test.
    await end(before.child, "SIGKILL");
    await world.apply(NEW_IDENTITY);
    await until(async () => (await world.client.bgpSummary()).l2VpnEvpn.routerId === "10.99.0.77");
    expect(importedRoutes()).toContain("192.0.2.128/25");
    await neighbor("192.0.2.0/25");
    await until(() => !importedRoutes().includes("192.0.2.128/25"));
    expect(importedRoutes()).toContain("192.0.2.0/25");
  });

  test("says that it has restarted of its first speaker only", async () => {
    await world.apply(MANIFESTS);
    const before = await world.startAgent();
    await until(() => world.logText().includes("agent started"));
    await end(before, "SIGKILL");
    const peer = await talk(RAW_PEER, PEER_ADDRESS);
    const restartedBits = (): unknown[] =>
      peer
        .said()
        .filter(({ kind }) => kind === "open")
        .map((open) => JSON.stringify(open).includes('"restarted":true'));
    await world.startAgent();
    await until(() => restartedBits().length === 1);
    await world.apply(NEW_IDENTITY);
    await until(() => restartedBits().length === 2);
    expect(restartedBits()).toEqual([true, false]);
  });
});

test("an agent ends the session with a host that is deleted, and its routes go", async () => {
  await world.apply(MANIFESTS);
  await world.startAgent();
  await attachWhenReady();
  await neighbor("192.0.2.0/24");
  await until(() => importedRoutes().includes("192.0.2.0/24"));
  await world.delete("hosts/h2");
  await until(() => !importedRoutes().includes("192.0.2.0/24"));
  expect((await world.client.bgpSummary()).l2VpnEvpn.peers).toEqual({});
});

describe("an operator who clears the neighbour of an agent", () => {
  const neighborDocument = async () =>
    (await world.client.bgpNeighbors(parseIpAddress(PEER_ADDRESS))).neighbors[PEER_ADDRESS];
  const isEstablished = async (): Promise<boolean> =>
    (await neighborDocument())?.bgpState === "Established";

  test("ends the session with a text for the other end, and a new one brings the routes back", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await attachWhenReady();
    const peer = await talk(RAW_PEER, PEER_ADDRESS);
    await until(isEstablished);
    const neighborAddress = parseIpAddress(PEER_ADDRESS);
    await world.client.clearBgp({ mode: "hard", neighbor: neighborAddress, message: "new kernel" });
    await until(() => peer.said().some(({ kind }) => kind === "notification"));
    const notification = peer.said().find(({ kind }) => kind === "notification");
    expect(notification).toMatchObject({ code: 6, subcode: 4 });
    expect(JSON.stringify(notification)).toContain(Buffer.from("new kernel").toString("hex"));
    await until(() => peer.said().filter(({ kind }) => kind === "open").length === 2);
    await until(isEstablished);
    await until(() => peer.said().filter(({ kind }) => kind === "update").length >= 2);
  });

  test("is told routes again, and asks for them, without an end of the session", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await attachWhenReady();
    await neighbor("192.0.2.0/24");
    await until(() => importedRoutes().includes("192.0.2.0/24"));
    const before = await neighborDocument();
    const answer = await world.client.clearBgp({ mode: "soft", neighbor: "all" });
    expect(answer.neighbors).toEqual([{ kind: "cleared", address: PEER_ADDRESS }]);
    // The request, and the marks around what is told again (RFC 7313); the neighbour marks its answer too.
    await until(async () => {
      const stats = (await neighborDocument())?.messageStats;
      return stats?.routeRefreshSent === 3 && stats.routeRefreshRecv === 2;
    });
    const after = await neighborDocument();
    expect(after?.connectionsEstablished).toBe(before?.connectionsEstablished);
    expect(importedRoutes()).toContain("192.0.2.0/24");
  });
});

describe("an agent whose configuration says more of sessions", () => {
  const configure = (bgp: string): void => {
    const text = readFileSync(world.config, "utf8");
    writeFileSync(world.config, text.replace("bgp: {", `bgp: { ${bgp}, `));
  };
  const ALL = "maximumPrefixes: { limit: 1, action: warn }, longLivedStaleTime: 3600";
  const detail = async (address: string) => {
    const document = await world.client
      .bgpNeighbors(parseIpAddress(address))
      .catch(() => undefined);
    return document?.neighbors[address];
  };
  const limit = async (address: string) =>
    (await detail(address))?.addressFamilyInfo.l2VpnEvpn.maximumPrefixes?.limit;

  test("holds the neighbour of a Host to what is said for all", async () => {
    configure(ALL);
    await world.apply(MANIFESTS);
    const peer = await talk(RAW_PEER, PEER_ADDRESS);
    await world.startAgent();
    await until(() => peer.said().some(({ kind }) => kind === "open"));
    const open = peer.said().find(({ kind }) => kind === "open");
    expect(JSON.stringify(open)).toContain('"staleTime":3600');
    expect(await limit(PEER_ADDRESS)).toBe(1);
  });

  test("holds the neighbour of a range to what is said for all", async () => {
    configure(`${ALL}, ranges: [{ prefix: 10.99.0.0/24, asn: 65000 }]`);
    await world.apply(ALONE);
    await world.startAgent();
    await attachWhenReady();
    await neighbor("192.0.2.0/24");
    await until(() => importedRoutes().includes("192.0.2.0/24"));
    expect(await limit(PEER_ADDRESS)).toBe(1);
  });

  test("holds a listed neighbour to what is said for it, and the next one to what is said for all", async () => {
    configure(`${ALL}, neighbors: [
      { address: 192.0.2.7, asn: 65000, shutdown: { message: moved } },
      { address: 192.0.2.8, asn: 65000, passive: true, maximumPrefixes: { limit: 7 } },
    ]`);
    await world.apply(ALONE);
    await world.startAgent();
    await attachWhenReady();
    await until(async () => (await limit("192.0.2.8")) === 7);
    expect(await limit("192.0.2.7")).toBe(1);
    const { peers } = (await world.client.bgpSummary()).l2VpnEvpn;
    expect(peers["192.0.2.7"]?.state).toBe("Idle (Admin)");
    expect(peers["192.0.2.8"]?.state).toBe("Active");
  });
});

describe("an agent that goes and comes back", () => {
  test.each(["SIGKILL", "SIGTERM"] as const)(
    "tells its neighbour all it has before that gives anything up, after %s",
    async (signal) => {
      // So many that wiring them again takes longer than the first words of two speakers.
      const names = Array.from({ length: 40 }, (_, n) => `w-${n}`);
      await world.apply(MANIFESTS);
      await world.apply(names.map((name, n) => endpoint(name, `10.1.0.${100 + n}`)).join("---\n"));
      const agent = await world.startAgent();
      await until(async () => (await world.client.endpoints()).endpoints.length === 41);
      for (const name of names) await attach(name);
      const peer = await neighbor();
      const told = (kind: string): unknown[] => peer.said().filter((line) => line.kind === kind);
      await until(() => told("reachable").length === names.length);
      await end(agent, signal);
      await world.startAgent();
      await until(async () => {
        const summary = await world.client.bgpSummary().catch(() => undefined);
        return summary?.l2VpnEvpn.peers[PEER_ADDRESS]?.pfxSnt === names.length;
      });
      // One that goes after the restart shows that what came before it is known here.
      await world.client.detach("red/w-0");
      await until(() => told("unreachable").length > 0);
      expect(told("unreachable")).toEqual([{ kind: "unreachable", prefix: "10.1.0.100/32" }]);
      expect(told("reachable")).toHaveLength(names.length);
    },
  );

  test("keeps attached what the datastore has only a damaged value of", async () => {
    await world.apply(MANIFESTS);
    const agent = await world.startAgent();
    await attachWhenReady();
    await end(agent, "SIGKILL");
    const key = "resources/endpoints/red/web-1";
    const damage = async (value: string): Promise<string> => {
      await using store = openSqliteStore(world.store);
      const stored = (await store.get(key))?.value ?? "";
      await store.commit({ compare: [], writes: [{ kind: "put", key, value }] });
      return stored;
    };
    const good = await damage('{"kind":"Endp');
    await world.startAgent();
    await until(async () => (await world.client.status()).parts[0]?.ready === true);
    await damage(good);
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
    await until(async () => (await world.client.endpoints()).endpoints[0]?.state === "Attached");
  });
});
