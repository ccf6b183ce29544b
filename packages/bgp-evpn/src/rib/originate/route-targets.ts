/** Route targets as communities of a local route (RFC 4360 section 4). */
import type { RouteTarget } from "@selvedge/net";
import type { ExtendedCommunity } from "../../wire/attribute/extended-community.ts";

/** Whether two lists are the same, and so the communities. */
export function hasSameRouteTargets(a: readonly RouteTarget[], b: readonly RouteTarget[]): boolean {
  return a.length === b.length && a.every((target, i) => target === b[i]);
}

/** Each target once, in the order of its first appearance. */
export function routeTargets(targets: readonly RouteTarget[]): ExtendedCommunity[] {
  return [...new Set(targets)].map((target) => ({ kind: "route-target", target }));
}
