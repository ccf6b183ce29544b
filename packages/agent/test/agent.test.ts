import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ResourceClient, socketTransport } from "@selvedge/api";
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

let world: AgentWorld;

beforeEach(async () => {
  world = await AgentWorld.create();
});

afterEach(() => world[Symbol.asyncDispose]());

const until = (condition: () => Promise<boolean> | boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 20_000, interval: 20 });

const attach = (name = "w1") =>
  world.client.attach({
    endpoint: "red/web-1",
    namespace: world.workload(name),
    interface: "eth0",
  });

/** Attaches once the agent has read the datastore. */
async function attachWhenReady(): Promise<void> {
  await until(async () => (await world.client.endpoints()).endpoints.length === 1);
  await attach();
}

/** Everything of a VRF's namespace that the agent could change. */
function kernelState(namespaceName: string): unknown {
  using namespace = NetworkNamespace.open(namespaceName);
  using socket = RouteSocket.open(namespace);
  return {
    links: socket
      .links()
      .map(({ index, name, mac, mtu, up, alias }) => ({ index, name, mac, mtu, up, alias })),
    addresses: socket.addresses(),
    routes: socket.routes({ protocol: 201 }),
    nexthops: socket.nexthops(),
  };
}

describe("an agent", () => {
  test("serves the resources, and acts on what it is given through them", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    const resources = new ResourceClient({ transport: socketTransport(world.client.socketPath) });
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
    const at = { namespace: "red", name: "web-1" };
    expect(await resources.get("Endpoint", at)).toMatchObject({ spec: { host: "h1" } });
    await resources.patch("Endpoint", at, "merge", { spec: { host: "h2" } });
    await until(async () => (await world.client.endpoints()).endpoints.length === 0);
    expect(world.logText()).toContain("endpoints/red/web-1");
  });

  test("attaches an endpoint, says so, and detaches it again", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await attachWhenReady();
    const { endpoints } = await world.client.endpoints();
    expect(endpoints).toMatchObject([{ name: "red/web-1", state: "Attached", vrf: "red/main" }]);
    const { vrfs } = await world.client.vrfs();
    expect(vrfs).toMatchObject([{ name: "red/main", state: "Up", numEndpoints: 1, vni: 5000 }]);
    expect(await world.client.vteps()).toMatchObject({ local: {}, vteps: [] });
    const { numPrefix } = await world.client.evpnRoutes();
    expect(numPrefix).toBe(2);

    await world.client.detach("red/web-1");
    await until(async () => (await world.client.evpnRoutes()).numPrefix === 0);
    expect((await world.client.endpoints()).endpoints).toMatchObject([{ state: "Declared" }]);
  });

  test("refuses to attach to a namespace that is not there, and keeps nothing of it", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
    const request = { endpoint: "red/web-1", namespace: `${world.prefix}-none`, interface: "eth0" };
    await expect(world.client.attach(request)).rejects.toMatchObject({ reason: "Unprocessable" });
    expect((await world.client.endpoints()).endpoints).toMatchObject([{ state: "Declared" }]);
  });

  test("forgets an attachment with its endpoint, also one deleted while it was away", async () => {
    await world.apply(ALONE);
    const agent = await world.startAgent();
    await attachWhenReady();
    await world.delete("endpoints/red/web-1");
    await until(async () => (await world.client.endpoints()).endpoints.length === 0);
    await world.apply(ALONE);
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
    expect((await world.client.endpoints()).endpoints).toMatchObject([{ state: "Declared" }]);

    await attach("w2");
    await end(agent, "SIGKILL");
    await world.delete("endpoints/red/web-1");
    await world.startAgent();
    await until(async () => (await world.client.status()).parts[0]?.ready === true);
    await world.apply(ALONE);
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
    expect((await world.client.endpoints()).endpoints).toMatchObject([{ state: "Declared" }]);
  });

  test("wires an endpoint of another host that is attached ahead when it is declared for this one", async () => {
    const elsewhere = MANIFESTS.replaceAll("host: h1", "host: h2");
    expect(elsewhere).not.toBe(MANIFESTS);
    await world.apply(elsewhere);
    const agent = await world.startAgent();
    await until(async () => (await world.client.status()).parts[0]?.ready === true);
    const namespace = world.workload("w1");
    const request = { endpoint: "red/web-1", namespace, interface: "eth0" };
    await expect(world.client.attach(request)).rejects.toMatchObject({ reason: "NotFound" });
    await world.client.attachAhead(request);
    await end(agent, "SIGKILL");
    await world.startAgent();
    await until(async () => (await world.client.status()).parts[0]?.ready === true);
    expect(await world.client.endpoints()).toMatchObject({
      endpoints: [],
      ahead: [{ name: "red/web-1", workloadNamespace: namespace }],
    });
    await world.apply(MANIFESTS);
    const states = async () =>
      (await world.client.endpoints()).endpoints.map(({ state }) => state).join();
    await until(async () => (await states()) === "Attached");
    expect((await world.client.endpoints()).ahead).toEqual([]);
    // From now on it goes with its declaration.
    await world.apply(elsewhere);
    await until(async () => (await states()) === "");
    await world.apply(MANIFESTS);
    await until(async () => (await states()) === "Declared");
  });

  test("mends the workload's end when it is attached again", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
    const namespace = world.workload("w1");
    const request = { endpoint: "red/web-1", namespace, interface: "eth0" };
    await world.client.attach(request);
    const before = kernelState(namespace);
    using workload = NetworkNamespace.open(namespace);
    using socket = RouteSocket.open(workload);
    for (const up of [false, true]) socket.executeOne({ kind: "link.set", name: "eth0", up });
    expect(socket.routes({ protocol: 201 })).toEqual([]);
    await world.client.attach(request);
    expect(kernelState(namespace)).toEqual(before);
  });

  test("makes devices that fit the underlay, and mends what others do to them", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await attachWhenReady();
    const [name = ""] = world.vrfNamespaces();
    using vrf = NetworkNamespace.open(name);
    using socket = RouteSocket.open(vrf);
    const vxlan = () => socket.links().find((link) => link.name === "vx5000");
    // 1500 octets less the headers of VXLAN over IPv4 (RFC 7348 section 5).
    expect(vxlan()?.mtu).toBe(1450);
    const { index } = vxlan() ?? {};
    if (index === undefined) throw new Error("the VRF has no VXLAN device");
    socket.executeOne({ kind: "link.delete", index });
    await until(() => vxlan()?.up === true);
  });

  test("leaves the data path as it is on SIGTERM, and finds everything in place afterwards", async () => {
    await world.apply(MANIFESTS);
    const agent = await world.startAgent();
    await attachWhenReady();
    const [namespace = ""] = world.vrfNamespaces();
    const before = kernelState(namespace);
    expect(await end(agent, "SIGTERM")).toBe(0);
    expect(kernelState(namespace)).toEqual(before);

    await world.startAgent();
    await until(
      async () => (await world.client.evpnRoutes().catch(() => undefined))?.numPrefix === 2,
    );
    expect(kernelState(namespace)).toEqual(before);
    expect((await world.client.endpoints()).endpoints).toMatchObject([{ state: "Attached" }]);
  });

  test("finds everything in place after SIGKILL", async () => {
    await world.apply(MANIFESTS);
    const agent = await world.startAgent();
    await attachWhenReady();
    const [namespace = ""] = world.vrfNamespaces();
    const before = kernelState(namespace);
    await end(agent, "SIGKILL");
    await world.startAgent();
    await until(
      async () => (await world.client.evpnRoutes().catch(() => undefined))?.numPrefix === 2,
    );
    expect(kernelState(namespace)).toEqual(before);
  });

  test("refuses a runtime directory in which another agent runs", async () => {
    await world.startAgent();
    expect(await world.runAgent([])).toBe(1);
    expect(world.logText()).toContain("another process answers on");
  });

  test("removes with --cleanup what is ours, but not while it runs", async () => {
    await world.apply(MANIFESTS);
    const agent = await world.startAgent();
    await attachWhenReady();
    expect(await world.runAgent(["--cleanup"])).toBe(1);
    expect(world.vrfNamespaces()).toHaveLength(1);
    await end(agent, "SIGTERM");
    expect(await world.runAgent(["--cleanup"])).toBe(0);
    expect(world.vrfNamespaces()).toEqual([]);
    expect(NetworkNamespace.exists(world.prefix)).toBe(true);
    expect(existsSync(world.store)).toBe(true);
  });

  test("says what is wrong with its configuration and ends with status 2", async () => {
    writeFileSync(world.config, "host: h1\nbgp: { hold");
    expect(await world.runAgent([])).toBe(2);
    expect(world.logText()).toMatch(/agent\.yaml:2:\d+: /);
  });
});

describe("an agent survives", () => {
  test("a host that is not declared yet, and starts its work when it is", async () => {
    await world.startAgent();
    const { ready, parts } = await world.client.status();
    expect(ready).toBe(false);
    expect(parts.map(({ part }) => part)).toEqual(["datastore", "host", "bgp", "dataplane"]);
    await expect(world.client.bgpSummary()).rejects.toMatchObject({ reason: "NotReady" });
    await world.apply(MANIFESTS);
    await attachWhenReady();
  });

  test("an address that its host does not have yet, and speaks BGP when it has", async () => {
    using socket = RouteSocket.open(world.host);
    const address = { link: 1, address: parseIpAddress(HOST_ADDRESS), length: 32 };
    socket.executeOne({ kind: "address.delete", ...address });
    await world.apply(ALONE);
    await world.startAgent();
    const bgp = async () => (await world.client.status()).parts.find(({ part }) => part === "bgp");
    await until(async () => (await bgp())?.message?.includes(HOST_ADDRESS) === true);
    expect(await bgp()).toMatchObject({ ready: false });
    socket.executeOne({ kind: "address.replace", ...address });
    await until(async () => (await bgp())?.ready === true);
  });

  test("a half-written value in the datastore: the last good one stays in force", async () => {
    await world.apply(MANIFESTS);
    await world.startAgent();
    await attachWhenReady();
    {
      await using store = openSqliteStore(world.store);
      const key = "resources/endpoints/red/web-1";
      await store.commit({ compare: [], writes: [{ kind: "put", key, value: '{"kind":"Endp' }] });
    }
    await until(() => world.logText().includes("endpoints/red/web-1"));
    expect((await world.client.endpoints()).endpoints).toMatchObject([{ state: "Attached" }]);
  });

  test("a stored endpoint that is not valid when it starts: it is wired again once it is mended", async () => {
    await world.apply(ALONE);
    const agent = await world.startAgent();
    await attachWhenReady();
    await end(agent, "SIGKILL");
    const key = "resources/endpoints/red/web-1";
    let good = "";
    {
      await using store = openSqliteStore(world.store);
      good = (await store.get(key))?.value ?? "";
      // Even the host that it names is no reason to forget where it was attached.
      const value = '{"kind":"Endpoint","spec":{"host":"h2"}}';
      await store.commit({ compare: [], writes: [{ kind: "put", key, value }] });
    }
    await world.startAgent();
    await until(() => world.logText().includes("a stored resource is not valid"));
    {
      await using store = openSqliteStore(world.store);
      await store.commit({ compare: [], writes: [{ kind: "put", key, value: good }] });
    }
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
    await until(async () => (await world.client.endpoints()).endpoints[0]?.state === "Attached");
  });

  test("a half-written attachment, and reports it", async () => {
    await world.apply(MANIFESTS);
    const agent = await world.startAgent();
    await attachWhenReady();
    await end(agent, "SIGKILL");
    writeFileSync(join(world.directory, "run", "attachments", "red_web-1.json"), '{"endpoint":"r');
    await world.startAgent();
    expect(world.logText()).toContain("an attachment cannot be read");
    await until(async () => (await world.client.endpoints()).endpoints.length === 1);
  });

  test("a full disk under its datastore, and follows again once there is space", async () => {
    world.mountStore("1m");
    await world.apply(MANIFESTS);
    const agent = await world.startAgent();
    await attachWhenReady();
    const filler = join(world.storeDirectory, "filler");
    const { bavail, bsize } = statfsSync(world.storeDirectory);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 200; n++) {
        await world.apply(
          `{ apiVersion: selvedge.dev/v1alpha1, kind: Tenant, metadata: { name: t${n} }, spec: {} }`,
        );
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: "full" });
    expect((await world.client.endpoints()).endpoints).toMatchObject([{ state: "Attached" }]);

    // A new process cannot even open it now; the kernel and the API go on.
    await end(agent, "SIGKILL");
    const next = await world.startAgent();
    rmSync(filler);
    await world.apply(MANIFESTS.replace("[10.1.0.11,", "[10.1.0.12,"));
    await until(async () => {
      const { endpoints } = await world.client.endpoints();
      return endpoints[0]?.addresses.includes("10.1.0.12") === true;
    });
    expect(next.exitCode).toBeNull();
  });
});

describe("a neighbour that sends malformed messages", () => {
  const HOSTILE = fileURLToPath(new URL("./world/hostile-peer.ts", import.meta.url));
  const MARKER = "ff".repeat(16);
  const message = (type: number, body: string): string => {
    const length = 19 + body.length / 2;
    return (
      MARKER + length.toString(16).padStart(4, "0") + type.toString(16).padStart(2, "0") + body
    );
  };
  /** An UPDATE with these path attributes and nothing else. */
  const update = (attributes: string): string =>
    message(2, `0000${(attributes.length / 2).toString(16).padStart(4, "0")}${attributes}`);
  const ORIGIN_OF_THREE = "40010109";
  const AS_PATH = "400200";
  const LOCAL_PREF = "40050400000064";
  /** MP_REACH_NLRI with one route type 5 to 192.0.2.0/24 and next hop 192.0.2.1. */
  const REACH = `800e2d00194604c0000201000522000100000000000100000000000000000000000000000018c000020000000000001388`;

  const session = async (...messages: string[]): Promise<() => { kind: string }[]> => {
    let output = "";
    world.spawn(
      ["--conditions=@selvedge/source", HOSTILE, PEER_ADDRESS, PEER_ADDRESS, ...messages],
      (text) => {
        output += text;
      },
    );
    const said = (): { kind: string }[] =>
      output
        .split("\n")
        .slice(0, -1)
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
    await until(() => said().some(({ kind }) => kind === "listening"));
    return said;
  };

  test("keeps the session where RFC 7606 lets it, and its route is withdrawn", async () => {
    await world.apply(MANIFESTS);
    const said = await session(update(REACH + ORIGIN_OF_THREE + AS_PATH + LOCAL_PREF));
    await world.startAgent();
    await until(() => world.logText().includes("ORIGIN"));
    const { peers } = (await world.client.bgpSummary()).l2VpnEvpn;
    expect(peers[PEER_ADDRESS]).toMatchObject({ state: "Established", pfxRcd: 0 });
    expect(said().map(({ kind }) => kind)).not.toContain("notification");
  });

  test.each([
    ["an unknown message type", message(77, "")],
    ["a length below the header's", `${MARKER}000104`],
    ["a marker of zeros", `${"00".repeat(16)}001304`],
    ["an UPDATE whose attributes overrun it", message(2, "0000ffff40")],
    ["an MP_REACH_NLRI cut short", update(`800e03001946${ORIGIN_OF_THREE}`)],
  ])("is told with a NOTIFICATION after %s, and the agent goes on", async (_what, octets) => {
    await world.apply(MANIFESTS);
    const said = await session(octets);
    const agent = await world.startAgent();
    await until(() => said().some(({ kind }) => kind === "notification"));
    expect(agent.exitCode).toBeNull();
    expect((await world.client.status()).parts).toHaveLength(4);
    const { peers } = (await world.client.bgpSummary()).l2VpnEvpn;
    expect(peers[PEER_ADDRESS]?.lastError).toBeDefined();
  });
});
