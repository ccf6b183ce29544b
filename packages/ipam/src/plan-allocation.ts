/**
 * Planning an allocation, pure: own blocks first, then a new block, then one that no host has, then single addresses of
 * other hosts' blocks. All that is asked for, of all families, or nothing.
 */

import {
  compareIp,
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  ipFamily,
  type MacAddress,
  prefixFamily,
} from "@selvedge/net";
import { type Block, EMPTY_BLOCK, withAllocation } from "./block.ts";
import type { Draft } from "./draft.ts";
import type { Refusal } from "./ipam-error.ts";
import { addressAt, ordinalOf } from "./pool-layout.ts";
import { blockKey } from "./store-key.ts";
import type { BlockCandidate, FreeAddress, Strategy } from "./strategy.ts";
import { familyUsage, isCooling } from "./usage.ts";

/** What is wanted of one pool. */
export interface AllocationRequest {
  readonly owner: string;
  readonly host: string;
  /** `count` addresses of each of the families, or exactly these addresses. */
  readonly want:
    | { readonly kind: "any"; readonly families: readonly IpFamily[]; readonly count: number }
    | { readonly kind: "fixed"; readonly addresses: readonly IpAddress[] };
  readonly reason: string;
  readonly mac?: MacAddress;
}

/** What planning depends on besides the pool. */
export interface PlanContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds that a released address waits. */
  readonly coolDown: number;
  readonly strategy: Strategy;
  /** Is the address in use although no block says so? Such a one is not given to who asks for any. */
  readonly isInUse?: (address: IpAddress) => boolean;
}

/** The draft with the allocation, and all addresses of the request; or why not. */
export type AllocationPlan =
  | { readonly kind: "planned"; readonly draft: Draft; readonly addresses: readonly IpAddress[] }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What the owner has already counts: asking again gives the same addresses. */
export function planAllocation(
  draft: Draft,
  request: AllocationRequest,
  context: PlanContext,
): AllocationPlan {
  const { want, owner } = request;
  const held = draft.addressesOf(owner);
  const addresses: IpAddress[] = [];
  let planned = draft;
  for (const find of want.kind === "fixed"
    ? fixedFinders(want.addresses)
    : anyFinders(want, held)) {
    const found = find(planned, request, context);
    if (found.kind === "refused") return found;
    addresses.push(found.address);
    if (found.block !== undefined)
      planned = take(planned, request, found.address, found.block, context);
  }
  const all = [...new Set([...held, ...addresses])].sort(compareIp);
  if (all.length > held.length) planned = planned.withOwner(owner, all);
  return { kind: "planned", draft: planned, addresses: addresses.sort(compareIp) };
}

/** An address to take from `block`, which is the block as it is; without `block` the owner has it already. */
type Found =
  | { readonly kind: "found"; readonly address: IpAddress; readonly block?: Block }
  | { readonly kind: "refused"; readonly refusal: Refusal };

type Finder = (draft: Draft, request: AllocationRequest, context: PlanContext) => Found;

function fixedFinders(addresses: readonly IpAddress[]): Finder[] {
  return addresses.map(
    (address) =>
      (draft, { owner }) =>
        findFixed(draft, owner, address),
  );
}

function anyFinders(
  { families, count }: { readonly families: readonly IpFamily[]; readonly count: number },
  held: readonly IpAddress[],
): Finder[] {
  return families.flatMap((family) => {
    const kept = held.filter((address) => ipFamily(address) === family).slice(0, count);
    const missing = Array.from({ length: count - kept.length }, (): Finder => {
      return (draft, { host }, context) => findFree(draft, family, host, context);
    });
    return [
      ...kept.map(
        (address): Finder =>
          () => ({ kind: "found", address }),
      ),
      ...missing,
    ];
  });
}

function findFixed(draft: Draft, owner: string, address: IpAddress): Found {
  if (draft.addressesOf(owner).includes(address)) return { kind: "found", address };
  const { layout, unreadable } = draft.state;
  const fault = layout.faultOf(address);
  if (fault !== undefined) return refused({ kind: fault, address });
  const prefix = layout.blockOf(address);
  if (unreadable.has(prefix)) {
    return refused({ kind: "unreadable", key: blockKey(layout.pool, prefix) });
  }
  const block = draft.block(prefix) ?? EMPTY_BLOCK;
  const holder = block.allocations.get(ordinalOf(prefix, address))?.owner;
  // An address that the block says is the owner's, and the owner's record does not, is taken anew.
  return holder === undefined || holder === owner
    ? { kind: "found", address, block }
    : refused({ kind: "taken", address, owner: holder });
}

function findFree(draft: Draft, family: IpFamily, host: string, context: PlanContext): Found {
  const { layout } = draft.state;
  if (layout.size(family) === 0n) return refused({ kind: "no-such-family", family });
  for (const { prefix, block } of candidates(draft, family, host, context)) {
    const free = freeAddresses(draft, prefix, block, context);
    const picked = free.length === 0 ? undefined : context.strategy.pickAddress(free);
    if (picked === undefined) continue;
    const { ordinal } = picked;
    if (!free.some((candidate) => candidate.ordinal === ordinal)) {
      throw new RangeError(`a strategy picked ordinal ${ordinal} of ${prefix}, which is not free`);
    }
    return { kind: "found", address: addressAt(prefix, ordinal), block };
  }
  const usage = familyUsage(layout, family, draft.blocks(), context.now, context.coolDown);
  return refused({ kind: "pool-full", usage });
}

/** Blocks to try, best first. One that the host is to get as its own bears its name already. */
function* candidates(
  draft: Draft,
  family: IpFamily,
  host: string,
  context: PlanContext,
): Generator<BlockCandidate> {
  const { layout } = draft.state;
  const { strategy } = context;
  const own: BlockCandidate[] = [];
  const ownerless: BlockCandidate[] = [];
  const others: BlockCandidate[] = [];
  for (const [prefix, block] of draft.blocks()) {
    if (prefixFamily(prefix) !== family || layout.usable(prefix).length === 0) continue;
    if (block.host === host) own.push({ prefix, block });
    else if (block.host === undefined) ownerless.push({ prefix, block: { ...block, host } });
    else others.push({ prefix, block });
  }
  yield* strategy.orderBlocks(own, host);
  yield* newBlocks(draft, family, host, strategy, own.length + ownerless.length + others.length);
  yield* strategy.orderBlocks(ownerless, host);
  yield* strategy.orderBlocks(others, host);
}

/** `stored` blocks are there already: without a look at each when that is all. */
function* newBlocks(
  draft: Draft,
  family: IpFamily,
  host: string,
  strategy: Strategy,
  stored: number,
): Generator<BlockCandidate> {
  const { layout, unreadable } = draft.state;
  const count = layout.blockCount(family);
  if (BigInt(stored) >= count) return;
  const start = strategy.firstBlock(host, layout.pool, count);
  for (const prefix of layout.blocksFrom(family, start)) {
    if (draft.block(prefix) !== undefined || unreadable.has(prefix)) continue;
    yield { prefix, block: { ...EMPTY_BLOCK, host } };
  }
}

/**
 * Blocks that were seen with all usable addresses given, and which these were: a block is a value, so it stays full
 * until the layout says something else.
 */
const fullBlocks = new WeakMap<Block, readonly number[]>();

function freeAddresses(
  draft: Draft,
  prefix: IpPrefix,
  block: Block,
  { now, coolDown, isInUse }: PlanContext,
): FreeAddress[] {
  const usable = draft.state.layout.usable(prefix);
  if (fullBlocks.get(block) === usable) return [];
  const { allocations, released } = block;
  const free: FreeAddress[] = [];
  let given = 0;
  for (const ordinal of usable) {
    if (allocations.has(ordinal)) {
      given += 1;
      continue;
    }
    if (isInUse?.(addressAt(prefix, ordinal)) === true) continue;
    const releasedAt = released.get(ordinal);
    if (releasedAt === undefined) free.push({ ordinal });
    else if (!isCooling(releasedAt, now, coolDown)) free.push({ ordinal, releasedAt });
  }
  if (given === usable.length) fullBlocks.set(block, usable);
  return free;
}

function take(
  draft: Draft,
  { owner, host, reason, mac }: AllocationRequest,
  address: IpAddress,
  block: Block,
  { now }: PlanContext,
): Draft {
  const prefix = draft.state.layout.blockOf(address);
  const allocation = { owner, host, time: now, reason, ...(mac === undefined ? {} : { mac }) };
  return draft.withBlock(prefix, withAllocation(block, ordinalOf(prefix, address), allocation));
}

function refused(refusal: Refusal): Found {
  return { kind: "refused", refusal };
}
