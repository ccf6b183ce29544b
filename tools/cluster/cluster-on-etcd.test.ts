/**
 * Hosts that live by leases of a real etcd: one that stops for longer than all of them, and hosts that are stopped and
 * killed, those that collect among them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
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
import { COLLECTOR_KEY } from "../../packages/agent/src/cluster/garbage-collection.ts";
import { EtcdServer } from "../../packages/datastore/test/etcd/etcd-server.ts";

const COLLECTING = fileURLToPath(new URL("./collecting-process.ts", import.meta.url));
const MEMBER = fileURLToPath(new URL("./member-process.ts", import.meta.url));
const TIMEOUT = { timeout: 40_000, interval: 20 };
const WHOLE_TEST_MS = 120_000;
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
let processes: ChildProcess[];

beforeEach(async () => {
  server = await EtcdServer.start();
  location = { kind: "etcd", endpoints: [server.endpoint], prefix: "/selvedge/" };
  store = openStore(location);
  members = [];
  processes = [];
});

afterEach(async () => {
  for (const child of processes) {
    if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) {
      await once(child, "exit");
    }
  }
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

/** Runs one of the modules of this folder on the datastore. */
function run(module: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [...NODE_FLAGS, module, ...args], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  processes.push(child);
  return child;
}

const place = () => `etcd://${server.endpoint}/selvedge/`;

/** A host that is a process, once it says that it counts as alive. */
async function joinAsProcess(host: string, grace: number): Promise<ChildProcess> {
  const child = run(MEMBER, host, place(), String(TIME_TO_LIVE), String(grace));
  child.stderr?.resume();
  await vi.waitUntil(() => isKnown(host), TIMEOUT);
  return child;
}

/** A process that has been stopped by a signal (proc(5)). */
const isStopped = ({ pid }: ChildProcess) =>
  readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.startsWith("T") === true;

/** The host whose turn it is to collect. */
async function collectingHost(): Promise<string | undefined> {
  const holder = await store.get(COLLECTOR_KEY);
  return holder === undefined ? undefined : JSON.parse(holder.value).host;
}

/** Everybody who has an address, each as often as they have one. */
async function owners(): Promise<string[]> {
  return [...(await readStoredPools(store)).pools.values()]
    .flatMap((pool) => [...allocationsOf(pool)].map(({ owner }) => owner))
    .sort();
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
  timeout: WHOLE_TEST_MS,
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

/** Gives addresses to forty that are gone and to two that are not, and collects until it ends or stops before the 20th. */
async function collectHalf(signal: "SIGKILL" | "SIGSTOP") {
  const ipam = new Ipam(store, { coolDown: 0 });
  const gone = Array.from({ length: 40 }, (_, index) => `gone-${index}`);
  for (const owner of ["router-1", ...gone, "router-2"]) {
    await ipam.allocate({ pool: WEB, owner, host: "h1", reason: "test" });
  }
  const collecting = run(COLLECTING, place(), "20", signal, String(TIME_TO_LIVE));
  let said = "";
  collecting.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  if (signal === "SIGKILL") expect(await once(collecting, "exit")).toEqual([null, "SIGKILL"]);
  else await vi.waitUntil(() => isStopped(collecting), TIMEOUT);
  const left = (await owners()).filter((owner) => !owner.startsWith("router-"));
  expect(left).toHaveLength(gone.length - 19);
  return { ipam, collecting, left, said: () => said };
}

const isThere = (owner: string) => !owner.startsWith("gone-");

test(
  "a collector that is killed leaves to the next what it has not done, and nothing is done twice",
  async () => {
    const { ipam, left } = await collectHalf("SIGKILL");
    // Of what is free one is given to somebody else meanwhile, from whom nobody takes it.
    await ipam.allocate({ pool: WEB, owner: "router-3", host: "h1", reason: "test" });
    const collector = new Collector(store, { grace: 0, ownerExists: isThere });
    const { released } = await collector.collect();
    expect(released.map(({ owner }) => owner).sort()).toEqual(left);
    expect(await owners()).toEqual(["router-1", "router-2", "router-3"]);
  },
  WHOLE_TEST_MS,
);

test(
  "a collector that is stopped beyond its lease takes nothing back when it goes on",
  async () => {
    const { ipam, collecting, left, said } = await collectHalf("SIGSTOP");
    expect(await collectingHost()).toBe("collecting");
    await vi.waitUntil(async () => (await collectingHost()) === undefined, TIMEOUT);
    // They are back, which it has not seen.
    for (const owner of left) {
      const use = { pool: WEB, owner, host: "h1", reason: "back" };
      expect(await ipam.allocate(use)).toHaveLength(1);
    }
    const before = await owners();
    collecting.kill("SIGCONT");
    expect(await once(collecting, "exit")).toEqual([0, null]);
    expect(said()).toBe("");
    expect(await owners()).toEqual(before);
  },
  WHOLE_TEST_MS,
);

test(
  "another host collects when the one that did is killed, and frees what that one had",
  async () => {
    const ipam = new Ipam(store);
    const allocate = (host: string) =>
      ipam.allocate({ pool: WEB, owner: `${host}'s`, host, reason: "test" });
    await allocate("h1");
    const first = await joinAsProcess("h1", 500);
    await vi.waitUntil(async () => (await collectingHost()) === "h1", TIMEOUT);
    await joinAsProcess("h2", 500);
    // Not before: the first takes from a host what it has had for longer than the host lives.
    await allocate("h2");
    first.kill("SIGKILL");
    await vi.waitUntil(async () => (await collectingHost()) === "h2", TIMEOUT);
    await vi.waitUntil(async () => !(await affinities()).includes("h1"), TIMEOUT);
    expect(await affinities()).toEqual(["h2", "nobody"]);
    expect(await owners()).toEqual(["h1's", "h2's"]);
  },
  WHOLE_TEST_MS,
);

test(
  "a host that is stopped for longer than its lease loses its blocks, not its addresses, and is back when it goes on",
  async () => {
    // As the process would have them in memory.
    const ofFirst = new Ipam(store);
    await ofFirst.allocate({ pool: WEB, owner: "early", host: "h1", reason: "test" });
    const first = await joinAsProcess("h1", 500);
    await vi.waitUntil(async () => (await collectingHost()) === "h1", TIMEOUT);
    await joinAsProcess("h2", 500);
    first.kill("SIGSTOP");
    await vi.waitUntil(async () => !(await isKnown("h1")), TIMEOUT);
    await vi.waitUntil(async () => (await collectingHost()) === "h2", TIMEOUT);
    await vi.waitUntil(async () => (await affinities()).join() === "nobody", TIMEOUT);

    first.kill("SIGCONT");
    await vi.waitUntil(() => isKnown("h1"), TIMEOUT);
    expect(await collectingHost()).toBe("h2");
    // It believes to have the block, which others take from now as well.
    const given = await Promise.all([
      ofFirst.allocate({ pool: WEB, owner: "late", host: "h1", reason: "test" }),
      new Ipam(store).allocate({ pool: WEB, owner: "other", host: "h2", reason: "test" }),
    ]);
    expect(new Set(given.flat()).size).toBe(2);
    expect(await owners()).toEqual(["early", "late", "other"]);
  },
  WHOLE_TEST_MS,
);
