/**
 * A random walk on the kernel: a host that wants ever other things, whose agent is killed at any point, and in whose
 * namespaces others do what they like. After each few operations one apply must leave what a fresh build of the same
 * leaves on a host that has had nothing before.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { NetworkNamespace } from "@selvedge/netlink";
import fc from "fast-check";
import { Dataplane } from "../../src/index.ts";
import { calls, WORKLOADS, type World, worlds } from "../model/worlds.ts";
import { describeKernel } from "./described-kernel.ts";
import { foreignDeed } from "./foreign-deeds.ts";
import { standingFailures } from "./standing-failures.ts";
import type { Answer, Order } from "./walking-agent.ts";

type Operation =
  | { readonly kind: "want"; readonly world: World }
  /** Milliseconds from the beginning of an apply, which takes some tens. */
  | { readonly kind: "kill"; readonly after: number }
  | { readonly kind: "restart" }
  | { readonly kind: "foreign"; readonly pick: number }
  | { readonly kind: "check" };

const operations: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("want" as const), world: worlds }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("kill" as const), after: fc.nat({ max: 25 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" } as const) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("foreign" as const), pick: fc.nat() }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "check" } as const) },
);

export interface WalkOptions {
  readonly seed: number;
  readonly operations: number;
  /** Told of each operation once it is done. */
  readonly onOperation?: (what: string) => void;
  /** Ends the walk before its next operation. */
  readonly signal?: AbortSignal;
}

/** What a walk came to. */
export interface WalkReport {
  readonly checks: number;
  readonly kills: number;
  readonly foreignDeeds: number;
  /** Writes that the applies of all checks made. */
  readonly repairs: number;
}

const AGENT = fileURLToPath(new URL("./walking-agent.ts", import.meta.url));
const NOTHING: World = { vrfs: [], endpoints: [], routes: [], stations: [] };

/** @throws Error with what differs, when a check finds that. Leaves no namespace behind. */
export async function walk(options: WalkOptions): Promise<WalkReport> {
  await using host = new WalkedHost();
  const steps = fc.sample(operations, { seed: options.seed, numRuns: options.operations });
  for (const step of [...steps, { kind: "check" } as const]) {
    if (options.signal?.aborted === true) break;
    await host.take(step, options);
  }
  return host.report;
}

class WalkedHost implements AsyncDisposable {
  readonly #name = `svt-walk-${process.pid}-${randomBytes(3).toString("hex")}`;
  readonly #walked = `${this.#name}-a`;
  readonly #fresh = `${this.#name}-b`;
  readonly #underlay = `${this.#name}-underlay`;
  /** What has happened since the last check, for whoever has to find out why. */
  readonly #history: string[] = [];
  #wanted = NOTHING;
  #agent: ChildProcess | undefined;
  #counts = { checks: 0, kills: 0, foreignDeeds: 0, repairs: 0 };

  constructor() {
    NetworkNamespace.create(this.#underlay).close();
    for (const name of this.#workloads(this.#walked)) NetworkNamespace.create(name).close();
  }

  get report(): WalkReport {
    return this.#counts;
  }

  async take(step: Operation, { onOperation }: WalkOptions): Promise<void> {
    const what = await this.#do(step);
    this.#history.push(what);
    onOperation?.(what);
    if (step.kind === "check") this.#history.length = 0;
  }

  async #do(step: Operation): Promise<string> {
    switch (step.kind) {
      case "want":
        await this.#want(step.world);
        return `want ${JSON.stringify(step.world)}`;
      case "kill": {
        const agent = await this.#running();
        const begun = this.#order(agent, { kind: "begin" });
        await Promise.race([begun, pause(step.after)]);
        await this.#end();
        this.#counts.kills++;
        return `kill the agent ${step.after} ms into an apply`;
      }
      case "restart":
        await this.#end();
        return "restart the agent";
      case "foreign":
        this.#counts.foreignDeeds++;
        return foreignDeed(
          {
            prefix: this.#walked,
            underlay: this.#underlay,
            workloads: this.#workloads(this.#walked),
          },
          step.pick,
        );
      case "check":
        await this.#check();
        return "check";
      default:
        return step satisfies never;
    }
  }

  async #want(world: World): Promise<void> {
    const to = renamed(world, (name) => walkedName(name, this.#walked));
    // An agent that is not there is told everything when it is.
    if (this.#agent !== undefined) {
      await this.#order(this.#agent, { kind: "want", from: this.#wanted, to });
    }
    this.#wanted = to;
  }

  async #check(): Promise<void> {
    const agent = await this.#running();
    const { failures, operations } = await this.#order(agent, { kind: "settle" });
    using underlay = NetworkNamespace.open(this.#underlay);
    const walked = describeKernel(this.#walked, underlay);
    const built = this.#buildFresh();
    this.#counts.checks++;
    this.#counts.repairs += operations;
    const missing = built.lines.filter((line) => !walked.includes(line));
    const left = walked.filter((line) => !built.lines.includes(line));
    if (missing.length + left.length === 0 && failures.length === built.failures.length) return;
    throw new Error(
      [
        ...["after:", ...this.#history],
        ...["in a fresh build only:", ...missing, ...built.failures],
        ...["here only:", ...left, ...failures],
      ].join("\n"),
    );
  }

  /** The same on a host that has had nothing before. */
  #buildFresh(): { readonly lines: readonly string[]; readonly failures: readonly string[] } {
    for (const name of this.#workloads(this.#fresh)) NetworkNamespace.create(name).close();
    NetworkNamespace.create(`${this.#name}-new`).close();
    try {
      using underlay = NetworkNamespace.open(`${this.#name}-new`);
      using dataplane = new Dataplane({
        underlay,
        namespacePrefix: this.#fresh,
        log: { info: () => undefined, debug: () => undefined },
      });
      const wanted = renamed(this.#wanted, (name) => name.replace(this.#walked, this.#fresh));
      for (const call of calls(NOTHING, wanted)) call(dataplane);
      dataplane.markSynced();
      dataplane.apply();
      const failures = standingFailures(dataplane);
      const lines = describeKernel(this.#fresh, underlay);
      dataplane.cleanup();
      return { lines, failures };
    } finally {
      removeNamespaces((name) => name.startsWith(this.#fresh) || name === `${this.#name}-new`);
    }
  }

  async #running(): Promise<ChildProcess> {
    if (this.#agent !== undefined) return this.#agent;
    const agent = fork(AGENT, [this.#underlay, this.#walked], {
      execArgv: ["--conditions=@selvedge/source", "--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#agent = agent;
    await answered(agent);
    await this.#order(agent, { kind: "want", from: NOTHING, to: this.#wanted });
    return agent;
  }

  async #order(agent: ChildProcess, order: Order): Promise<Answer> {
    const answer = answered(agent);
    agent.send(order);
    return answer;
  }

  async #end(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    if (agent?.kill("SIGKILL") === true) await once(agent, "exit");
  }

  #workloads(prefix: string): string[] {
    return WORKLOADS.map((name) => `${prefix}-${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    removeNamespaces((name) => name.startsWith(this.#name));
  }
}

/** Its next word; or never, when it is killed first, for whoever asked has stopped waiting then. */
function answered(agent: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      if (code !== null) reject(new Error(`the agent has ended with ${code}`));
    };
    agent.once("exit", onExit);
    agent.once("message", (answer: Answer) => {
      agent.off("exit", onExit);
      resolve(answer);
    });
  });
}

function removeNamespaces(isOurs: (name: string) => boolean): void {
  for (const name of NetworkNamespace.list()) if (isOurs(name)) NetworkNamespace.delete(name);
}

/** The world with other names of namespaces. */
function renamed(world: World, rename: (namespace: string) => string): World {
  const { vrfs, endpoints, ...rest } = world;
  return {
    vrfs: vrfs.map((vrf) => ({ ...vrf, namespace: rename(vrf.namespace) })),
    endpoints: endpoints.map((endpoint) => ({
      ...endpoint,
      workload: { ...endpoint.workload, namespace: rename(endpoint.workload.namespace) },
    })),
    ...rest,
  };
}

/** A name of the model's (`vrf.red.main`, `w1`) as one of this walk. */
function walkedName(namespace: string, prefix: string): string {
  return namespace.startsWith("vrf.") ? namespace.replace("vrf", prefix) : `${prefix}-${namespace}`;
}
