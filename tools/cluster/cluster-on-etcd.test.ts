/** Hosts that live by leases of a real etcd which stops for longer than all of them, and a collector that is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createLogger } from "@selvedge/agent";
import { type DatastoreLocation, openStore, type Store } from "@selvedge/datastore";
import {
  allocationsOf,
  Collector,
  Ipam,
  livenessKey,
  type Pool,
  readStoredPools,
} from "@selvedge/ipam";
import { parseIpPrefix } from "@selvedge/net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";
import { ClusterMember } from "../../packages/agent/src/cluster/cluster-member.ts";
import { EtcdServer } from "../../packages/datastore/test/etcd/etcd-server.ts";

const COLLECTING = fileURLToPath(new URL("./collecting-process.ts", import.meta.url));
const TIMEOUT = { timeout: 40_000, interval: 20 };
/** Seconds; the least that etcd grants. */
const TIME_TO_LIVE = 2;
/** Milliseconds: longer than hosts need to be back. */
const GRACE = 6000;

const WEB: Pool = {
  ...{ tenant: "red", subnet: "web", cidrs: [parseIpPrefix("10.1.0.0/24")] },
  ...{ gateway: [], reserved: [], excluded: [], blockLength: { 4: 26, 6: 122 } },
};

let server: EtcdServer;
let location: DatastoreLocation;
let store: Store;
let members: ClusterMember[];

beforeEach(async () => {
  server = await EtcdServer.start();
  location = { kind: "etcd", endpoints: [server.endpoint], prefix: "/selvedge/" };
  store = openStore(location);
  members = [];
});

afterEach(async () => {
  for (const member of members) await member[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await server.remove();
});

function join(host: string): ClusterMember {
  const member = new ClusterMember({
    ...{ host, location, timeToLive: TIME_TO_LIVE },
    collection: { interval: 200, grace: GRACE, keepRevisions: 1000 },
    observe: () => ({ wired: new Map(), unwired: new Map() }),
    log: createLogger(host, "error"),
  });
  members.push(member);
  member.start();
  return member;
}

const all = (kind: "alive" | "failed") =>
  vi.waitUntil(() => members.every(({ state }) => state.kind === kind), TIMEOUT);

/** Hosts that have blocks. */
async function affinities(): Promise<string[]> {
  const { pools } = await readStoredPools(store);
  return [...pools.values()]
    .flatMap(({ blocks }) => [...blocks.values()].map(({ value }) => value.host ?? "nobody"))
    .sort();
}

async function isKnown(host: string): Promise<boolean> {
  return (await store.get(livenessKey(host))) !== undefined;
}

test("frees nothing of hosts whose leases ran out with the datastore, and does of one that stays away", {
  timeout: 120_000,
}, async () => {
  const ipam = new Ipam(store);
  for (const host of ["h1", "h2", "away"]) {
    await ipam.allocate({ pool: WEB, owner: `${host}'s`, host, reason: "test" });
  }
  join("h1");
  join("h2");
  await all("alive");
  server.freeze();
  await all("failed");
  server.thaw();
  // Its clock went on: the leases of before are over, and whoever looks now sees no host or one.
  await all("alive");
  expect([await isKnown("h1"), await isKnown("h2")]).toEqual([true, true]);
  expect(await affinities()).toEqual(["away", "h1", "h2"]);
  await vi.waitUntil(async () => !(await affinities()).includes("away"), TIMEOUT);
  expect(await affinities()).toEqual(["h1", "h2", "nobody"]);
});

test("a collector that is killed leaves to the next what it has not done, and nothing is done twice", async () => {
  const ipam = new Ipam(store);
  const leaked = Array.from({ length: 40 }, (_, index) => `gone-${index}`);
  for (const owner of ["router-1", ...leaked, "router-2"]) {
    await ipam.allocate({ pool: WEB, owner, host: "h1", reason: "test" });
  }
  const place = `etcd://${server.endpoint}/selvedge/`;
  const child = spawn(process.execPath, [...NODE_FLAGS, COLLECTING, place, "20"], {
    stdio: "inherit",
  });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);

  const owners = async () =>
    [...(await readStoredPools(store)).pools.values()]
      .flatMap((pool) => [...allocationsOf(pool)].map(({ owner }) => owner))
      .sort();
  const left = (await owners()).filter((owner) => !owner.startsWith("router-"));
  expect(left).toHaveLength(leaked.length - 19);
  // One that is given to somebody else meanwhile is not taken from them.
  const [again = ""] = leaked.filter((owner) => !left.includes(owner));
  await ipam.allocate({ pool: WEB, owner: "router-3", host: "h1", reason: `was ${again}'s` });
  const { released } = await new Collector(store, {
    grace: 0,
    ownerExists: (owner) => !owner.startsWith("gone-"),
  }).collect();
  expect(released.map(({ owner }) => owner).sort()).toEqual(left);
  expect(await owners()).toEqual(["router-1", "router-2", "router-3"]);
});
