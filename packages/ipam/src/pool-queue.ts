/**
 * The changes of one pool in this process, one transaction at a time. What is asked for while a transaction is under way
 * goes into the next one together, so that many callers cost one write of a block.
 */

import type { CommitOutcome, Store, Transaction } from "@selvedge/datastore";
import type { IpAddress } from "@selvedge/net";
import { Draft } from "./draft.ts";
import { IpamError } from "./ipam-error.ts";
import { type AllocationRequest, type PlanContext, planAllocation } from "./plan-allocation.ts";
import { planRelease, type ReleaseRequest } from "./plan-release.ts";
import type { Pool } from "./pool.ts";
import { PoolCache } from "./pool-cache.ts";
import { isUnknownOutcome, settle } from "./unknown-outcome.ts";

/** Keys in a transaction: the etcd engine compares 64 at most. */
const MAX_OPERATIONS = 60;

/** What is asked for of a pool. */
export type PoolRequest =
  | { readonly kind: "allocate"; readonly request: AllocationRequest }
  | { readonly kind: "release"; readonly request: ReleaseRequest };

interface Job {
  readonly asked: PoolRequest;
  readonly resolve: (addresses: readonly IpAddress[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs planned together. `left` did not fit into the transaction. */
interface Batch {
  readonly draft: Draft;
  readonly answers: readonly (readonly [Job, readonly IpAddress[] | IpamError])[];
  readonly left: readonly Job[];
}

/** See the file's head. */
export class PoolQueue {
  readonly #store: Store;
  readonly #cache: PoolCache;
  readonly #context: () => PlanContext;
  #pending: Job[] = [];
  #isRunning = false;

  constructor(store: Store, pool: Pool, context: () => PlanContext) {
    this.#store = store;
    this.#cache = new PoolCache(store, pool);
    this.#context = context;
  }

  get pool(): Pool {
    return this.#cache.state.layout.pool;
  }

  /** From the next transaction on the pool is this one. */
  setPool(pool: Pool): void {
    this.#cache.setPool(pool);
  }

  /** The addresses given or released. Rejects with IpamError or StoreError; then nothing was given. */
  ask(asked: PoolRequest): Promise<readonly IpAddress[]> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ asked, resolve, reject });
      if (this.#isRunning) return;
      this.#isRunning = true;
      // Callers of the same turn go together.
      queueMicrotask(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const jobs = this.#pending.splice(0, MAX_OPERATIONS);
      try {
        const { answers, left } = await this.#settleBatch(jobs);
        this.#pending.unshift(...left);
        for (const [job, answer] of answers) {
          if (answer instanceof IpamError) job.reject(answer);
          else job.resolve(answer);
        }
      } catch (error) {
        for (const job of jobs) job.reject(error);
      }
    }
    this.#isRunning = false;
  }

  /** Plans and commits until the transaction is the pool's next state. */
  async #settleBatch(jobs: readonly Job[]): Promise<Batch> {
    const cache = this.#cache;
    const owners = jobs.map(({ asked }) => asked.request.owner);
    const releasing = jobs.filter(({ asked }) => asked.kind === "release");
    await cache.ensureLoaded();
    cache.forgetOwners();
    // An owner that asks for addresses is taken to be new; the datastore will tell if it is not.
    await cache.loadOwners(releasing.map(({ asked }) => asked.request.owner));
    let isFresh = false;
    while (true) {
      const batch = this.#plan(jobs);
      const isRefused = batch.answers.some(([, answer]) => answer instanceof IpamError);
      if (isRefused && !isFresh) {
        await cache.load();
        await cache.loadOwners(owners);
        isFresh = true;
        continue;
      }
      if (batch.draft.operations === 0) return batch;
      const outcome = await this.#commit(batch.draft.transaction());
      if (outcome.kind === "committed") {
        cache.commit(batch.draft, outcome.revision);
        return batch;
      }
      isFresh = false;
      if (outcome.kind === "conflict") await cache.refreshKey(outcome.key);
      else await cache.load();
      await cache.loadOwners(owners);
    }
  }

  #plan(jobs: readonly Job[]): Batch {
    let draft = new Draft(this.#cache.state);
    const context = this.#context();
    const answers: [Job, readonly IpAddress[] | IpamError][] = [];
    for (const [index, job] of jobs.entries()) {
      const { kind, request } = job.asked;
      const plan =
        kind === "allocate"
          ? planAllocation(draft, request, context)
          : planRelease(draft, request, context.now);
      if (plan.kind === "refused") {
        answers.push([job, new IpamError(this.pool, plan.refusal)]);
        continue;
      }
      if (plan.draft.operations > MAX_OPERATIONS && draft.operations > 0) {
        return { draft, answers, left: jobs.slice(index) };
      }
      draft = plan.draft;
      answers.push([job, plan.addresses]);
    }
    return { draft, answers, left: [] };
  }

  async #commit(transaction: Transaction): Promise<CommitOutcome | { readonly kind: "settled" }> {
    try {
      return await this.#store.commit(transaction);
    } catch (error) {
      if (!isUnknownOutcome(error)) throw error;
      try {
        await settle(this.#store, transaction);
      } catch {
        // The datastore does not answer: the caller must know that the commit may have happened.
        throw error;
      }
      return { kind: "settled" };
    }
  }
}
