/**
 * A host that is cut off from etcd and from nothing else: what it does for its workloads goes on, what needs the
 * datastore is refused with the reason, and once the cut is healed it catches up without being restarted. The same where
 * etcd itself stops.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiClient, ResourceClient, socketTransport } from "@selvedge/api";
import { NetworkNamespace, primeThreadPool } from "@selvedge/netlink";
import { parseResource, type Resource } from "@selvedge/resources";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { selvedge } from "./build/selvedge-command.ts";
import { SMALL } from "./small-topology.ts";
import { leftOvers, processesOf, TestLab } from "./test-lab.ts";

const WHOLE_TEST_MS = 120_000;
/** The management network's end of h1's link, and the address at h1's. */
const PORT = "port1";
const H1 = "198.18.1.2";
const DATASTORE = "etcd://198.18.3.2:2379/selvedge/";
const never = new AbortController().signal;

let directory: string;
let lab: TestLab;
let management: NetworkNamespace;
let agent: ApiClient;
let resources: ResourceClient;
let pings: ChildProcess | undefined;
/** Process ids of etcd while it is stopped. */
let frozen: readonly number[] = [];
/** Of the workload that is attached meanwhile. */
let workload: string;

beforeEach(async () => {
  if (process.geteuid?.() !== 0) throw new Error("labs make network namespaces: run this as root");
  await primeThreadPool();
  directory = mkdtempSync(join(tmpdir(), "selvedge-partition-"));
  const topology = join(directory, "small.yaml");
  writeFileSync(topology, SMALL);
  workload = `svt-partition-${process.pid}`;
  NetworkNamespace.create(workload)[Symbol.dispose]();
  lab = new TestLab(`svtp${process.pid}`, "--topology", topology, "--datastore", "etcd");
  await lab.says("Ctrl-C takes everything down");
  management = NetworkNamespace.open(`${lab.name}-mgmt`);
  const socketPath = `/run/selvedge-lab/${lab.name}/h1/api.sock`;
  agent = new ApiClient({ socketPath });
  resources = new ResourceClient({ transport: socketTransport(socketPath) });
}, WHOLE_TEST_MS);

afterEach(async () => {
  pings?.kill("SIGKILL");
  pings = undefined;
  thaw();
  management?.[Symbol.dispose]();
  lab.signal("SIGTERM");
  await lab.ended;
  if (leftOvers(lab.name).length > 0) await new TestLab(lab.name, "--down").ended;
  NetworkNamespace.delete(workload);
  rmSync(directory, { recursive: true });
}, WHOLE_TEST_MS);

const until = (condition: () => Promise<boolean>): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 40_000, interval: 100 });

/** An endpoint on h1 that leaves its addresses to IPAM. */
function endpoint(name: string): Resource {
  const parsed = parseResource({
    ...{ apiVersion: "selvedge.dev/v1alpha1", kind: "Endpoint" },
    ...{ metadata: { name, namespace: "red" }, spec: { subnet: "net", host: "h1" } },
  });
  if (parsed.kind !== "parsed") throw new Error(JSON.stringify(parsed.faults));
  return parsed.resource;
}

/** As an operator does who reaches etcd. */
const elsewhere = (...args: readonly string[]): Promise<string> =>
  selvedge([...args, "--datastore", DATASTORE], never, management);

function applyElsewhere(resource: Resource): Promise<string> {
  const file = join(directory, "resource.json");
  writeFileSync(file, JSON.stringify(resource));
  return elsewhere("apply", "-f", file);
}

async function datastorePart(): Promise<{ readonly ready: boolean; readonly message: string }> {
  const part = (await agent.status()).parts.find(({ part: name }) => name === "datastore");
  if (part === undefined) throw new Error("the agent says nothing of its datastore");
  return part;
}

const stateOf = async (name: string): Promise<string | undefined> =>
  (await agent.endpoints()).endpoints.find((one) => one.name === name)?.state;

function inManagement(...command: readonly string[]): void {
  management.run(() => execFileSync("ip", command));
}

function freeze(): void {
  frozen = processesOf(lab.name, "etcd");
  if (frozen.length === 0) throw new Error("the lab has no etcd to stop");
  for (const pid of frozen) process.kill(pid, "SIGSTOP");
}

function thaw(): void {
  for (const pid of frozen) process.kill(pid, "SIGCONT");
  frozen = [];
}

/** What one workload asks another on the other host, until it is told to stop. */
function startPings(): () => Promise<string> {
  using asker = NetworkNamespace.open(`${lab.name}-red-a`);
  const child = asker.run(() =>
    spawn("ping", ["-i", "0.05", "-W", "1", "10.1.0.12"], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  pings = child;
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return async () => {
    const ended = once(child, "close");
    child.kill("SIGINT");
    await ended;
    return output;
  };
}

test.each([
  {
    how: "by a link that goes down",
    cut: ["link", "set", PORT, "down"],
    heal: ["link", "set", PORT, "up"],
  },
  {
    how: "by packets that vanish",
    cut: ["route", "add", "blackhole", H1],
    heal: ["route", "del", "blackhole", H1],
  },
])(
  "a host that is cut off from etcd $how forwards, refuses with the reason, and catches up",
  async ({ cut, heal }) => {
    const stopPings = startPings();
    await applyElsewhere(endpoint("before"));
    await until(async () => (await stateOf("red/before")) === "Declared");

    inManagement(...cut);
    await expect(resources.create(endpoint("refused"))).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringMatching(/^no member of etcd:\S+ answers: /),
    });
    await until(async () => !(await datastorePart()).ready);
    expect((await datastorePart()).message).toMatch(/^no member of etcd:\S+ answers: /);

    // What is known can still be used.
    await agent.attach({ endpoint: "red/before", namespace: workload, interface: "eth0" });
    expect(await stateOf("red/before")).toBe("Attached");

    await applyElsewhere(endpoint("meanwhile"));
    await elsewhere("delete", "endpoint", "a", "-n", "blue");
    expect(await stateOf("red/meanwhile")).toBeUndefined();
    expect(await stateOf("blue/a")).toBe("Attached");
    expect(NetworkNamespace.list()).toContain(`${lab.name}-h1.blue.main`);

    inManagement(...heal);
    await until(async () => (await stateOf("red/meanwhile")) === "Declared");
    await until(async () => (await stateOf("blue/a")) === undefined);
    // It was the last one of its VRF on the host, so that the kernel has nothing of it any more.
    await until(async () => !NetworkNamespace.list().includes(`${lab.name}-h1.blue.main`));
    await until(async () => (await datastorePart()).ready);
    const given = await resources.create(endpoint("refused"));
    expect(given.kind === "Endpoint" && given.spec.addresses).toHaveLength(1);
    // Nothing was given to the one that was refused before.
    await until(async () => (await elsewhere("ipam", "check")).includes("nothing is wrong"));
    expect(await stopPings()).toMatch(/(\d+) packets transmitted, \1 received, 0% packet loss/);
  },
  WHOLE_TEST_MS,
);

test(
  "hosts whose etcd stops forward, refuse with the reason, and catch up when it goes on",
  async () => {
    const stopPings = startPings();
    await applyElsewhere(endpoint("before"));
    await until(async () => (await stateOf("red/before")) === "Declared");

    freeze();
    await expect(resources.create(endpoint("refused"))).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringMatching(/^no member of etcd:\S+ answers: /),
    });
    await until(async () => !(await datastorePart()).ready);
    expect((await datastorePart()).message).toMatch(
      /^no member of etcd:\S+ answers: no answer within 3 s$/,
    );
    await agent.attach({ endpoint: "red/before", namespace: workload, interface: "eth0" });
    expect(await stateOf("red/before")).toBe("Attached");

    thaw();
    await until(async () => {
      const { ready, message } = await datastorePart();
      return ready && !message.includes("does not count as alive");
    });
    await applyElsewhere(endpoint("afterwards"));
    await elsewhere("delete", "endpoint", "a", "-n", "blue");
    await until(async () => (await stateOf("red/afterwards")) === "Declared");
    await until(async () => (await stateOf("blue/a")) === undefined);
    // What was refused does not happen later either.
    await expect(
      resources.get("Endpoint", { namespace: "red", name: "refused" }),
    ).rejects.toMatchObject({
      reason: "NotFound",
    });
    const given = await resources.create(endpoint("refused"));
    expect(given.kind === "Endpoint" && given.spec.addresses).toHaveLength(1);
    await until(async () => (await elsewhere("ipam", "check")).includes("nothing is wrong"));
    expect(await stopPings()).toMatch(/(\d+) packets transmitted, \1 received, 0% packet loss/);
  },
  WHOLE_TEST_MS,
);
