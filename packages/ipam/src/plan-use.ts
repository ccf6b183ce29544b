/** Planning a move, pure: the addresses of an owner stay, and are used on another host or with another MAC address. */

import type { MacAddress } from "@selvedge/net";
import { withAllocation } from "./block.ts";
import type { Draft } from "./draft.ts";
import { ordinalOf } from "./pool-layout.ts";

/** How an owner uses its addresses from now on. */
export interface UseRequest {
  readonly owner: string;
  readonly host: string;
  readonly mac?: MacAddress;
}

/** The draft in which all of the owner's allocations say so. */
export function planUse(draft: Draft, { owner, host, mac }: UseRequest): Draft {
  const { layout } = draft.state;
  let planned = draft;
  for (const address of draft.addressesOf(owner)) {
    const prefix = layout.blockOf(address);
    const block = planned.block(prefix);
    const ordinal = ordinalOf(prefix, address);
    const allocation = block?.allocations.get(ordinal);
    if (block === undefined || allocation?.owner !== owner) continue;
    if (allocation.host === host && allocation.mac === mac) continue;
    const { mac: _, ...kept } = allocation;
    const moved = { ...kept, host, ...(mac === undefined ? {} : { mac }) };
    planned = planned.withBlock(prefix, withAllocation(block, ordinal, moved));
  }
  return planned;
}
