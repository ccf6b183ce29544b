import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import type { NftExpression } from "../../src/nftables/expression.ts";
import {
  describeNftObject,
  encodeNftRequest,
  type NftRequest,
} from "../../src/nftables/request.ts";
import type { NftKey } from "../../src/nftables/set-type.ts";
import { MessageWriter } from "../../src/wire/message-writer.ts";
import { NFT_VECTORS } from "../vectors/nft.ts";
import { nftMessageTree } from "./nft-message-tree.ts";

const T = { family: "inet", table: "t" } as const;
const ARP = { family: "arp", table: "t" } as const;
const DROP: NftExpression = { kind: "verdict", verdict: { kind: "drop" } };
const ACCEPT: NftExpression = { kind: "verdict", verdict: { kind: "accept" } };

const ipv4 = (text: string): NftKey => [{ type: "ipv4_addr", value: parseIpAddress(text) }];

function rule(chain: string, ...expressions: NftExpression[]): NftRequest {
  return { kind: "rule.append", ...T, chain, expressions };
}

function equal(register: number, ...value: number[]): NftExpression {
  return { kind: "compare", register, operator: "equal", value: Uint8Array.from(value) };
}

/** The first 16 octets of a prefix. */
function address(...first: number[]): number[] {
  return [...first, ...new Array<number>(16 - first.length).fill(0)];
}

/** The requests that mean what the commands of the vectors of the same name mean. */
const REQUESTS: Readonly<Record<string, NftRequest>> = {
  "makes a table": { kind: "table.add", ...T },
  "makes a table of ARP": { kind: "table.add", ...ARP },
  "makes a base chain": {
    kind: "chain.add",
    ...T,
    chain: "guard",
    base: { hook: "prerouting", priority: -300, policy: "accept" },
  },
  "makes a base chain of ARP": {
    kind: "chain.add",
    ...ARP,
    chain: "guard",
    base: { hook: "input", priority: 0, policy: "drop" },
  },
  "makes a chain": { kind: "chain.add", ...T, chain: "refuse" },
  "makes a set of one field": { kind: "set.add", ...T, set: "vteps", type: ["ipv4_addr"] },
  "makes a set of names": { kind: "set.add", ...T, set: "names", type: ["ifname"] },
  "makes a set of VNIs": { kind: "set.add", ...T, set: "vnis", type: ["vni"] },
  "makes a set of a concatenation": {
    kind: "set.add",
    ...T,
    set: "sources",
    type: ["ifname", "ether_addr", "ipv6_addr"],
  },
  "makes a set with counters": {
    kind: "set.add",
    ...T,
    set: "dropped",
    type: ["ifname"],
    hasCounters: true,
  },
  "adds an element": { kind: "elements.add", ...T, set: "vteps", keys: [ipv4("192.0.2.1")] },
  "adds an element of a concatenation": {
    kind: "elements.add",
    ...T,
    set: "sources",
    keys: [
      [
        { type: "ifname", value: "c1" },
        { type: "ether_addr", value: parseMacAddress("02:00:00:00:00:01") },
        { type: "ipv6_addr", value: parseIpAddress("2001:db8::1") },
      ],
    ],
  },
  "adds elements": {
    kind: "elements.add",
    ...T,
    set: "vteps",
    keys: [ipv4("192.0.2.2"), ipv4("192.0.2.3")],
  },
  "deletes an element": { kind: "elements.delete", ...T, set: "vteps", keys: [ipv4("192.0.2.1")] },
  "appends a rule with a verdict": rule("guard", DROP),
  "appends a rule with a name prefix": rule(
    "guard",
    { kind: "meta", key: "iifname", register: 1 },
    { kind: "compare", register: 1, operator: "not equal", value: Uint8Array.of(0x63) },
    ACCEPT,
  ),
  "appends a rule with a jump": rule("guard", {
    kind: "verdict",
    verdict: { kind: "jump", chain: "refuse" },
  }),
  "appends a rule with a lookup of a concatenation": rule(
    "guard",
    // Ethernet devices only, IPv6 only.
    { kind: "meta", key: "iiftype", register: 1 },
    equal(1, 1, 0),
    { kind: "payload", base: "link", offset: 12, length: 2, register: 1 },
    equal(1, 0x86, 0xdd),
    { kind: "meta", key: "iifname", register: 1 },
    { kind: "payload", base: "link", offset: 6, length: 6, register: 2 },
    { kind: "payload", base: "network", offset: 8, length: 16, register: 14 },
    { kind: "lookup", register: 1, set: "sources", operator: "in" },
    { kind: "verdict", verdict: { kind: "goto", chain: "refuse" } },
  ),
  "appends a rule with a negated lookup": rule(
    "guard",
    { kind: "meta", key: "nfproto", register: 1 },
    equal(1, 2),
    { kind: "payload", base: "network", offset: 12, length: 4, register: 1 },
    { kind: "lookup", register: 1, set: "vteps", operator: "not in" },
    DROP,
  ),
  "appends a rule with a mask": rule(
    "guard",
    { kind: "meta", key: "nfproto", register: 1 },
    equal(1, 10),
    { kind: "payload", base: "network", offset: 8, length: 16, register: 1 },
    { kind: "mask", register: 1, mask: Uint8Array.from(address(0xff, 0xf0)) },
    equal(1, ...address(0xfe, 0x80)),
    ACCEPT,
  ),
  "appends a rule with a counter and a comment": {
    kind: "rule.append",
    ...T,
    chain: "guard",
    expressions: [
      { kind: "meta", key: "l4proto", register: 1 },
      equal(1, 17),
      { kind: "payload", base: "transport", offset: 0, length: 2, register: 1 },
      equal(1, 0, 67),
      { kind: "counter" },
      DROP,
    ],
    comment: "DHCP server",
  },
  "appends a rule of ARP": {
    kind: "rule.append",
    ...ARP,
    chain: "guard",
    expressions: [
      { kind: "payload", base: "network", offset: 14, length: 4, register: 1 },
      equal(1, 192, 0, 2, 1),
      { kind: "verdict", verdict: { kind: "return" } },
    ],
  },
  "deletes a table": { kind: "table.delete", ...T },
};

describe("encodeNftRequest sends what nft sends and", () => {
  test.each(Object.entries(NFT_VECTORS))("%s", (name, { hex }) => {
    const request = REQUESTS[name];
    if (request === undefined) {
      throw new Error(`no request for the vector "${name}"`);
    }
    const writer = new MessageWriter(64);
    encodeNftRequest(writer, request, 0);
    const encoded = writer.bytes.subarray(0, writer.length);
    expect(nftMessageTree(encoded)).toEqual(nftMessageTree(Buffer.from(hex, "hex")));
  });
});

test("ARP has no hook before routing", () => {
  const base = { hook: "prerouting", priority: 0, policy: "accept" } as const;
  const request = { kind: "chain.add", ...ARP, chain: "guard", base } as const;
  expect(() => encodeNftRequest(new MessageWriter(64), request, 0)).toThrow(
    "the family arp has no hook prerouting",
  );
});

test("a comment that nft would not print is refused", () => {
  const expressions = [DROP];
  const encode = (octets: number): void => {
    const comment = "x".repeat(octets);
    const request = { kind: "rule.append", ...T, chain: "c", expressions, comment } as const;
    encodeNftRequest(new MessageWriter(64), request, 0);
  };
  expect(() => encode(127)).not.toThrow();
  expect(() => encode(128)).toThrow("the comment of a rule has 128 octets");
});

test.each([
  ["makes a table", "table inet t"],
  ["makes a chain", "chain inet t refuse"],
  ["appends a rule with a verdict", "chain inet t guard"],
  ["adds elements", "set inet t vteps"],
  ["makes a set of one field", "set inet t vteps"],
])("what a request that %s acts upon is named %s", (name, object) => {
  const request = REQUESTS[name];
  expect(request && describeNftObject(request)).toBe(object);
});
