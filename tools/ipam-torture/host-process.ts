/**
 * One host of a torture, in a process of its own that may be killed at any instant: gives and releases addresses until it
 * has done its work. Started again, it goes on from its log; what it had asked for and got no answer of, it asks for
 * again, or leaves to garbage collection, each for half of the owners.
 */
import { setTimeout as pause } from "node:timers/promises";
import { openStore, parseDatastoreLocation, StoreError } from "@selvedge/datastore";
import { Ipam, IpamError, type Pool } from "@selvedge/ipam";
import { EventLog, monotonicMicroseconds, readEvents } from "./event-log.ts";
import { holdingsOf, operationsOf } from "./history.ts";
import { poolOf, type Workload, workloadSchema } from "./workload.ts";

/** Milliseconds before what failed is tried again. */
const RETRY_MS = 100;

class TorturedHost {
  readonly #workload: Workload;
  readonly #ipam: Ipam;
  readonly #log: EventLog;
  #operations = 0;

  constructor(workload: Workload, ipam: Ipam) {
    this.#workload = workload;
    this.#ipam = ipam;
    this.#log = new EventLog(workload.log);
  }

  async run(): Promise<void> {
    await Promise.all(this.#workload.tenants.map((tenant) => this.#runPool(tenant)));
  }

  async #runPool(tenant: string): Promise<void> {
    const { host, hold, churn, concurrency, log } = this.#workload;
    const pool = poolOf(this.#workload, tenant);
    const past = operationsOf(readEvents(log)).filter((one) => one.pool === tenant);
    const held = holdingsOf(past)
      .filter(({ to }) => to === Infinity)
      .map(({ owner }) => owner);
    const allocated = past.filter(({ action }) => action === "allocate");
    const answered = new Set(
      allocated.filter(({ outcome }) => outcome !== "unknown").map(({ owner }) => owner),
    );
    const doubtful = [...new Set(allocated.map(({ owner }) => owner))].filter(
      (owner) => !answered.has(owner),
    );
    const again = doubtful.filter((_, index) => index % 2 === 0);
    let next = allocated.length;
    let toChurn = Math.max(0, churn - past.filter(({ action }) => action === "release").length);
    let allocating = 0;
    const worker = async (): Promise<void> => {
      while (held.length + allocating < hold || toChurn > 0) {
        if (toChurn > 0 && held.length > hold / 2) {
          toChurn -= 1;
          const owner = held.shift();
          if (owner !== undefined) await this.#release(pool, owner);
          continue;
        }
        const owner = again.pop() ?? `${host}-${next++}`;
        allocating += 1;
        const isGiven = await this.#allocate(pool, owner);
        allocating -= 1;
        if (isGiven) held.push(owner);
        else await pause(RETRY_MS);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }

  async #allocate(pool: Pool, owner: string): Promise<boolean> {
    const { host } = this.#workload;
    return this.#record("allocate", pool, owner, () =>
      this.#ipam.allocate({ pool, owner, host, reason: "torture" }),
    );
  }

  async #release(pool: Pool, owner: string): Promise<void> {
    while (
      !(await this.#record("release", pool, owner, () => this.#ipam.release({ pool, owner })))
    ) {
      await pause(RETRY_MS);
    }
  }

  /** True when it has happened. */
  async #record(
    action: "allocate" | "release",
    pool: Pool,
    owner: string,
    work: () => Promise<readonly string[]>,
  ): Promise<boolean> {
    const operation = `${this.#workload.host} ${process.pid} ${pool.tenant} ${this.#operations++}`;
    const at = monotonicMicroseconds;
    this.#log.append({ kind: "call", at: at(), operation, action, pool: pool.tenant, owner });
    try {
      const addresses = [...(await work())];
      this.#log.append({ kind: "done", at: at(), operation, addresses });
      return true;
    } catch (error) {
      if (error instanceof IpamError && error.code === "pool-full") {
        this.#log.append({ kind: "full", at: at(), operation });
      } else if (error instanceof StoreError) {
        this.#log.append({ kind: "unknown", at: at(), operation, reason: error.message });
      } else {
        throw error;
      }
      return false;
    }
  }
}

const workload = workloadSchema.parse(JSON.parse(process.argv[2] ?? ""));
const parsed = parseDatastoreLocation(workload.datastore);
if (parsed.kind === "refused") throw new Error(parsed.message);
await using store = openStore(parsed.location);
await new TorturedHost(workload, new Ipam(store, { coolDown: workload.coolDown })).run();
