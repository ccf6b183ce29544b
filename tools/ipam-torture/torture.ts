/**
 * A torture of address allocation: real processes that give and release addresses of the same subnets at once, killed at
 * random, with a datastore that may be restarted meanwhile. What they wrote down must be possible, and after garbage
 * collection the datastore must hold exactly what they hold.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openStore, parseDatastoreLocation } from "@selvedge/datastore";
import { allocationsOf, Collector, readStoredPools } from "@selvedge/ipam";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";
import { readEvents } from "./event-log.ts";
import { checkHistory, type Holding, holdingsOf, operationsOf } from "./history.ts";
import type { Workload } from "./workload.ts";

const HOST_PROCESS = fileURLToPath(new URL("./host-process.ts", import.meta.url));
/** Octets that a host writes down of an operation, about. */
const OCTETS_PER_OPERATION = 220;
const LOOK_MS = 5;

/** What is done to whom. */
export interface Torture {
  readonly workload: Omit<Workload, "host" | "log">;
  readonly hosts: number;
  /** Processes to kill, spread over the work. */
  readonly kills: number;
  /** Which process is killed: numbers from 0 up to 1. */
  readonly random: () => number;
  /** Addresses of a subnet that may be given. */
  readonly poolSize: number;
  /** Run once, in the middle of the work. */
  readonly restart?: () => Promise<void>;
}

/** What came of it. */
export interface TortureReport {
  /** By action and outcome: "allocate done". */
  readonly operations: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly seconds: number;
  /** Addresses that hosts hold at the end. */
  readonly held: number;
  /** Addresses that garbage collection took back: of operations that nobody answered. */
  readonly collected: number;
  /** Everything that is wrong. */
  readonly faults: readonly string[];
}

/** Runs it. Throws when a host ends by a fault of its own. */
export async function torture(options: Torture): Promise<TortureReport> {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-torture-"));
  const { workload, hosts } = options;
  const start = performance.now();
  try {
    const fleet = new Fleet(
      Array.from({ length: hosts }, (_, index) => ({
        ...workload,
        host: `h${index + 1}`,
        log: join(directory, `h${index + 1}`),
      })),
    );
    const kills = await fleet.run(options);
    const seconds = (performance.now() - start) / 1000;
    const operations = operationsOf(fleet.logs.flatMap(readEvents));
    const holdings = holdingsOf(operations).filter(({ to }) => to === Infinity);
    const capacity = { size: options.poolSize, coolDown: workload.coolDown * 1000 };
    const end = await collectAndCompare(workload.datastore, holdings);
    const counts: Record<string, number> = {};
    for (const { action, outcome } of operations) {
      counts[`${action} ${outcome}`] = (counts[`${action} ${outcome}`] ?? 0) + 1;
    }
    return {
      operations: counts,
      kills,
      seconds: Number(seconds.toFixed(1)),
      held: new Set(holdings.map(({ pool, address }) => `${pool} ${address}`)).size,
      collected: end.collected,
      faults: [...checkHistory(operations, capacity), ...end.faults],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The processes of all hosts; one that is killed is started again. */
class Fleet {
  readonly #workloads: readonly Workload[];
  readonly #running = new Map<string, ChildProcess>();

  constructor(workloads: readonly Workload[]) {
    this.#workloads = workloads;
  }

  get logs(): readonly string[] {
    return this.#workloads.map(({ log }) => log);
  }

  /** Until all have done their work; returns how many were killed. */
  async run({ kills, random, restart, workload }: Torture): Promise<number> {
    const failure = new AbortController();
    for (const one of this.#workloads) this.#start(one, failure);
    const { hold, churn, tenants } = workload;
    const operations = this.#workloads.length * tenants.length * (hold + 2 * churn);
    let killed = 0;
    let restarting: Promise<void> | undefined;
    try {
      while (this.#running.size > 0 && !failure.signal.aborted) {
        const progress = this.#written() / (operations * OCTETS_PER_OPERATION);
        if (killed < kills && progress > (killed + 1) / (kills + 2)) {
          killed += 1;
          this.#killOne(random());
        }
        if (restart !== undefined && progress > 0.5) restarting ??= restart();
        await pause(LOOK_MS);
      }
      await restarting;
    } finally {
      for (const child of this.#running.values()) child.kill("SIGKILL");
    }
    if (failure.signal.aborted) throw failure.signal.reason;
    return killed;
  }

  #killOne(random: number): void {
    const children = [...this.#running.values()];
    children[Math.floor(random * children.length)]?.kill("SIGKILL");
  }

  #written(): number {
    return this.logs.reduce(
      (sum, log) => sum + (statSync(log, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  }

  #start(workload: Workload, failure: AbortController): void {
    const args = [...NODE_FLAGS, HOST_PROCESS, JSON.stringify(workload)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    this.#running.set(workload.host, child);
    void once(child, "exit").then(([code, signal]) => {
      this.#running.delete(workload.host);
      if (signal === "SIGKILL" && !failure.signal.aborted) this.#start(workload, failure);
      else if (code !== 0)
        failure.abort(new Error(`${workload.host} ended with ${code ?? signal}`));
    });
  }
}

/** Garbage collection must leave what is held, all of it and nothing else. */
async function collectAndCompare(
  datastore: string,
  holdings: readonly Holding[],
): Promise<{ readonly collected: number; readonly faults: readonly string[] }> {
  const parsed = parseDatastoreLocation(datastore);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  await using store = openStore(parsed.location);
  const owners = new Set(holdings.map(({ pool, owner }) => `${pool} ${owner}`));
  const ownerExists = (owner: string, pool: { readonly tenant: string }) =>
    owners.has(`${pool.tenant} ${owner}`);
  const collected = await new Collector(store, { grace: 0, ownerExists }).collect();
  const { pools, unreadable } = await readStoredPools(store);
  const stored = new Map<string, string>();
  const faults = unreadable.map(({ key, reason }) => `${key}: ${reason}`);
  for (const pool of pools.values()) {
    for (const { address, owner } of allocationsOf(pool)) {
      const place = `${pool.id.tenant} ${address}`;
      if (stored.has(place)) faults.push(`${place} is in two blocks`);
      stored.set(place, owner);
    }
  }
  const held = new Map(holdings.map(({ pool, address, owner }) => [`${pool} ${address}`, owner]));
  for (const [place, owner] of held) {
    const found = stored.get(place) ?? "nobody";
    if (found !== owner) faults.push(`${owner} holds ${place}, and it is stored as ${found}'s`);
  }
  for (const [place, owner] of stored) {
    if (!held.has(place))
      faults.push(`${place} is lost: stored as ${owner}'s, and nobody holds it`);
  }
  return { collected: collected.released.length, faults };
}
