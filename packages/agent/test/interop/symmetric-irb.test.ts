/** Symmetric IRB between an agent's VRF and FRR's, with packets: route type 5 both ways through real kernels. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AgentWorld, HOST_ADDRESS, MANIFESTS, PEER_ADDRESS } from "../world/agent-world.ts";
import { FRR_ROUTER_MAC, FRR_WORKLOAD, FrrHost, inNamespace, ip } from "./frr-host.ts";

const OWN_WORKLOAD = { v4: "10.1.0.11", v6: "2001:db8:1::11" } as const;

let world: AgentWorld;
let frr: FrrHost;
let workload: string;

const until = (condition: () => Promise<boolean> | boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 20_000, interval: 50 });

beforeAll(async () => {
  world = await AgentWorld.create();
  workload = world.workload("w1");
  frr = new FrrHost(world);
  frr.start();
  await world.apply(MANIFESTS);
  await world.startAgent();
  await until(async () => (await world.client.endpoints()).endpoints.length === 1);
  await world.client.attach({ endpoint: "red/web-1", namespace: workload, interface: "eth0" });
});

afterAll(async () => {
  await frr[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** The TTL or hop limit with which replies come, of three that were asked for and all came. */
const ttlOfReplies = (from: string, to: string): string | undefined => {
  const output = inNamespace(from, "ping", ["-c", "3", "-i", "0.05", "-W", "1", to]);
  return / 0% packet loss/.test(output) ? /ttl=(\d+)/.exec(output)?.[1] : undefined;
};

/** Of packets that two routers have passed on. */
const TTL_OF_TWO_HOPS = "62";

describe("between a VRF of the agent and one of FRR", () => {
  test("FRR's prefixes are in the agent's kernel, with FRR's VTEP and Router's MAC", async () => {
    await until(() => world.vrfNamespaces().length === 1);
    const [vrf = ""] = world.vrfNamespaces();
    await until(() => ip(vrf, "route").includes("192.168.2.0/24"));
    await until(() => ip(vrf, "-6 route").includes("2001:db8:2::/64"));
    const neighbors = ip(vrf, "neigh show dev vx5000");
    expect(neighbors).toContain(FRR_ROUTER_MAC);
    expect(inNamespace(vrf, "bridge", ["fdb", "show", "dev", "vx5000"])).toMatch(
      new RegExp(`${FRR_ROUTER_MAC} dst ${PEER_ADDRESS.replaceAll(".", "\\.")}`),
    );
  });

  test("the agent's host routes are in FRR's kernel, on link behind the agent's VTEP", async () => {
    const { v4, v6 } = OWN_WORKLOAD;
    await until(() => ip(frr.tenant, "route").includes(`${v4} via ${HOST_ADDRESS} dev br5000`));
    await until(() => ip(frr.tenant, "-6 route").includes(`${v6} via ::ffff:${HOST_ADDRESS}`));
  });

  test.each([
    ["IPv4, to FRR's", () => [workload, FRR_WORKLOAD.v4]],
    ["IPv6, to FRR's", () => [workload, FRR_WORKLOAD.v6]],
    ["IPv4, to the agent's", () => [frr.workload, OWN_WORKLOAD.v4]],
    ["IPv6, to the agent's", () => [frr.workload, OWN_WORKLOAD.v6]],
  ] as const)("workloads reach each other over two hops: %s", async (_, ends) => {
    const [from = "", to = ""] = ends();
    await until(() => ttlOfReplies(from, to) === TTL_OF_TWO_HOPS);
  });

  test("a workload that is detached is gone from FRR's kernel", async () => {
    await world.client.detach("red/web-1");
    await until(() => !ip(frr.tenant, "route").includes(OWN_WORKLOAD.v4));
    await until(() => !ip(frr.tenant, "-6 route").includes(OWN_WORKLOAD.v6));
    expect(ttlOfReplies(frr.workload, OWN_WORKLOAD.v4)).toBeUndefined();
  });
});
