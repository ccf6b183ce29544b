import { parseIpAddress } from "@selvedge/net";
import { NetlinkError, type NftKey, type NftRequest } from "@selvedge/netlink";
import { beforeEach, describe, expect, it } from "vitest";
import type { GuardSet, GuardTable } from "../../src/guard/guard-table.ts";
import { type GuardElement, GuardTables } from "../../src/guard/guard-tables.ts";
import type { FilteringNamespace } from "../../src/kernel.ts";
import { ModelFilter } from "../model/filter.ts";

const NAME = { family: "inet", table: "guard" } as const;
const PEERS: GuardSet = { ...NAME, set: "peers", type: ["ipv4_addr"], hasCounters: false };
const TABLE: GuardTable = {
  ...NAME,
  sets: [PEERS],
  chains: [
    {
      chain: "in",
      base: { hook: "prerouting", priority: -300, policy: "accept" },
      rules: [{ expressions: [{ kind: "verdict", verdict: { kind: "drop" } }], comment: "all" }],
    },
  ],
};

const key = (text: string): NftKey => [{ type: "ipv4_addr", value: parseIpAddress(text) }];
const peer = (text: string): GuardElement => ({ set: PEERS, key: key(text) });
const A = peer("192.0.2.1");
const B = peer("192.0.2.2");
const NOTHING = { add: [], remove: [] };

describe("tables of ours", () => {
  let filter: ModelFilter;
  let namespace: FilteringNamespace;
  let tables: GuardTables;
  let written: NftRequest[][];
  /** What happens just before a transaction reaches the kernel. */
  let onWrite: () => void;

  beforeEach(() => {
    written = [];
    onWrite = () => undefined;
    filter = new ModelFilter((requests) => {
      written.push([...requests]);
      onWrite();
    });
    namespace = { filter, monitorFilter: (onEvent) => filter.listen(onEvent) };
    tables = new GuardTables(namespace, [TABLE]);
  });

  const peers = (): string[] =>
    filter
      .elements(PEERS)
      .map(({ key: [field] }) => `${field?.value}`)
      .sort();

  it("are made with their elements in one transaction", () => {
    expect(tables.apply(() => ({ add: [A, B], remove: [] }))).toBeGreaterThan(0);
    expect(written).toHaveLength(1);
    expect(peers()).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(filter.rules(NAME)).toMatchObject([{ chain: "in", comment: "all" }]);
  });

  it("are not written when nothing differs", () => {
    tables.apply(() => ({ add: [A], remove: [] }));
    const again = new GuardTables(namespace, [TABLE]);
    expect(again.apply(() => NOTHING)).toBe(0);
    expect(written).toHaveLength(1);
  });

  it("change by elements only while they are as they are to be", () => {
    tables.apply(() => ({ add: [A], remove: [] }));
    tables.apply(() => ({ add: [B], remove: [A] }));
    expect(written[1]?.map(({ kind }) => kind)).toEqual(["elements.delete", "elements.add"]);
    expect(peers()).toEqual(["192.0.2.2"]);
  });

  it("are made anew in one transaction, elements included, when a rule is not ours", () => {
    tables.apply(() => ({ add: [A], remove: [] }));
    const expressions = [{ kind: "verdict", verdict: { kind: "accept" } }] as const;
    filter.change([{ kind: "rule.append", ...NAME, chain: "in", expressions }]);
    tables.forget();
    tables.apply(() => ({ add: [B], remove: [] }));
    expect(written).toHaveLength(2);
    expect(peers()).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(filter.rules(NAME)).toHaveLength(1);
  });

  it("are read again when somebody was faster, and then hold what both wanted", () => {
    tables.apply(() => ({ add: [A], remove: [] }));
    onWrite = () => {
      onWrite = () => undefined;
      filter.change([{ kind: "elements.delete", ...PEERS, keys: [A.key] }]);
    };
    const seen: number[] = [];
    tables.apply(({ elements }) => {
      seen.push(elements.size);
      return { add: elements.size > 0 ? [B] : [A, B], remove: [] };
    });
    expect(seen).toEqual([1, 0]);
    expect(peers()).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  it("give up when somebody is faster again and again", () => {
    onWrite = () => filter.change([{ kind: "table.add", family: "inet", table: "other" }]);
    expect(() => tables.apply(() => ({ add: [A], remove: [] }))).toThrow(NetlinkError);
    expect(written).toHaveLength(5);
    onWrite = () => undefined;
    tables.apply(() => ({ add: [A], remove: [] }));
    expect(peers()).toEqual(["192.0.2.1"]);
  });

  it("are read again after a refusal, because it is not known what of them is there", () => {
    tables.apply(() => ({ add: [A], remove: [] }));
    expect(() => tables.apply(() => ({ add: [], remove: [B] }))).toThrow(
      "No such file or directory",
    );
    expect(tables.known().elements.size).toBe(1);
  });

  it("tell events of others from those of their own", () => {
    const foreign: boolean[] = [];
    namespace.monitorFilter((event) => foreign.push(tables.observe(event)));
    tables.apply(() => ({ add: [A], remove: [] }));
    filter.deliverEvents();
    filter.change([{ kind: "table.add", family: "inet", table: "other" }]);
    filter.deliverEvents();
    // What is to be read anyway needs no event.
    filter.change([{ kind: "table.add", family: "inet", table: "third" }]);
    filter.deliverEvents();
    expect(foreign).toEqual([false, true, false]);
    tables.apply(() => NOTHING);
    expect(tables.observe({ kind: "overrun" })).toBe(true);
  });

  it("are removed if they are there", () => {
    expect(tables.remove()).toBe(0);
    tables.apply(() => ({ add: [A], remove: [] }));
    expect(tables.remove()).toBe(1);
    expect(filter.tables()).toEqual([]);
    tables.apply(() => ({ add: [B], remove: [] }));
    expect(peers()).toEqual(["192.0.2.2"]);
  });

  it("take thousands of elements in portions that the kernel takes", () => {
    const many = Array.from({ length: 1201 }, (_, i) => peer(`10.0.${i >> 8}.${i & 255}`));
    tables.apply(() => ({ add: many, remove: [] }));
    const portions = written[0]?.flatMap((request) =>
      request.kind === "elements.add" ? [request.keys.length] : [],
    );
    expect(portions).toEqual([500, 500, 201]);
    expect(peers()).toHaveLength(1201);
  });
});
