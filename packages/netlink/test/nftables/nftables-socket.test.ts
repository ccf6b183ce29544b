import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { NetlinkError } from "../../src/errors.ts";
import type { NetworkNamespace } from "../../src/namespace.ts";
import { areSameExpressions, type NftExpression } from "../../src/nftables/expression.ts";
import { NftablesSocket } from "../../src/nftables/nftables-socket.ts";
import type { NftRequest } from "../../src/nftables/request.ts";
import { describeKey, type NftKey } from "../../src/nftables/set-type.ts";
import { errorOf, labNamespace, output } from "../kernel-lab.ts";

const TABLE = { family: "inet", table: "guard" } as const;
const SOURCES = ["ifname", "ether_addr", "ipv6_addr"] as const;
const IIFNAME: NftExpression = { kind: "meta", key: "iifname", register: 1 };

const EXPRESSIONS: readonly NftExpression[] = [
  { kind: "payload", base: "network", offset: 8, length: 16, register: 2 },
  { kind: "mask", register: 2, mask: Uint8Array.from([0xff, 0xf0, ...new Array(14).fill(0)]) },
  { kind: "compare", register: 2, operator: "not equal", value: new Uint8Array(16).fill(7) },
  IIFNAME,
  { kind: "payload", base: "link", offset: 6, length: 6, register: 2 },
  { kind: "payload", base: "network", offset: 8, length: 16, register: 14 },
  { kind: "lookup", register: 1, set: "sources", operator: "not in" },
  { kind: "counter" },
  { kind: "verdict", verdict: { kind: "goto", chain: "refuse" } },
];

const BUILD: readonly NftRequest[] = [
  { kind: "table.add", ...TABLE },
  { kind: "set.add", ...TABLE, set: "sources", type: SOURCES, hasCounters: true },
  { kind: "set.add", ...TABLE, set: "vnis", type: ["vni"] },
  { kind: "chain.add", ...TABLE, chain: "refuse" },
  {
    kind: "chain.add",
    ...TABLE,
    chain: "guard",
    base: { hook: "prerouting", priority: -300, policy: "drop" },
  },
  { kind: "rule.append", ...TABLE, chain: "guard", expressions: EXPRESSIONS, comment: "spoofed" },
  {
    kind: "rule.append",
    ...TABLE,
    chain: "guard",
    expressions: [{ kind: "verdict", verdict: { kind: "accept" } }],
  },
];

const source = (name: string, address: string): NftKey => [
  { type: "ifname", value: name },
  { type: "ether_addr", value: parseMacAddress("02:00:00:00:00:01") },
  { type: "ipv6_addr", value: parseIpAddress(address) },
];

let namespace: NetworkNamespace;
let socket: NftablesSocket;

beforeEach(() => {
  namespace = labNamespace("nft");
  socket = NftablesSocket.open(namespace);
  onTestFinished(() => socket.close());
});

const nft = (...args: string[]): string =>
  output("ip", "netns", "exec", namespace.name ?? "", "nft", ...args);

describe("what was written is read back", () => {
  test("chains, rules and sets of a table", () => {
    socket.execute(BUILD);
    expect(socket.tables()).toEqual([TABLE]);
    expect(socket.chains(TABLE)).toEqual([
      { ...TABLE, chain: "refuse", base: undefined },
      {
        ...TABLE,
        chain: "guard",
        base: { hook: "prerouting", priority: -300, policy: "drop" },
      },
    ]);
    const [first, second, ...others] = socket.rules(TABLE);
    expect(first).toMatchObject({ ...TABLE, chain: "guard", comment: "spoofed" });
    expect(areSameExpressions(first?.expressions ?? [], EXPRESSIONS)).toBe(true);
    expect(second).toMatchObject({ comment: undefined });
    expect(others).toEqual([]);
    expect(socket.sets(TABLE)).toMatchObject([
      { ...TABLE, set: "sources", flags: 0, keyLength: 40, hasCounters: true },
      { ...TABLE, set: "vnis", flags: 0, keyLength: 3, hasCounters: false },
    ]);
  });

  test("elements, with their counters", () => {
    const keys = [source("c1", "2001:db8::1"), source("c2", "2001:db8::2")];
    socket.execute([...BUILD, { kind: "elements.add", ...TABLE, set: "sources", keys }]);
    const vnis: NftKey[] = [[{ type: "vni", value: 0xabcdef }]];
    socket.execute([{ kind: "elements.add", ...TABLE, set: "vnis", keys: vnis }]);
    const elements = socket.elements({ ...TABLE, set: "sources" }, SOURCES);
    expect(elements.map(({ key }) => describeKey(key)).sort()).toEqual([
      '"c1" . 02:00:00:00:00:01 . 2001:db8::1',
      '"c2" . 02:00:00:00:00:01 . 2001:db8::2',
    ]);
    expect(elements.map(({ counter }) => counter)).toEqual([
      { packets: 0, octets: 0 },
      { packets: 0, octets: 0 },
    ]);
    expect(socket.elements({ ...TABLE, set: "vnis" }, ["vni"])).toEqual([
      { key: vnis[0], counter: undefined },
    ]);
    expect(nft("list", "set", "inet", "guard", "sources")).toContain(
      'elements = { "c1" . 02:00:00:00:00:01 . 2001:db8::1 counter packets 0 bytes 0',
    );
    expect(nft("list", "set", "inet", "guard", "vnis")).toContain("elements = { 0xabcdef }");
  });

  test("20,000 elements in one transaction, also while the kernel makes room for them", () => {
    const addresses = Array.from({ length: 20_000 }, (_, i) => `2001:db8::${i.toString(16)}`);
    const keys = addresses.map((address) => source("c1", address));
    const portions = Array.from({ length: 20 }, (_, i) => keys.slice(i * 1000, (i + 1) * 1000));
    socket.execute([
      ...BUILD,
      ...portions.map(
        (keys): NftRequest => ({ kind: "elements.add", ...TABLE, set: "sources", keys }),
      ),
    ]);
    const read = socket.elements({ ...TABLE, set: "sources" }, SOURCES);
    const told = new Set(read.map(({ key }) => describeKey(key)));
    expect(keys.map(describeKey).filter((key) => !told.has(key))).toEqual([]);
    expect(read).toHaveLength(keys.length);
  });

  test("rules of nft, as far as they are known", () => {
    nft("add table inet guard");
    nft("add chain inet guard c");
    nft('add rule inet guard c iifname "c*" ct state established counter accept');
    expect(socket.rules(TABLE)).toMatchObject([
      {
        chain: "c",
        expressions: [
          IIFNAME,
          { kind: "compare", register: 1, operator: "equal", value: Uint8Array.of(0x63) },
          { kind: "unknown", name: "ct" },
          { kind: "mask" },
          { kind: "compare", operator: "not equal" },
          { kind: "counter", packets: 0, octets: 0 },
          { kind: "verdict", verdict: { kind: "accept" } },
        ],
      },
    ]);
  });

  test("nothing of a table that is not there", () => {
    expect(socket.tables()).toEqual([]);
    expect(socket.chains(TABLE)).toEqual([]);
    expect(socket.rules(TABLE)).toEqual([]);
    expect(socket.sets(TABLE)).toEqual([]);
    const error = errorOf(() => socket.elements({ ...TABLE, set: "sources" }, SOURCES));
    expect(error).toMatchObject({ code: "ENOENT", request: "dump.elements" });
  });
});

describe("a transaction", () => {
  test("is carried out all or not at all, and says what of it was refused", () => {
    const missing: NftRequest = { kind: "chain.add", ...TABLE, table: "missing", chain: "c" };
    const error = errorOf(() => socket.execute([...BUILD, missing]));
    expect(error).toBeInstanceOf(NetlinkError);
    expect(error).toMatchObject({
      code: "ENOENT",
      request: "chain.add",
      object: "chain inet missing c",
    });
    expect(socket.tables()).toEqual([]);
  });

  test("empties a table and fills it again in one", () => {
    const keys = [source("c1", "2001:db8::1")];
    socket.execute([...BUILD, { kind: "elements.add", ...TABLE, set: "sources", keys }]);
    const generation = socket.generation();
    socket.execute([{ kind: "table.add", ...TABLE }, { kind: "table.delete", ...TABLE }, ...BUILD]);
    expect(socket.generation()).toBe(generation + 1);
    expect(socket.rules(TABLE)).toHaveLength(2);
    expect(socket.elements({ ...TABLE, set: "sources" }, SOURCES)).toEqual([]);
  });

  test("repeats what is there, but not a deletion", () => {
    const keys = [source("c1", "2001:db8::1")];
    const set = { ...TABLE, set: "sources" };
    socket.execute([...BUILD, { kind: "elements.add", ...set, keys }]);
    socket.execute([{ kind: "elements.add", ...set, keys }]);
    socket.execute([{ kind: "elements.delete", ...set, keys }]);
    const error = errorOf(() => socket.execute([{ kind: "elements.delete", ...set, keys }]));
    expect(error).toMatchObject({ code: "ENOENT", object: "set inet guard sources" });
  });

  test("of an older generation is refused with ERESTART, and changes nothing", () => {
    socket.execute(BUILD);
    const known = socket.generation();
    nft("add table inet other");
    const error = errorOf(() => socket.execute([{ kind: "table.delete", ...TABLE }], known));
    expect(error).toMatchObject({ code: "ERESTART", request: "transaction" });
    expect(socket.tables()).toHaveLength(2);
    socket.execute([{ kind: "table.delete", ...TABLE }], socket.generation());
    expect(socket.tables()).toHaveLength(1);
  });

  test("of nothing is none", () => {
    const before = socket.generation();
    socket.execute([]);
    expect(socket.generation()).toBe(before);
  });
});
