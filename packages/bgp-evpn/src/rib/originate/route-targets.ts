/** Route targets as communities of a local route (RFC 4360 section 4). */
import type { RouteTarget } from "@selvedge/net";
import type { ExtendedCommunity } from "../../wire/attribute/extended-community.ts";

/** Each target once, in the order of its first appearance. */
export function routeTargets(targets: readonly RouteTarget[]): ExtendedCommunity[] {
  return [...new Set(targets)].map((target) => ({ kind: "route-target", target }));
}
