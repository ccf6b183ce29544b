/** Planning a release, pure: the addresses of an owner that others may get once they have cooled down. */

import type { IpAddress } from "@selvedge/net";
import { withoutAllocation } from "./block.ts";
import type { Draft } from "./draft.ts";
import type { Refusal } from "./ipam-error.ts";
import { ordinalOf } from "./pool-layout.ts";
import { blockKey } from "./store-key.ts";

/** What is released of one pool. */
export interface ReleaseRequest {
  readonly owner: string;
  /** Only these of the owner's addresses. Absent: all. */
  readonly addresses?: readonly IpAddress[];
}

/** The draft without the owner's allocations, and the addresses that it had; or why not. */
export type ReleasePlan =
  | { readonly kind: "planned"; readonly draft: Draft; readonly addresses: readonly IpAddress[] }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Addresses that are not the owner's are left alone. */
export function planRelease(
  draft: Draft,
  { owner, addresses }: ReleaseRequest,
  now: number,
): ReleasePlan {
  const held = draft.addressesOf(owner);
  const released = held.filter((address) => addresses?.includes(address) ?? true);
  if (released.length === 0) return { kind: "planned", draft, addresses: [] };
  const { layout, unreadable } = draft.state;
  let planned = draft;
  for (const address of released) {
    const prefix = layout.blockOf(address);
    if (unreadable.has(prefix)) {
      const key = blockKey(layout.pool, prefix);
      return { kind: "refused", refusal: { kind: "unreadable", key } };
    }
    const block = planned.block(prefix);
    const ordinal = ordinalOf(prefix, address);
    if (block?.allocations.get(ordinal)?.owner !== owner) continue;
    planned = planned.withBlock(prefix, withoutAllocation(block, ordinal, now));
  }
  const kept = held.filter((address) => !released.includes(address));
  return { kind: "planned", draft: planned.withOwner(owner, kept), addresses: released };
}
