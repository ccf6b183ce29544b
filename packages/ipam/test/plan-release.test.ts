import { parseIpPrefix } from "@selvedge/net";
import { expect, test } from "vitest";
import type { Block } from "../src/block.ts";
import { Draft } from "../src/draft.ts";
import { planRelease } from "../src/plan-release.ts";
import { PoolLayout } from "../src/pool-layout.ts";
import { ips, pool } from "./pools.ts";

const PREFIX = parseIpPrefix("10.1.0.0/26");
const allocation = (owner: string) => ({ owner, host: "h1", time: 1, reason: "" });

/** A record that says more than the block: as after a repair by hand. */
function draft(isReadable: boolean): Draft {
  const block: Block = {
    host: "h1",
    allocations: new Map([
      [5, allocation("a")],
      [6, allocation("b")],
    ]),
    released: new Map(),
  };
  return new Draft({
    layout: new PoolLayout(pool({ cidrs: ["10.1.0.0/24"] })),
    blocks: isReadable ? new Map([[PREFIX, { value: block, modRevision: 7 }]]) : new Map(),
    unreadable: new Set(isReadable ? [] : [PREFIX]),
    owners: new Map([["a", { value: ips("10.1.0.5", "10.1.0.6", "10.1.0.70"), modRevision: 8 }]]),
  });
}

test("what a block says is another owner's stays so, and the owner's record goes", () => {
  const plan = planRelease(draft(true), { owner: "a" }, 100);
  if (plan.kind !== "planned") throw new Error("refused");
  const block = plan.draft.block(PREFIX);
  expect(block?.allocations).toEqual(new Map([[6, allocation("b")]]));
  expect(block?.released).toEqual(new Map([[5, 100]]));
  const { compare, writes } = plan.draft.transaction();
  expect(compare.map(({ modRevision }) => modRevision)).toEqual([7, 8]);
  expect(writes[1]).toEqual({ kind: "delete", key: "ipam/owners/red/web/a" });
});

test("nothing is released of a block that cannot be read", () => {
  expect(planRelease(draft(false), { owner: "a" }, 100)).toEqual({
    kind: "refused",
    refusal: { kind: "unreadable", key: "ipam/blocks/red/web/ipv4/10.1.0.0-26" },
  });
});
