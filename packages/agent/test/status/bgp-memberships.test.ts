import type { RouteTargetMembershipView } from "@selvedge/bgp-evpn";
import { parseIpAddress, parseRouteTarget } from "@selvedge/net";
import { expect, test } from "vitest";
import { bgpMembershipsDocument } from "../../src/status/bgp-memberships.ts";

const of = (
  vni: number,
  neighbor?: string,
  more: Partial<RouteTargetMembershipView> = {},
): RouteTargetMembershipView => ({
  membership: {
    kind: "membership",
    prefixLength: 96,
    originAs: 65000,
    target: parseRouteTarget(`65000:${vni}`),
  },
  peer: "local",
  ...(neighbor === undefined ? {} : { neighbor: parseIpAddress(neighbor) }),
  best: false,
  stale: false,
  ...more,
});

test("memberships are listed by route target, the default first, each with all who want it", () => {
  const everything = { kind: "membership", prefixLength: 0 } as const;
  const document = bgpMembershipsDocument([
    of(10_000, "10.0.1.11", { stale: true }),
    of(5001, undefined, { best: true }),
    of(5001, "10.0.1.11"),
    of(1, "10.0.4.100", { membership: everything, best: true }),
    of(1, "10.0.4.100", {
      membership: {
        kind: "membership",
        prefixLength: 48,
        originAs: 65001,
        targetPrefix: "0002",
      },
    }),
  ]);
  expect(
    document.memberships.map(
      ({ originAs, prefixLength, routeTarget, wantedBy }) =>
        `${originAs} ${routeTarget}/${prefixLength} ${wantedBy.map(({ neighbor }) => neighbor)}`,
    ),
  ).toEqual([
    "undefined default/0 10.0.4.100",
    "65001 0002/48 10.0.4.100",
    "65000 65000:5001/96 local,10.0.1.11",
    "65000 65000:10000/96 10.0.1.11",
  ]);
  expect(document.memberships[3]?.wantedBy).toEqual([
    { neighbor: "10.0.1.11", best: false, stale: true },
  ]);
});
