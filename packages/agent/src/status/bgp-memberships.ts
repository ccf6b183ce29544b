/** Route target memberships as the API's document: one entry for each, with all who want it. */
import type { BgpMembershipsDocument } from "@selvedge/api";
import type { RouteTargetMembershipView } from "@selvedge/bgp-evpn";

type Membership = BgpMembershipsDocument["memberships"][number];

/** All memberships, in the order of their route targets. */
export function bgpMembershipsDocument(
  views: readonly RouteTargetMembershipView[],
): BgpMembershipsDocument {
  const memberships = new Map<string, Membership>();
  for (const { best, membership, neighbor = "local", stale } of views) {
    const fields = membershipFields(membership);
    const key = JSON.stringify(fields);
    const known = memberships.get(key) ?? { ...fields, wantedBy: [] };
    memberships.set(key, known);
    known.wantedBy.push({ neighbor, best, stale });
  }
  return { memberships: [...memberships.values()].sort(compareMemberships) };
}

function membershipFields(
  membership: RouteTargetMembershipView["membership"],
): Omit<Membership, "wantedBy"> {
  const { prefixLength } = membership;
  if (membership.kind === "malformed-membership") {
    return { routeTarget: membership.value, prefixLength };
  }
  const { originAs, target, targetPrefix } = membership;
  if (originAs === undefined) return { routeTarget: "default", prefixLength };
  return { routeTarget: target ?? targetPrefix ?? "", prefixLength, originAs };
}

function compareMemberships(a: Membership, b: Membership): number {
  return (
    Number(b.routeTarget === "default") - Number(a.routeTarget === "default") ||
    a.routeTarget.localeCompare(b.routeTarget, "en", { numeric: true }) ||
    (a.originAs ?? 0) - (b.originAs ?? 0)
  );
}
