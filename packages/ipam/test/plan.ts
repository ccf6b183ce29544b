/** Planning without a datastore: a pool whose drafts become its state at once. */
import type { IpAddress, IpFamily, IpPrefix } from "@selvedge/net";
import type { Block } from "../src/block.ts";
import { Draft, type Known, type PoolState } from "../src/draft.ts";
import {
  type AllocationPlan,
  type AllocationRequest,
  type PlanContext,
  planAllocation,
} from "../src/plan-allocation.ts";
import { planRelease } from "../src/plan-release.ts";
import type { Pool } from "../src/pool.ts";
import { PoolLayout } from "../src/pool-layout.ts";
import { LOWEST_FREE } from "../src/strategy.ts";
import { ips } from "./pools.ts";

export const MINUTE = 60_000;

/** See the file's head. */
export class PlannedPool {
  readonly layout: PoolLayout;
  context: PlanContext = { now: 1000, coolDown: MINUTE, strategy: LOWEST_FREE };
  #draft: Draft;

  constructor(pool: Pool, unreadable: readonly IpPrefix[] = []) {
    this.layout = new PoolLayout(pool);
    const state: PoolState = {
      layout: this.layout,
      blocks: new Map<IpPrefix, Known<Block>>(),
      unreadable: new Set(unreadable),
      owners: new Map(),
    };
    this.#draft = new Draft(state);
  }

  get draft(): Draft {
    return this.#draft;
  }

  plan(request: AllocationRequest): AllocationPlan {
    const plan = planAllocation(this.#draft, request, this.context);
    if (plan.kind === "planned") this.#draft = plan.draft;
    return plan;
  }

  /** The addresses given, or the kind of the refusal. */
  any(
    owner: string,
    host: string,
    families: readonly IpFamily[] = [4],
    count = 1,
  ): readonly IpAddress[] | string {
    return outcome(
      this.plan({ owner, host, reason: "test", want: { kind: "any", families, count } }),
    );
  }

  fixed(owner: string, host: string, ...addresses: string[]): readonly IpAddress[] | string {
    const want = { kind: "fixed", addresses: ips(...addresses) } as const;
    return outcome(this.plan({ owner, host, reason: "test", want }));
  }

  release(owner: string, ...addresses: string[]): readonly IpAddress[] | string {
    const only = addresses.length === 0 ? {} : { addresses: ips(...addresses) };
    const plan = planRelease(this.#draft, { owner, ...only }, this.context.now);
    if (plan.kind === "planned") this.#draft = plan.draft;
    return outcome(plan);
  }

  wait(milliseconds: number): void {
    this.context = { ...this.context, now: this.context.now + milliseconds };
  }
}

function outcome(
  plan: AllocationPlan | ReturnType<typeof planRelease>,
): readonly IpAddress[] | string {
  return plan.kind === "planned" ? plan.addresses : plan.refusal.kind;
}
