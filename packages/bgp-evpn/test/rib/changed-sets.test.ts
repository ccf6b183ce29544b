import { parseAsn, parseRouteTarget } from "@selvedge/net";
import { expect, test } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import { type AttributeChange, changeAttributes } from "../../src/rib/attribute-change.ts";
import { AttributeTable } from "../../src/rib/attribute-table.ts";
import { ChangedSets } from "../../src/rib/changed-sets.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";

const NEXT_HOP = "04c0000201";
const ORIGIN = "40010100";
const EMPTY_PATH = "400200";

function tableWith(attributes: string): { table: AttributeTable; sets: ChangedSets; set: number } {
  const table = new AttributeTable({ asn: 65000, routerId: 1, clusterId: 1 });
  const bytes = bytesFromHex(NEXT_HOP + attributes);
  return { table, sets: new ChangedSets(table), set: table.intern(bytes, bytes.length) };
}

function changed(attributes: string, change: AttributeChange): string {
  const { table, sets, set } = tableWith(attributes);
  const result = hex(table.sets.view(sets.intern(set, changeAttributes(change))));
  expect(result.startsWith(NEXT_HOP)).toBe(true);
  return result.slice(NEXT_HOP.length);
}

const TARGETS = ["65000:1", "65000:2"].map(parseRouteTarget);
const PREPEND = { asn: parseAsn(65001), count: 2 };

test.each<[string, string, AttributeChange, string]>([
  [
    "LOCAL_PREF set in its place",
    "40050400000064400101 00",
    { localPreference: 300 },
    "4005040000012c400101 00",
  ],
  [
    "LOCAL_PREF added before a higher type",
    `${ORIGIN}c00804fde80001`,
    { localPreference: 300 },
    `${ORIGIN}4005040000012cc00804fde80001`,
  ],
  ["LOCAL_PREF added at the end", ORIGIN, { localPreference: 0 }, `${ORIGIN}40050400000000`],
  ["MED set", `${ORIGIN}80040400000007`, { med: 8 }, `${ORIGIN}80040400000008`],
  ["MED removed", `${ORIGIN}80040400000007`, { med: "none" }, ORIGIN],
  ["no MED to remove", ORIGIN, { med: "none" }, ORIGIN],
  [
    "an AS put in front twice",
    `${ORIGIN}400206 0201 0000fe4d`,
    { prepend: PREPEND },
    `${ORIGIN}40020e 0203 0000fde9 0000fde9 0000fe4d`,
  ],
  [
    "an AS put in front of nothing",
    `${ORIGIN}${EMPTY_PATH}`,
    { prepend: PREPEND },
    `${ORIGIN}40020a 0202 0000fde9 0000fde9`,
  ],
  [
    "a community added, one that is there kept",
    "c00804fde80001",
    { addCommunities: ["65000:1", "65000:2"] },
    "c00808fde80001fde80002",
  ],
  [
    "a community removed with its attribute",
    "c00804fde80001",
    { removeCommunities: ["65000:1"] },
    "",
  ],
  [
    "a community changed for another",
    "c00804fde80001",
    { addCommunities: ["no-export"], removeCommunities: ["65000:1"] },
    "c00804ffffff01",
  ],
  ["no community to remove", ORIGIN, { removeCommunities: ["65000:1"] }, ORIGIN],
  [
    "route targets exchanged, other communities kept",
    "c01010 0002fde800000001 030c000000000008",
    { addRouteTargets: TARGETS.slice(1), removeRouteTargets: TARGETS.slice(0, 1) },
    "c01010 030c000000000008 0002fde800000002",
  ],
  ["nothing at all", `${ORIGIN}${EMPTY_PATH}`, {}, `${ORIGIN}${EMPTY_PATH}`],
])("%s", (_, before, change, after) => {
  expect(changed(before.replaceAll(" ", ""), change)).toBe(after.replaceAll(" ", ""));
});

test("a change of a set is worked out once, however many routes it is for", () => {
  const { table, sets, set } = tableWith(ORIGIN);
  const plain = changeAttributes({ localPreference: 300 });
  let worked = 0;
  const rewrites = plain.rewrites.map((one) => ({
    ...one,
    rewrite: (old: Uint8Array) => {
      worked++;
      return one.rewrite(old);
    },
  }));
  const counted = { ...plain, rewrites };
  const results = Array.from({ length: 1000 }, () => sets.intern(set, counted));
  expect(new Set(results).size).toBe(1);
  expect(worked).toBe(1);
  expect(table.sets.size).toBe(2);
});

test("an identifier that was freed and handed out again is not mistaken for the set that it was", () => {
  const { table, sets, set } = tableWith(ORIGIN);
  const change = changeAttributes({ localPreference: 300 });
  table.release(sets.intern(set, change));
  expect(table.sets.size).toBe(1);
  const other = bytesFromHex(`${NEXT_HOP}${ORIGIN}80040400000007`);
  const reused = table.intern(other, other.length);
  const again = sets.intern(set, change);
  expect(again).not.toBe(reused);
  expect(hex(table.sets.view(again))).toBe(`${NEXT_HOP}${ORIGIN}4005040000012c`);
  // The same with the set that is changed.
  table.release(set);
  const next = table.intern(other, other.length);
  expect(next).toBe(reused);
  const third = bytesFromHex(`${NEXT_HOP}40010102`);
  expect(table.intern(third, third.length)).toBe(set);
  expect(hex(table.sets.view(sets.intern(set, change)))).toBe(`${NEXT_HOP}400101024005040000012c`);
});

test("a set that would be longer than a set may be is none", () => {
  const { sets, set } = tableWith(`${ORIGIN}d063fff0${"00".repeat(0xfff0)}`);
  const many = Array.from({ length: 10 }, (_, i) => `65000:${i}`);
  expect(sets.intern(set, changeAttributes({ addCommunities: many }))).toBe(0);
});

test.each<[string, AttributeChange]>([
  ["localPreference is -1; it must be 0 to 4294967295", { localPreference: -1 }],
  ["med is 4294967296; it must be 0 to 4294967295", { med: 2 ** 32 }],
  ["prepend.count is 65; it must be 1 to 64", { prepend: { ...PREPEND, count: 65 } }],
  ['"65000" is no community', { addCommunities: ["65000"] }],
])("%s", (message, change) => {
  expect(() => changeAttributes(change)).toThrow(SpeakerError);
  expect(() => changeAttributes(change)).toThrow(message);
});
