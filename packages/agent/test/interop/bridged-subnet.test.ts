/**
 * A bridged subnet of the agent and of FRR's zebra, with packets: route types 2 and 3 both ways through real kernels, and a
 * station that moves there and back.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { AgentWorld, HOST_ADDRESS, MANIFESTS, PEER_ADDRESS } from "../world/agent-world.ts";
import { FRR_WORKLOAD, FrrHost, inNamespace, ip } from "./frr-host.ts";

const L2VNI = 6001;
const OWN = { v4: "10.1.5.11", v6: "2001:db8:5::11", mac: "02:00:00:00:05:11" } as const;
const FAR = { v4: "10.1.5.22", v6: "2001:db8:5::22", mac: "02:00:00:00:05:22" } as const;
const GATEWAYS = ["10.1.5.1/24", "2001:db8:5::1/64"] as const;

const station = (host: string): string => `apiVersion: selvedge.dev/v1alpha1
kind: Endpoint
metadata: { name: station, namespace: red }
spec: { subnet: lan, host: ${host}, addresses: [${OWN.v4}, "${OWN.v6}"], mac: "${OWN.mac}" }
`;
const BRIDGED = `${MANIFESTS}---
apiVersion: selvedge.dev/v1alpha1
kind: Subnet
metadata: { name: lan, namespace: red }
spec:
  vrf: main
  mode: bridged
  vni: ${L2VNI}
  cidrs: [10.1.5.0/24, "2001:db8:5::/64"]
  gateway: [10.1.5.1, "2001:db8:5::1"]
---
${station("h1")}`;

let world: AgentWorld;
let frr: FrrHost;
let own: string;
let far: string;

const until = (condition: () => Promise<boolean> | boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 20_000, interval: 50 });

/** Gives eth0 of a workload behind FRR the addresses and the MAC of a station. */
const configure = (workload: string, { v4, v6, mac }: typeof OWN | typeof FAR): void => {
  ip(workload, `link set eth0 address ${mac}`);
  ip(workload, `addr add ${v4}/24 dev eth0`);
  ip(workload, `addr add ${v6}/64 dev eth0 nodad`);
  ip(workload, "route add default via 10.1.5.1");
  ip(workload, "-6 route add default via 2001:db8:5::1");
};

const attach = (): Promise<unknown> =>
  world.client.attach({ endpoint: "red/station", namespace: own, interface: "eth0" });

/** The TTL or hop limit with which replies come, of three that were asked for and all came. */
const ttlOfReplies = (from: string, to: string): string | undefined => {
  const output = inNamespace(from, "ping", ["-c", "3", "-i", "0.05", "-W", "1", to]);
  return / 0% packet loss/.test(output) ? /ttl=(\d+)/.exec(output)?.[1] : undefined;
};

const fdb = (namespace: string, device: string): string =>
  inNamespace(namespace, "bridge", ["fdb", "show", "dev", device]);

const vrf = (): string => world.vrfNamespaces()[0] ?? "";

beforeAll(async () => {
  world = await AgentWorld.create();
  own = world.workload("own");
  far = world.workload("far");
  frr = new FrrHost(world);
  frr.addSubnet({ l2vni: L2VNI, gateways: GATEWAYS, gatewayMac: "ee:ee:ee:ee:ee:ee" });
  frr.addPort(L2VNI, "port0", far);
  configure(far, FAR);
  frr.start();
  await world.apply(BRIDGED);
  await world.startAgent();
  await until(async () => (await world.client.endpoints()).endpoints.length === 2);
  await attach();
});

afterAll(async () => {
  await frr[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

describe("a bridged subnet of the agent and of FRR", () => {
  test("the station here is in FRR's kernel: MAC, neighbours, host routes, flooding", async () => {
    const vxlan = `vxlan${L2VNI}`;
    await until(() => fdb(frr.tenant, vxlan).includes(`${OWN.mac} dst ${HOST_ADDRESS}`));
    await until(() => fdb(frr.tenant, vxlan).includes(`00:00:00:00:00:00 dst ${HOST_ADDRESS}`));
    for (const address of [OWN.v4, OWN.v6]) {
      await until(() =>
        ip(frr.tenant, `neigh show ${address} dev br${L2VNI}`).includes(`${OWN.mac} extern_learn`),
      );
    }
    await until(() => ip(frr.tenant, "route").includes(`${OWN.v4} via ${HOST_ADDRESS} dev br5000`));
    await until(() => ip(frr.tenant, "-6 route").includes(OWN.v6));
  });

  test("FRR's station is in the agent's kernel once it has spoken, entry by entry", async () => {
    await until(() => ttlOfReplies(far, OWN.v4) === "64");
    await until(() => ttlOfReplies(far, OWN.v6) === "64");
    const device = `vx${L2VNI}`;
    await until(() => fdb(vrf(), device).includes(`${FAR.mac} dst ${PEER_ADDRESS}`));
    const entries = fdb(vrf(), device);
    expect(entries).toMatch(new RegExp(`${FAR.mac} extern_learn master br${L2VNI}`));
    expect(entries).toContain(`00:00:00:00:00:00 dst ${PEER_ADDRESS}`);
    // FRR learns addresses from what its bridge device sees.
    inNamespace(far, "ping", ["-c", "1", "-W", "1", "10.1.5.1"]);
    await until(() =>
      ip(vrf(), `neigh show ${FAR.v4} dev br${L2VNI}`).includes(`${FAR.mac} PERMANENT`),
    );
    await until(() => ip(vrf(), "route").includes(`${FAR.v4} nhid`));
  });

  test("both stations are shown with their places", async () => {
    const { macs } = await world.client.macs();
    expect(macs).toMatchObject([
      { mac: OWN.mac, type: "Local", endpoint: "red/station", addresses: [OWN.v4, OWN.v6] },
      { mac: FAR.mac, type: "Remote", vtepIp: PEER_ADDRESS, host: "h2" },
    ]);
    expect(macs[1]?.addresses).toContain(FAR.v4);
  });

  test.each([
    ["IPv4, from here", () => [own, FAR.v4]],
    ["IPv6, from here", () => [own, FAR.v6]],
    ["IPv4, from FRR", () => [far, OWN.v4]],
    ["IPv6, from FRR", () => [far, OWN.v6]],
  ] as const)("stations reach each other without a router between: %s", async (_, ends) => {
    const [from = "", to = ""] = ends();
    await until(() => ttlOfReplies(from, to) === "64");
  });

  test.each([
    ["IPv4, from here", () => [own, FRR_WORKLOAD.v4]],
    ["IPv6, from here", () => [own, FRR_WORKLOAD.v6]],
    ["IPv4, from FRR", () => [frr.workload, OWN.v4]],
    ["IPv6, from FRR", () => [frr.workload, OWN.v6]],
  ] as const)("what is outside of the subnet is reached by the VRF: %s", async (_, ends) => {
    const [from = "", to = ""] = ends();
    await until(() => ttlOfReplies(from, to) === "62");
  });

  test("a station that moves to FRR is followed, and one that comes back has the higher number", async () => {
    await world.delete("endpoints/red/station");
    await until(() => !fdb(frr.tenant, `vxlan${L2VNI}`).includes(OWN.mac));
    const moved = world.workload("moved");
    frr.addPort(L2VNI, "port1", moved);
    configure(moved, OWN);
    await until(() => ttlOfReplies(moved, "10.1.5.1") !== undefined);
    // The VRF is here still, for another endpoint, but the subnet has none.
    await world.apply(station("h1"));
    await until(() => fdb(vrf(), `vx${L2VNI}`).includes(`${OWN.mac} dst ${PEER_ADDRESS}`));
    // It is silent from here on, but FRR goes on saying that it is there.
    ip(moved, "addr flush dev eth0");
    inNamespace(moved, "sysctl", ["-qw", "net.ipv6.conf.eth0.disable_ipv6=1"]);
    expect(fdb(frr.tenant, "port1")).toContain(OWN.mac);
    await until(async () => (await world.client.endpoints()).endpoints.length === 2);
    await attach();
    // FRR's bridge would hold what it has learned for five minutes.
    await until(() => fdb(frr.tenant, `vxlan${L2VNI}`).includes(`${OWN.mac} dst ${HOST_ADDRESS}`));
    await until(() => ttlOfReplies(far, OWN.v4) === "64");
  });

  test("a station that has the MAC of an endpoint here does not take its place for long", async () => {
    const vxlan = `vxlan${L2VNI}`;
    const rogue = world.workload("rogue");
    frr.addPort(L2VNI, "port2", rogue);
    ip(rogue, `link set eth0 address ${OWN.mac}`);
    ip(rogue, "addr add 10.1.5.99/24 dev eth0");
    inNamespace(rogue, "ping", ["-c", "1", "-W", "1", "10.1.5.1"]);
    await until(() => fdb(frr.tenant, "port2").includes(OWN.mac));
    await until(() => !fdb(frr.tenant, "port2").includes(OWN.mac));
    await until(() => fdb(frr.tenant, vxlan).includes(`${OWN.mac} dst ${HOST_ADDRESS}`));
    // The kernel of the rogue asks for routers now and then, and each time the MAC is its own for a moment.
    await until(() => ttlOfReplies(far, OWN.v4) === "64");
  });
});
