/** The agent of one host as a process, for benchmarks of what it takes to synchronise. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ApiClient } from "@selvedge/api";
import { NetworkNamespace } from "@selvedge/netlink";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";
import type { Datastore } from "./bench-datastore.ts";
import { cpuSecondsOf, memoryMiBOf } from "./process-figures.ts";

/** The host whose agent it is, and its address in a cluster of cluster-load.ts. */
export const AGENT_HOST = "h0";
export const AGENT_ADDRESS = "10.0.0.1";

const AGENT = fileURLToPath(new URL("../../packages/agent/src/main.ts", import.meta.url));
const POLL_MS = 10;
const GIVE_UP_MS = 120_000;

/** What a process has cost. */
export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** An agent's place on the host that this process is in; everything goes with it. */
export class AgentHost implements AsyncDisposable {
  readonly #prefix: string;
  readonly #directory: string;
  #agent: ChildProcess | undefined;

  constructor() {
    this.#prefix = `svt-first-sync-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
    this.#directory = mkdtempSync(join(tmpdir(), `${this.#prefix}-`));
  }

  /** Starts the agent, and ends it once it has synchronised; what it cost until then. */
  async sync(datastore: Datastore, endpoints: number, profile: string | undefined): Promise<Cost> {
    const runtimeDirectory = join(this.#directory, "run");
    const config = join(this.#directory, "agent.yaml");
    writeFileSync(
      config,
      JSON.stringify({
        host: AGENT_HOST,
        datastore: datastore.declared,
        runtimeDirectory,
        namespacePrefix: this.#prefix,
        api: { audit: { file: join(this.#directory, "audit.jsonl") } },
        log: { level: "error" },
      }),
    );
    const profiled = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
    const start = performance.now();
    const args = [...NODE_FLAGS, ...profiled, AGENT, "--config", config];
    const agent = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
    this.#agent = agent;
    const client = new ApiClient({ socketPath: join(runtimeDirectory, "api.sock") });
    while (!(await hasSynchronised(client, endpoints))) {
      if (agent.exitCode !== null) throw new Error(`the agent ended with ${agent.exitCode}`);
      if (performance.now() - start > GIVE_UP_MS) throw new Error("the agent does not get ready");
      await sleep(POLL_MS);
    }
    const seconds = (performance.now() - start) / 1000;
    const cost = { seconds, ...costOf(agent) };
    const ended = once(agent, "exit");
    agent.kill("SIGTERM");
    await ended;
    return cost;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#agent?.exitCode === null && this.#agent.kill("SIGKILL")) {
      await once(this.#agent, "exit");
    }
    for (const name of NetworkNamespace.list()) {
      if (name.startsWith(this.#prefix)) NetworkNamespace.delete(name);
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Nobody is there to have a session with; all else is ready, and the host's endpoints are known. */
async function hasSynchronised(client: ApiClient, endpoints: number): Promise<boolean> {
  let parts: Awaited<ReturnType<ApiClient["status"]>>["parts"];
  try {
    ({ parts } = await client.status());
  } catch {
    return false;
  }
  if (parts.some(({ part, ready }) => part !== "bgp" && !ready)) return false;
  const vrfs = new Set<string>();
  const known = (await client.endpoints()).endpoints;
  for (const { vrf } of known) vrfs.add(vrf);
  const inKernel = (await client.vrfs()).vrfs.filter(({ state }) => state === "Up");
  return known.length === endpoints && inKernel.length === vrfs.size;
}

/** What a process has cost but for the time. */
export function costOf({ pid = 0 }: ChildProcess): Omit<Cost, "seconds"> {
  return { cpuSeconds: cpuSecondsOf(pid), peakMiB: memoryMiBOf(pid, "VmHWM") };
}
