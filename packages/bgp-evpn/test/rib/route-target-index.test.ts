import { parseRouteTarget, routeTargetBytes } from "@selvedge/net";
import { expect, test } from "vitest";
import { RouteTargetIndex } from "../../src/rib/route-target-index.ts";

function importers(index: RouteTargetIndex, ...targets: string[]): number[] {
  const found: number[] = [];
  for (const target of targets) index.collect(routeTargetBytes(parseRouteTarget(target)), 0, found);
  return found;
}

test("a route target gives the VRFs that import it, several targets give each VRF once", () => {
  const index = new RouteTargetIndex();
  index.add(parseRouteTarget("65000:1"), 1);
  index.add(parseRouteTarget("65000:1"), 2);
  index.add(parseRouteTarget("65000:2"), 2);
  index.add(parseRouteTarget("10.0.0.1:1"), 3);
  expect(importers(index, "65000:1")).toEqual([1, 2]);
  expect(importers(index, "65000:2", "65000:1")).toEqual([2, 1]);
  expect(importers(index, "10.0.0.1:1")).toEqual([3]);
  expect(importers(index, "65000:3", "65001:1")).toEqual([]);
});

test("a VRF that no longer imports a target is not given for it", () => {
  const index = new RouteTargetIndex();
  index.add(parseRouteTarget("65000:1"), 1);
  index.add(parseRouteTarget("65000:1"), 2);
  index.remove(parseRouteTarget("65000:1"), 1);
  expect(importers(index, "65000:1")).toEqual([2]);
  index.remove(parseRouteTarget("65000:1"), 2);
  index.remove(parseRouteTarget("65000:1"), 2);
  expect(importers(index, "65000:1")).toEqual([]);
});
