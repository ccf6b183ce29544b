/**
 * One host in a network namespace of its own, for tests of a real agent process: addresses on its
 * loopback device, a datastore, workloads as namespaces. Everything is removed at the end.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiClient, isSocketAlive } from "@selvedge/api";
import { openSqliteStore, ResourceStore } from "@selvedge/datastore";
import { parseIpAddress } from "@selvedge/net";
import { NetworkNamespace, primeThreadPool, RouteSocket } from "@selvedge/netlink";
import { type Change, parseManifests, type ResourceKey } from "@selvedge/resources";
import { vi } from "vitest";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const FLAGS = ["--conditions=@selvedge/source", "--disable-warning=ExperimentalWarning"];

/** Of the agent's host, and of a second one that tests play themselves. */
export const HOST_ADDRESS = "10.99.0.1";
export const PEER_ADDRESS = "10.99.0.2";

/** One host and a VRF with an endpoint on it: no neighbour to wait for. */
export const ALONE = `
apiVersion: selvedge.dev/v1alpha1
kind: Host
metadata: { name: h1 }
spec: { address: ${HOST_ADDRESS}, asn: 65000, routerId: ${HOST_ADDRESS} }
---
{ apiVersion: selvedge.dev/v1alpha1, kind: Tenant, metadata: { name: red }, spec: {} }
---
{ apiVersion: selvedge.dev/v1alpha1, kind: Vrf, metadata: { name: main, namespace: red }, spec: {} }
---
apiVersion: selvedge.dev/v1alpha1
kind: Subnet
metadata: { name: web, namespace: red }
spec: { vrf: main, cidrs: [10.1.0.0/24, "2001:db8:1::/64"], gateway: [10.1.0.1] }
---
apiVersion: selvedge.dev/v1alpha1
kind: Endpoint
metadata: { name: web-1, namespace: red }
spec: { subnet: web, host: h1, addresses: [10.1.0.11, "2001:db8:1::11"] }
`;

/** The same with a second host, which is a neighbour. */
export const MANIFESTS = `${ALONE}---
apiVersion: selvedge.dev/v1alpha1
kind: Host
metadata: { name: h2 }
spec: { address: ${PEER_ADDRESS}, asn: 65000, routerId: ${PEER_ADDRESS} }
`;

export class AgentWorld implements AsyncDisposable {
  /** Starts the name of every namespace of this world. */
  readonly prefix: string;
  readonly directory: string;
  readonly host: NetworkNamespace;
  readonly config: string;
  readonly log: string;
  readonly client: ApiClient;
  readonly #children = new Set<ChildProcess>();
  readonly #mounts: string[] = [];

  private constructor(prefix: string) {
    this.prefix = prefix;
    this.directory = mkdtempSync(join(tmpdir(), `${prefix}-`));
    this.host = NetworkNamespace.create(prefix);
    this.config = join(this.directory, "agent.yaml");
    this.log = join(this.directory, "agent.log");
    this.client = new ApiClient({ socketPath: join(this.directory, "run", "api.sock") });
    mkdirSync(this.storeDirectory);
    writeFileSync(
      this.config,
      [
        "host: h1",
        `datastore: { sqlite: ${this.store} }`,
        `runtimeDirectory: ${join(this.directory, "run")}`,
        `api: { audit: { file: ${join(this.directory, "audit.jsonl")} } }`,
        `namespacePrefix: ${prefix}`,
        "bgp: { holdTime: 9, connectRetry: 1 }",
      ].join("\n"),
    );
    writeFileSync(this.log, "");
  }

  /** @throws Error when the test does not run as root. */
  static async create(): Promise<AgentWorld> {
    if (process.getuid?.() !== 0)
      throw new Error("this test makes network namespaces: run it as root");
    await primeThreadPool();
    const random = Math.random().toString(36).slice(2, 8);
    const world = new AgentWorld(`svt-agent-${process.pid}-${random}`);
    using socket = RouteSocket.open(world.host);
    socket.executeOne({ kind: "link.set", name: "lo", up: true });
    for (const address of [HOST_ADDRESS, PEER_ADDRESS]) {
      socket.executeOne({
        kind: "address.replace",
        link: 1,
        address: parseIpAddress(address),
        length: 32,
      });
    }
    return world;
  }

  get storeDirectory(): string {
    return join(this.directory, "store");
  }

  get store(): string {
    return join(this.storeDirectory, "datastore.db");
  }

  /** Puts the datastore on a file system of its own, so that it can be filled. */
  mountStore(size: string): void {
    execFileSync("mount", [
      "-t",
      "tmpfs",
      "-o",
      `size=${size}`,
      "selvedge-test",
      this.storeDirectory,
    ]);
    this.#mounts.push(this.storeDirectory);
  }

  async apply(text: string): Promise<void> {
    const parsed = parseManifests(text, { file: "world.yaml" });
    if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.issues));
    await using store = openSqliteStore(this.store);
    const changes: Change[] = parsed.manifests.map((manifest) => ({ kind: "put", ...manifest }));
    const outcome = await new ResourceStore(store).apply(changes);
    if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.issues));
  }

  async delete(key: ResourceKey): Promise<void> {
    await using store = openSqliteStore(this.store);
    const outcome = await new ResourceStore(store).apply([{ kind: "delete", key }]);
    if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.issues));
  }

  /** A new workload's namespace; its name. */
  workload(name: string): string {
    const namespace = `${this.prefix}-${name}`;
    NetworkNamespace.create(namespace)[Symbol.dispose]();
    return namespace;
  }

  /** Starts the agent in the host's namespace and waits for its API. */
  async startAgent(): Promise<ChildProcess> {
    const agent = this.spawnAgent([]);
    await vi.waitUntil(
      async () => {
        if (agent.exitCode !== null) throw new Error(`the agent ended:\n${this.logText()}`);
        return isSocketAlive(this.client.socketPath);
      },
      { timeout: 20_000, interval: 20 },
    );
    return agent;
  }

  /** Runs `selvedge agent` with further arguments to its end; its exit code. */
  async runAgent(args: readonly string[]): Promise<number | null> {
    const agent = this.spawnAgent(args);
    await once(agent, "exit");
    return agent.exitCode;
  }

  spawnAgent(args: readonly string[]): ChildProcess {
    return this.spawn([...FLAGS, MAIN, "--config", this.config, ...args], (text) =>
      appendFileSync(this.log, text),
    );
  }

  /** Starts Node inside the host's namespace; children that live at the end are killed. */
  spawn(args: readonly string[], onOutput: (text: string) => void): ChildProcess {
    const child = this.host.run(() =>
      spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] }),
    );
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => onOutput(String(chunk)));
    }
    return child;
  }

  logText(): string {
    return readFileSync(this.log, "utf8");
  }

  /** Namespaces of VRFs that are there. */
  vrfNamespaces(): string[] {
    return NetworkNamespace.list().filter((name) => name.startsWith(`${this.prefix}.`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    this.host[Symbol.dispose]();
    for (const name of NetworkNamespace.list()) {
      if (name.startsWith(this.prefix)) NetworkNamespace.delete(name);
    }
    for (const mount of this.#mounts) execFileSync("umount", [mount]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Ends a child and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
  return child.exitCode;
}
