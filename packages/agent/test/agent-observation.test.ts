/** What an agent says of its host's kernel, and what a check makes of it. */
import { openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { check, readObservations, readStoredPools } from "@selvedge/ipam";
import { parseIpPrefix } from "@selvedge/net";
import { NetworkNamespace, RouteSocket } from "@selvedge/netlink";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AgentWorld, ALONE } from "./world/agent-world.ts";

let world: AgentWorld;
let workload: string;

const until = (condition: () => Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 20_000, interval: 50 });

beforeEach(async () => {
  world = await AgentWorld.create();
  await world.apply(ALONE);
  await world.startAgent();
  await until(async () => (await world.client.endpoints()).endpoints.length === 1);
  workload = world.workload("w1");
  const request = { endpoint: "red/web-1", namespace: workload, interface: "eth0" };
  await world.client.attach(request);
});

afterEach(() => world[Symbol.asyncDispose]());

/** What a check finds of hosts: "stray 10.1.0.99". */
async function findings(): Promise<string[]> {
  await using store = openSqliteStore(world.store);
  const stored = await readStoredPools(store);
  const { resources } = await new ResourceStore(store).snapshot();
  const { wired, unwired } = await readObservations(store);
  const found = check({ stored, resources, hostAddresses: wired, unwiredAddresses: unwired });
  return found.flatMap((one) => ("vrf" in one ? [`${one.kind} ${one.address}`] : [])).sort();
}

async function wired(): Promise<string[]> {
  await using store = openSqliteStore(world.store);
  return (await readObservations(store)).wired.map(({ address }) => address).sort();
}

const bothAreWired = () => until(async () => (await wired()).length === 2);

test("an attached endpoint's addresses are told, and nothing is wrong with them", async () => {
  await bothAreWired();
  expect(await wired()).toEqual(["10.1.0.11", "2001:db8:1::11"]);
  expect(await findings()).toEqual([]);
  await world.client.detach("red/web-1");
  await until(async () => (await wired()).length === 0);
  expect(await findings()).toEqual([]);
});

test("addresses of an endpoint whose workload has vanished are attached, but not there", async () => {
  await bothAreWired();
  NetworkNamespace.delete(workload);
  await until(async () => (await findings()).length === 2);
  expect(await findings()).toEqual(["unwired 10.1.0.11", "unwired 2001:db8:1::11"]);
});

test("an address that somebody has routed by hand is found, and left alone", async () => {
  await bothAreWired();
  using vrf = NetworkNamespace.open(`${world.prefix}.red.main`);
  using socket = RouteSocket.open(vrf);
  const index = socket.links().find(({ name }) => name.startsWith("vx"))?.index ?? 0;
  socket.executeOne({
    kind: "route.replace",
    destination: parseIpPrefix("10.1.0.99/32"),
    via: { kind: "link", index },
    ...{ protocol: 4, metric: 0 },
  });
  const again = { endpoint: "red/web-1", namespace: world.workload("w2"), interface: "eth0" };
  await world.client.detach("red/web-1");
  await world.client.attach(again);
  await until(async () => (await findings()).includes("stray 10.1.0.99"));
  expect(await wired()).toContain("10.1.0.99");
});
