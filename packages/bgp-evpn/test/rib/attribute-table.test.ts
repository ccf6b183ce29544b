import { expect, test } from "vitest";
import { AttributeTable, FACT } from "../../src/rib/attribute-table.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";

const IDENTITY = { asn: 65000, routerId: 0x0a000001, clusterId: 0x0a0000fe };
const NEXT_HOP = "040a00000b";
const BASE = "40010100400200";

function interned(
  attributes: string,
  table = new AttributeTable(IDENTITY),
): [AttributeTable, number] {
  const bytes = bytesFromHex(NEXT_HOP + attributes);
  return [table, table.intern(bytes, bytes.length)];
}

test("what the decision process needs is read from the attributes, with defaults for what is absent", () => {
  const [table, plain] = interned(BASE);
  const values = (id: number): number[] =>
    [
      table.localPreference,
      table.asPathLength,
      table.origin,
      table.med,
      table.neighbourAs,
      table.originatorId,
      table.clusterListLength,
      table.mobilitySequence,
    ].map((column) => column.get(id));
  expect(values(plain)).toEqual([100, 0, 0, 0, 0, 0, 0, 0]);
  const path = "40020e0203fffffffe0000fe4d00000001";
  const rest = "800404fffffffd400504fffffffc8009040a000063800a080a0000c90a0000ca";
  const mobility = "c0100806000000fffffffb";
  const [, full] = interned(`40010102${path}${rest}${mobility}`, table);
  expect(values(full)).toEqual([
    0xfffffffc, 3, 2, 0xfffffffd, 0xfffffffe, 0x0a000063, 2, 0xfffffffb,
  ]);
});

test.each([
  ["own AS in AS_PATH", "40020602010000fde8", FACT.AS_LOOP],
  ["own router identifier as ORIGINATOR_ID", "8009040a000001", FACT.ORIGINATOR_LOOP],
  ["own cluster at the end of CLUSTER_LIST", "800a080a0000c90a0000fe", FACT.CLUSTER_LOOP],
  ["community no-advertise", "c00804ffffff02", FACT.NO_ADVERTISE],
  ["community no-export", "c00808fde80001ffffff01", FACT.NO_EXPORT],
  ["community no-export-subconfed", "c00804ffffff03", FACT.NO_EXPORT],
  ["community llgr-stale", "c00804ffff0006", FACT.LLGR_STALE],
  ["community no-llgr", "c00804ffff0007", FACT.NO_LLGR],
  ["encapsulation MPLS alone", "c01008030c00000000000a", FACT.NOT_VXLAN],
  ["encapsulations MPLS and VXLAN", "c01010030c00000000000a030c000000000008", 0],
  ["MAC mobility with the static flag", "c010080600010000000000", FACT.STICKY],
  ["MAC mobility without it", "c0100806000000000000ff", 0],
  ["default gateway", "c01008030d000000000000", FACT.DEFAULT_GATEWAY],
  ["somebody else's identifiers", "8009040a000063800a040a0000c9", 0],
])("%s is noted", (_, attributes, facts) => {
  const [table, id] = interned(attributes);
  expect(table.facts.get(id)).toBe(facts);
});

test("route targets of all three forms are found, and no other communities", () => {
  const targets = ["0002fde800001389", "01020a00000b0001", "0202fa56ea000001"];
  const others = ["030c000000000008", "0003fde800000001", "4004fde800000001"];
  const list = [others[0], targets[0], others[1], targets[1], targets[2], others[2]].join("");
  const [table, id] = interned(`${BASE}c01030${list}`);
  const found: string[] = [];
  table.forEachRouteTarget(id, (bytes, at) => found.push(hex(bytes.subarray(at, at + 8))));
  expect(found).toEqual(targets);
});

test("a Router's MAC of zero is none (RFC 9136 section 3.2)", () => {
  const [table, zero] = interned("c010080603000000000000");
  expect(table.routerMacOffset(zero)).toBe(0);
  const [, id] = interned("c010080603020000000001", table);
  const at = table.routerMacOffset(id);
  expect(hex(table.sets.bytes(id).subarray(at, at + 6))).toBe("020000000001");
});

test("equal sets are one, as long as somebody holds them; other orders are others", () => {
  const [table, first] = interned("40010100400200");
  const [, second] = interned("40010100400200", table);
  const [, turned] = interned("40020040010100", table);
  expect(second).toBe(first);
  expect(turned).not.toBe(first);
  table.release(first);
  expect(table.sets.size).toBe(2);
  table.release(first);
  expect(table.sets.size).toBe(1);
});

test("a set that takes the number of another one has nothing of it", () => {
  const [table, rich] = interned("40010102800404000000058009040a000001c010080603020000000001");
  table.release(rich);
  const [, plain] = interned(BASE, table);
  expect(plain).toBe(rich);
  expect([table.med, table.facts, table.originatorId].map((column) => column.get(plain))).toEqual([
    0, 0, 0,
  ]);
  expect(table.routerMacOffset(plain)).toBe(0);
});
