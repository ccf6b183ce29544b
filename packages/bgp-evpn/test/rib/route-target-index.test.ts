import { parseRouteTarget, parseVni, routeTargetBytes } from "@selvedge/net";
import { expect, test } from "vitest";
import { hasSameImports, type ImportTargets } from "../../src/rib/import-targets.ts";
import { RouteTargetIndex } from "../../src/rib/route-target-index.ts";

const imports = (...texts: readonly string[]): ImportTargets => ({
  importRouteTargets: texts.filter((text) => !text.startsWith("*")).map(parseRouteTarget),
  importVnis: texts
    .filter((text) => text.startsWith("*"))
    .map((text) => parseVni(Number(text.slice(2)))),
});

function importers(index: RouteTargetIndex, ...targets: string[]): number[] {
  const found: number[] = [];
  for (const target of targets) index.collect(routeTargetBytes(parseRouteTarget(target)), 0, found);
  return found;
}

test("a route target gives the VRFs that import it, several targets give each VRF once", () => {
  const index = new RouteTargetIndex();
  index.add(imports("65000:1"), 1);
  index.add(imports("65000:1", "65000:2"), 2);
  index.add(imports("10.0.0.1:1"), 3);
  expect(importers(index, "65000:1")).toEqual([1, 2]);
  expect(importers(index, "65000:2", "65000:1")).toEqual([2, 1]);
  expect(importers(index, "10.0.0.1:1")).toEqual([3]);
  expect(importers(index, "65000:3", "65001:1")).toEqual([]);
});

test("a VRF that no longer imports a target is not given for it", () => {
  const index = new RouteTargetIndex();
  index.add(imports("65000:1"), 1);
  index.add(imports("65000:1"), 2);
  index.remove(imports("65000:1"), 1);
  expect(importers(index, "65000:1")).toEqual([2]);
  index.remove(imports("65000:1"), 2);
  index.remove(imports("65000:1"), 2);
  expect(importers(index, "65000:1")).toEqual([]);
});

test("a wildcard stands for every AS, in each form of a route target, and for the number alone", () => {
  const index = new RouteTargetIndex();
  index.add(imports("*:5000", "65000:5000"), 1);
  index.add(imports("*:5000", "*:5001"), 2);
  expect(importers(index, "65000:5000")).toEqual([1, 2]);
  expect(importers(index, "65017:5001")).toEqual([2]);
  expect(importers(index, "4200000000:5000")).toEqual([1, 2]);
  expect(importers(index, "10.0.0.1:5001")).toEqual([2]);
  expect(importers(index, "5000:1")).toEqual([]);
  index.remove(imports("*:5000", "65000:5000"), 1);
  expect(importers(index, "65001:5000")).toEqual([2]);
  index.remove(imports("*:5000", "*:5001"), 2);
  expect(importers(index, "65001:5000", "65001:5001")).toEqual([]);
});

test.each<[readonly string[], readonly string[], boolean]>([
  [["65000:1", "65000:2"], ["65000:2", "65000:1"], true],
  [["65000:1"], ["65000:1", "65000:1"], true],
  [["65000:1"], ["65000:2"], false],
  [["*:1"], ["*:1"], true],
  [["*:1"], [], false],
  [["*:1"], ["*:2"], false],
])("imports of %j and of %j: the same %s", (a, b, same) => {
  expect(hasSameImports(imports(...a), imports(...b))).toBe(same);
});
