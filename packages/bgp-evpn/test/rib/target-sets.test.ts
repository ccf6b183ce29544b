import { expect, test } from "vitest";
import { TargetSets } from "../../src/rib/target-sets.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";

const RT = "0002fde800001389";
const WIDE_RT = "0202fa56ea011389";
const ES_IMPORT = "0602020000000e51";
const ENCAPSULATION = "030c000000000008";

const intern = (sets: TargetSets, ...communities: readonly string[]): number =>
  sets.intern(bytesFromHex(communities.join("")), 0, communities.length);

test("the targets of a list of communities are its route targets and ES-Import route targets", () => {
  const sets = new TargetSets();
  const set = intern(sets, ENCAPSULATION, RT, ES_IMPORT, WIDE_RT);
  expect(hex(sets.targets(set))).toBe(RT + ES_IMPORT + WIDE_RT);
});

test("lists that differ in other communities are one, also those without any target", () => {
  const sets = new TargetSets();
  expect(intern(sets, RT)).toBe(intern(sets, ENCAPSULATION, RT));
  const none = intern(sets, ENCAPSULATION);
  expect(none).toBe(intern(sets));
  expect(sets.targets(none)).toHaveLength(0);
  expect(sets.size).toBe(2);
});

test("a list is forgotten when everybody who has retained it has released it", () => {
  const sets = new TargetSets();
  const set = intern(sets, RT);
  sets.retain(set);
  sets.release(set);
  expect(sets.size).toBe(1);
  sets.release(set);
  expect(sets.size).toBe(0);
  // The number may come again, for another list that nobody holds but the caller.
  const next = intern(sets, ES_IMPORT);
  sets.release(next);
  expect(sets.size).toBe(0);
});
