/** Repairing what `check` found, each by a transaction that compares what the check has seen. */

import type { Comparison, Store } from "@selvedge/datastore";
import type { IpAddress } from "@selvedge/net";
import { EMPTY_BLOCK, withAllocation, withoutAllocation } from "./block.ts";
import { Draft } from "./draft.ts";
import type { Finding } from "./finding.ts";
import { isEndpointOwner } from "./owner-record.ts";
import { poolName } from "./pool.ts";
import { addressAt, ordinalOf, PoolLayout } from "./pool-layout.ts";
import type { StoredPool, StoredPools } from "./stored-pools.ts";

/** What became of a finding. */
export interface Repair {
  readonly finding: Finding;
  /** `changed`: somebody changed it since the check. `manual`: what is right, only an operator can say. */
  readonly outcome: "repaired" | "changed" | "manual";
}

export interface RepairOptions {
  /** Milliseconds since 1970, asked for each repair: what is released late cools down from then on. Default Date.now. */
  readonly now?: () => number;
  /** What must still hold at each repair. */
  readonly compare?: readonly Comparison[];
}

/** Repairs in the order of the findings, which are of a check of `stored`. May throw StoreError. */
export async function repair(
  store: Store,
  stored: StoredPools,
  findings: readonly Finding[],
  { now = Date.now, compare = [] }: RepairOptions = {},
): Promise<Repair[]> {
  const pools = new Map(stored.pools);
  const repairs: Repair[] = [];
  for (const finding of findings) {
    if (!("pool" in finding)) {
      repairs.push({ finding, outcome: "manual" });
      continue;
    }
    const name = poolName(finding.pool);
    const pool = pools.get(name) ?? { id: finding.pool, blocks: new Map(), owners: new Map() };
    pools.set(name, pool);
    const draft = repaired(draftOf(pool), finding, now());
    const outcome =
      draft === undefined
        ? "manual"
        : (await commitDraft(store, pool, draft, compare))
          ? "repaired"
          : "changed";
    repairs.push({ finding, outcome });
  }
  return repairs;
}

/** A draft on top of what was stored of the pool. */
export function draftOf({ id, blocks, owners }: StoredPool): Draft {
  // Only keys are made of it: what is repaired says itself which block it is in.
  const layout = new PoolLayout({
    ...{ tenant: id.tenant, subnet: id.subnet, cidrs: [], gateway: [], reserved: [], excluded: [] },
    blockLength: { 4: 32, 6: 128 },
  });
  return new Draft({ layout, blocks, unreadable: new Set(), owners });
}

/** Commits if nothing has changed, also not the keys in `compare`, and then keeps `pool` what is stored. */
export async function commitDraft(
  store: Store,
  pool: StoredPool,
  draft: Draft,
  compare: readonly Comparison[] = [],
): Promise<boolean> {
  const transaction = draft.transaction();
  const outcome = await store.commit({
    ...transaction,
    compare: [...transaction.compare, ...compare],
  });
  if (outcome.kind === "conflict") return false;
  const { revision: modRevision } = outcome;
  for (const [prefix, value] of draft.changedBlocks) {
    if (value === undefined) pool.blocks.delete(prefix);
    else pool.blocks.set(prefix, { value, modRevision });
  }
  for (const [owner, value] of draft.changedOwners) {
    if (value.length === 0) pool.owners.delete(owner);
    else pool.owners.set(owner, { value, modRevision });
  }
  return true;
}

/** The draft once the finding is repaired, or undefined when nobody but an operator can say what is right. */
function repaired(draft: Draft, finding: Finding, now: number): Draft | undefined {
  switch (finding.kind) {
    case "leaked": {
      const { block: prefix, owner, address } = finding;
      const block = draft.block(prefix);
      const ordinal = ordinalOf(prefix, address);
      if (block?.allocations.get(ordinal)?.owner !== owner) return undefined;
      const released = draft.withBlock(prefix, withoutAllocation(block, ordinal, now));
      const kept = draft.addressesOf(owner).filter((held) => held !== address);
      return isEndpointOwner(owner) ? released : released.withOwner(owner, kept);
    }
    case "missing": {
      const { block: prefix, owner, address, host, mac } = finding;
      const block = draft.block(prefix) ?? EMPTY_BLOCK;
      const ordinal = ordinalOf(prefix, address);
      if (block.allocations.has(ordinal)) return undefined;
      const optional = mac === undefined ? {} : { mac };
      const allocation = { owner, host, time: now, reason: "repair", ...optional };
      return draft.withBlock(prefix, withAllocation(block, ordinal, allocation));
    }
    case "wrong-host": {
      const { block: prefix, owner, address, declared: host } = finding;
      const block = draft.block(prefix);
      const ordinal = ordinalOf(prefix, address);
      const allocation = block?.allocations.get(ordinal);
      if (block === undefined || allocation?.owner !== owner) return undefined;
      return draft.withBlock(prefix, withAllocation(block, ordinal, { ...allocation, host }));
    }
    case "wrong-record":
      return draft.withOwner(finding.owner, givenTo(draft, finding.owner));
    case "doubly-owned":
    case "outside":
    case "stray":
    case "doubly-wired":
    case "unwired":
    case "unreadable":
      return undefined;
    default:
      return finding satisfies never;
  }
}

function givenTo(draft: Draft, owner: string): IpAddress[] {
  if (isEndpointOwner(owner)) return [];
  return [...draft.blocks()].flatMap(([prefix, { allocations }]) =>
    [...allocations].flatMap(([ordinal, allocation]) =>
      allocation.owner === owner ? [addressAt(prefix, ordinal)] : [],
    ),
  );
}
