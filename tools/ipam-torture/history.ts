/**
 * What hosts did with addresses, written down by themselves as it happened, and whether it may have been so: an address
 * is one owner's from the answer of its allocation to the call of its release. What was never answered may have
 * happened, at any time from its call on, or not.
 */
import { z } from "zod";

const common = {
  /** Microseconds of the machine's monotonic clock. */
  at: z.int(),
  /** Of the operation, unique in the history. */
  operation: z.string(),
};

/** One line of a host's log. */
export const eventSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("call"),
    ...common,
    action: z.enum(["allocate", "release"]),
    pool: z.string(),
    owner: z.string(),
  }),
  /** It has happened. */
  z.object({ kind: z.literal("done"), ...common, addresses: z.array(z.string()) }),
  /** Nothing has happened, for want of free addresses. */
  z.object({ kind: z.literal("full"), ...common }),
  /** It may have happened or not. */
  z.object({ kind: z.literal("unknown"), ...common, reason: z.string() }),
]);

export type Event = z.infer<typeof eventSchema>;

/** An operation, and how it ended as far as it is known. */
export interface Operation {
  readonly action: "allocate" | "release";
  readonly pool: string;
  readonly owner: string;
  readonly calledAt: number;
  /** Infinity without an answer. */
  readonly endedAt: number;
  readonly outcome: "done" | "full" | "unknown";
  readonly addresses: readonly string[];
}

/** Operations of events, in the order of their calls. Throws for an answer without a call. */
export function operationsOf(events: readonly Event[]): Operation[] {
  const operations = new Map<string, Operation>();
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    const { operation: id, at } = event;
    if (event.kind === "call") {
      const { action, pool, owner } = event;
      const open = { endedAt: Infinity, outcome: "unknown", addresses: [] } as const;
      operations.set(id, { action, pool, owner, calledAt: at, ...open });
      continue;
    }
    const called = operations.get(id);
    if (called === undefined) throw new Error(`${id} was answered and never called`);
    if (event.kind === "unknown") continue;
    const addresses = event.kind === "done" ? event.addresses : [];
    operations.set(id, { ...called, endedAt: at, outcome: event.kind, addresses });
  }
  return [...operations.values()];
}

/** An address that its owner has for certain, from the answer of the allocation to the call of the release. */
export interface Holding {
  readonly pool: string;
  readonly address: string;
  readonly owner: string;
  readonly from: number;
  /** Infinity: to this day. */
  readonly to: number;
}

/** Every certain holding. An owner is given addresses, and releases them, as a whole. */
export function holdingsOf(operations: readonly Operation[]): Holding[] {
  const releases = new Map<string, number[]>();
  for (const { action, pool, owner, calledAt } of operations) {
    if (action === "release") addTo(releases, `${pool} ${owner}`, calledAt);
  }
  return operations.flatMap(({ action, outcome, pool, owner, endedAt: from, addresses }) => {
    if (action !== "allocate" || outcome !== "done") return [];
    const to = releases.get(`${pool} ${owner}`)?.find((calledAt) => calledAt > from) ?? Infinity;
    return addresses.map((address) => ({ pool, address, owner, from, to }));
  });
}

/** What the pools could give. */
export interface Capacity {
  /** Addresses of each pool that may be given. */
  readonly size: number;
  /** Microseconds before a released address is given again. */
  readonly coolDown: number;
}

/** Everything that cannot have been so, each as a sentence; empty for a history that is right. */
export function checkHistory(operations: readonly Operation[], capacity: Capacity): string[] {
  const holdings = holdingsOf(operations);
  return [...givenTwice(holdings), ...changed(holdings), ...refusedWrongly(operations, capacity)];
}

function givenTwice(holdings: readonly Holding[]): string[] {
  return [...groupBy(holdings, ({ pool, address }) => `${pool} ${address}`)].flatMap(
    ([place, group]) => {
      const faults: string[] = [];
      let last: Holding | undefined;
      for (const holding of group.sort((a, b) => a.from - b.from)) {
        if (last !== undefined && holding.from < last.to && holding.owner !== last.owner) {
          faults.push(`${place} was given to ${holding.owner} while ${last.owner} had it`);
        }
        if (last === undefined || holding.to > last.to) last = holding;
      }
      return faults;
    },
  );
}

/** Asked again, an owner gets what it has. */
function changed(holdings: readonly Holding[]): string[] {
  return [...groupBy(holdings, ({ pool, owner }) => `${pool} ${owner}`)].flatMap(([who, group]) => {
    const sorted = group.sort((a, b) => a.from - b.from);
    return sorted.slice(1).flatMap((holding, index) => {
      const before = sorted[index];
      if (before === undefined || holding.from > before.to || holding.address === before.address) {
        return [];
      }
      return [`${who} was given ${holding.address} while it had ${before.address}`];
    });
  });
}

/** A pool is full when each of its addresses may be given, or cooling down, some time during the call. */
function refusedWrongly(operations: readonly Operation[], { size, coolDown }: Capacity): string[] {
  const byPool = groupBy(operations, ({ pool }) => pool);
  return operations.flatMap(({ outcome, pool, owner, calledAt, endedAt }) => {
    if (outcome !== "full") return [];
    const ofPool = byPool.get(pool) ?? [];
    const releasedAt = new Map<string, number[]>();
    for (const release of ofPool) {
      if (release.action === "release") addTo(releasedAt, release.owner, release.endedAt);
    }
    const busy = new Set<string>();
    let unanswered = 0;
    for (const other of ofPool) {
      if (other.action !== "allocate" || other.outcome === "full" || other.calledAt > endedAt)
        continue;
      const freeAt =
        (releasedAt.get(other.owner)?.find((at) => at > other.calledAt) ?? Infinity) + coolDown;
      if (freeAt < calledAt) continue;
      if (other.outcome === "unknown") unanswered += 1;
      for (const address of other.addresses) busy.add(address);
    }
    if (busy.size + unanswered >= size) return [];
    return [
      `${pool} was full for ${owner}, and ${size - busy.size - unanswered} addresses were free`,
    ];
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) addTo(groups, keyOf(item), item);
  return groups;
}

function addTo<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}
