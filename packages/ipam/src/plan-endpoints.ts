/** Planning what changes of Endpoints mean for one pool, pure. */

import type { IpAddress } from "@selvedge/net";
import type { Endpoint, ResourceKey } from "@selvedge/resources";
import { Draft, type PoolState } from "./draft.ts";
import type { Refusal } from "./ipam-error.ts";
import { type AllocationRequest, type PlanContext, planAllocation } from "./plan-allocation.ts";
import { planRelease } from "./plan-release.ts";
import { planUse } from "./plan-use.ts";
import { poolFamilies } from "./pool.ts";

/** An Endpoint of the pool before and after the change; absent where it is not of this pool, or is not there. */
export interface EndpointChange {
  readonly key: ResourceKey;
  readonly before?: Endpoint;
  readonly after?: Endpoint;
}

/** All of the changes, or every reason against. */
export interface EndpointsPlan {
  readonly draft: Draft;
  /** The addresses of each Endpoint that is of the pool afterwards. */
  readonly addresses: ReadonlyMap<ResourceKey, readonly IpAddress[]>;
  readonly refusals: readonly { readonly key: ResourceKey; readonly refusal: Refusal }[];
}

/**
 * First what is released, so that an address may go from one Endpoint to another; then what is fixed, so that nobody
 * who takes any address gets it. An Endpoint without addresses keeps those that it has.
 */
export function planEndpoints(
  state: PoolState,
  changes: readonly EndpointChange[],
  context: PlanContext,
): EndpointsPlan {
  const owners = new Map(
    changes.flatMap(({ key, before }) =>
      before === undefined ? [] : [[key, { value: before.spec.addresses, modRevision: 0 }]],
    ),
  );
  let draft = new Draft({ ...state, owners });
  const addresses = new Map<ResourceKey, readonly IpAddress[]>();
  const refusals: { key: ResourceKey; refusal: Refusal }[] = [];
  for (const { key: owner, before, after } of changes) {
    const kept = after === undefined ? [] : (wantedOf(after) ?? before?.spec.addresses ?? []);
    const released = before?.spec.addresses.filter((address) => !kept.includes(address)) ?? [];
    if (released.length === 0) continue;
    const plan = planRelease(draft, { owner, addresses: released }, context.now);
    if (plan.kind === "planned") draft = plan.draft;
    else refusals.push({ key: owner, refusal: plan.refusal });
  }
  const families = poolFamilies(state.layout.pool);
  for (const isFixed of [true, false]) {
    for (const { key, after } of changes) {
      if (after === undefined || (wantedOf(after) !== undefined) !== isFixed) continue;
      const fixed = wantedOf(after);
      const want: AllocationRequest["want"] =
        fixed === undefined
          ? { kind: "any", families, count: 1 }
          : { kind: "fixed", addresses: fixed };
      const { host, mac } = after.spec;
      const use = { owner: key, host, ...(mac === undefined ? {} : { mac }) };
      const held = draft.addressesOf(key);
      const reason = isFixed ? "fixed" : "automatic";
      const plan = planAllocation(draft, { ...use, reason, want }, context);
      if (plan.kind === "refused") {
        refusals.push({ key, refusal: plan.refusal });
        continue;
      }
      draft = planUse(plan.draft, use);
      const added = plan.addresses.filter((address) => !held.includes(address));
      addresses.set(key, fixed ?? [...held, ...added]);
    }
  }
  return { draft, addresses, refusals };
}

/** The addresses that the user wrote, if any. */
function wantedOf({ spec }: Endpoint): readonly IpAddress[] | undefined {
  return spec.addresses.length === 0 ? undefined : spec.addresses;
}
