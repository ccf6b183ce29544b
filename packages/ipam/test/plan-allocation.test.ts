import { parseIpPrefix } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { PoolLayout } from "../src/pool-layout.ts";
import { LOWEST_FREE } from "../src/strategy.ts";
import { MINUTE, PlannedPool } from "./plan.ts";
import { pool } from "./pools.ts";

/** Four blocks of four addresses; h1 begins at the first, h2 at the second and so on. */
function sixteen(): PlannedPool {
  const planned = new PlannedPool(pool({ cidrs: ["10.1.0.0/28"], blockLength: { 4: 30 } }));
  const strategy = { ...LOWEST_FREE, firstBlock: (host: string) => BigInt(host.slice(1)) - 1n };
  planned.context = { ...planned.context, strategy };
  return planned;
}

describe("who asks for any address", () => {
  test("gets the lowest of an own block, then of a new one, then of a block that no host has, then a borrowed one", () => {
    const planned = sixteen();
    planned.fixed("x", "h9", "10.1.0.9");
    const given = Array.from({ length: 11 }, (_, index) => planned.any(`a${index}`, "h1"));
    expect(given.flat()).toEqual([
      ...["10.1.0.1", "10.1.0.2", "10.1.0.3"],
      ...["10.1.0.4", "10.1.0.5", "10.1.0.6", "10.1.0.7"],
      ...["10.1.0.12", "10.1.0.13", "10.1.0.14"],
      "10.1.0.8",
    ]);
    expect(planned.draft.block(parseIpPrefix("10.1.0.8/30"))?.host).toBe("h1");
    expect(planned.any("b", "h2")).toEqual(["10.1.0.10"]);
    expect(planned.draft.block(parseIpPrefix("10.1.0.8/30"))?.host).toBe("h1");
  });

  test("gets a block of its own before it borrows, and begins elsewhere than other hosts", () => {
    const planned = sixteen();
    expect(planned.any("a", "h1")).toEqual(["10.1.0.1"]);
    expect(planned.any("b", "h3")).toEqual(["10.1.0.8"]);
    expect(planned.any("c", "h1")).toEqual(["10.1.0.2"]);
  });

  test("gets the same again when the owner has some, and only what is missing of more", () => {
    const planned = sixteen();
    expect(planned.any("a", "h1")).toEqual(["10.1.0.1"]);
    expect(planned.any("a", "h2")).toEqual(["10.1.0.1"]);
    expect(planned.any("a", "h1", [4], 2)).toEqual(["10.1.0.1", "10.1.0.2"]);
    expect(planned.draft.addressesOf("a")).toEqual(["10.1.0.1", "10.1.0.2"]);
  });

  test("gets one of each family, or nothing at all when one family is full", () => {
    const planned = new PlannedPool(pool({ cidrs: ["10.1.0.0/30", "2001:db8::/64"] }));
    expect(planned.any("a", "h1", [4, 6])).toEqual(["10.1.0.1", expect.stringMatching("2001:db8")]);
    expect(planned.any("b", "h1", [6, 4])).toHaveLength(2);
    expect(planned.any("c", "h1", [6, 4])).toBe("pool-full");
    expect(planned.draft.addressesOf("c")).toEqual([]);
    expect(planned.any("c", "h1", [6])).toHaveLength(1);
  });

  test("is told how much of a full pool is given, reserved and cooling down", () => {
    const planned = new PlannedPool(
      pool({ cidrs: ["10.1.0.0/29"], gateway: ["10.1.0.1"], reserved: ["10.1.0.2"] }),
    );
    for (const owner of ["a", "b", "c", "d"]) planned.any(owner, "h1");
    planned.fixed("r", "h1", "10.1.0.2");
    planned.release("a");
    const plan = planned.plan({
      ...{ owner: "e", host: "h2", reason: "test" },
      want: { kind: "any", families: [4], count: 1 },
    });
    expect(plan).toEqual({
      kind: "refused",
      refusal: {
        kind: "pool-full",
        usage: {
          ...{ family: 4, size: 8n, given: 4, reserved: 3n, cooling: 1, free: 0n },
          ...{ blocks: 1, borrowed: 0 },
        },
      },
    });
  });

  test("is refused a family that the pool does not have", () => {
    expect(sixteen().any("a", "h1", [4, 6])).toBe("no-such-family");
  });

  test("gets nothing of a block that cannot be read, nor a new one in its place", () => {
    const planned = new PlannedPool(pool({ cidrs: ["10.1.0.0/26"] }), [
      parseIpPrefix("10.1.0.0/26"),
    ]);
    expect(planned.any("a", "h1")).toBe("pool-full");
    expect(planned.fixed("a", "h1", "10.1.0.5")).toBe("unreadable");
  });

  test("gets no address that somebody is known to use", () => {
    const planned = sixteen();
    planned.context = { ...planned.context, isInUse: (address) => address === "10.1.0.1" };
    expect(planned.any("a", "h1")).toEqual(["10.1.0.2"]);
  });
});

describe("who asks for one address", () => {
  test("gets it, also a reserved one, in a block that stays nobody's", () => {
    const planned = new PlannedPool(pool({ cidrs: ["10.1.0.0/24"], reserved: ["10.1.0.2"] }));
    expect(planned.fixed("a", "h1", "10.1.0.2")).toEqual(["10.1.0.2"]);
    expect(planned.fixed("a", "h1", "10.1.0.2")).toEqual(["10.1.0.2"]);
    expect(planned.draft.block(parseIpPrefix("10.1.0.0/26"))?.host).toBeUndefined();
  });

  test("is refused one of another owner, an excluded one, the gateway and one outside", () => {
    const planned = new PlannedPool(
      pool({ cidrs: ["10.1.0.0/24"], gateway: ["10.1.0.1"], excluded: ["10.1.0.3"] }),
    );
    planned.fixed("a", "h1", "10.1.0.2");
    expect(planned.fixed("b", "h1", "10.1.0.9", "10.1.0.2")).toBe("taken");
    expect(planned.fixed("b", "h1", "10.1.0.3")).toBe("excluded");
    expect(planned.fixed("b", "h1", "10.1.0.1")).toBe("gateway");
    expect(planned.fixed("b", "h1", "10.2.0.1")).toBe("outside");
    expect(planned.draft.addressesOf("b")).toEqual([]);
  });

  test("gets it while it cools down, since nobody else asked for it", () => {
    const planned = sixteen();
    planned.fixed("a", "h1", "10.1.0.5");
    planned.release("a");
    expect(planned.fixed("b", "h1", "10.1.0.5")).toEqual(["10.1.0.5"]);
  });
});

describe("a released address", () => {
  test("is not given to who asks for any before it has cooled down", () => {
    const planned = new PlannedPool(pool({ cidrs: ["10.1.0.4/31"] }));
    planned.any("a", "h1");
    planned.any("b", "h1");
    expect(planned.release("a")).toEqual(["10.1.0.4"]);
    expect(planned.any("c", "h1")).toBe("pool-full");
    planned.wait(MINUTE - 1);
    expect(planned.any("c", "h1")).toBe("pool-full");
    planned.wait(1);
    expect(planned.any("c", "h1")).toEqual(["10.1.0.4"]);
  });

  test("waits no longer when the clock has been set back by much", () => {
    const planned = new PlannedPool(pool({ cidrs: ["10.1.0.4/32"] }));
    planned.wait(10 * MINUTE);
    planned.any("a", "h1");
    planned.release("a");
    planned.wait(-5 * MINUTE);
    expect(planned.any("b", "h1")).toEqual(["10.1.0.4"]);
  });

  test("may be one of several; those of others are left alone", () => {
    const planned = sixteen();
    planned.any("a", "h1", [4], 3);
    planned.any("b", "h1");
    expect(planned.release("a", "10.1.0.2", "10.1.0.4")).toEqual(["10.1.0.2"]);
    expect(planned.draft.addressesOf("a")).toEqual(["10.1.0.1", "10.1.0.3"]);
    expect(planned.draft.addressesOf("b")).toEqual(["10.1.0.4"]);
    expect(planned.release("nobody")).toEqual([]);
  });
});

test("a transaction compares every key that it writes, and writes no more than the change", () => {
  const planned = sixteen();
  planned.any("a", "h1");
  planned.any("b", "h1");
  planned.release("b");
  const { compare, writes } = planned.draft.transaction();
  expect(compare).toEqual([
    { key: "ipam/blocks/red/web/ipv4/10.1.0.0-30", modRevision: 0 },
    { key: "ipam/owners/red/web/a", modRevision: 0 },
    { key: "ipam/owners/red/web/b", modRevision: 0 },
  ]);
  expect(writes).toEqual([
    {
      kind: "put",
      key: "ipam/blocks/red/web/ipv4/10.1.0.0-30",
      value:
        '{"host":"h1","allocations":{"1":{"owner":"a","host":"h1","time":1000,"reason":"test"}},"released":{"2":1000}}',
    },
    { kind: "put", key: "ipam/owners/red/web/a", value: '["10.1.0.1"]' },
  ]);
});

test("a pool of 2^64 addresses is planned as quickly as a small one", () => {
  const planned = new PlannedPool(pool({ cidrs: ["2001:db8::/64"] }));
  const given = Array.from({ length: 200 }, (_, index) => planned.any(`a${index}`, "h1", [6]));
  expect(new Set(given.flat()).size).toBe(200);
  expect(new PoolLayout(pool({ cidrs: ["2001:db8::/64"] })).openSize(6)).toBe((1n << 64n) - 1n);
});
