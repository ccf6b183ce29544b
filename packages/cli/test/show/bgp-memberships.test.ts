import { expect, test } from "vitest";
import { formatBgpMemberships } from "../../src/show/bgp-memberships.ts";

test("memberships are a table of route targets and of who wants their routes", () => {
  const by = (neighbor: string, best = false, stale = false) => ({ neighbor, best, stale });
  expect(
    formatBgpMemberships({
      memberships: [
        { routeTarget: "default", prefixLength: 0, wantedBy: [by("10.0.4.100")] },
        {
          routeTarget: "65000:5001",
          prefixLength: 96,
          originAs: 65000,
          wantedBy: [by("local", true), by("10.0.1.11"), by("10.0.2.12", false, true)],
        },
      ],
    }),
  ).toBe(`\
Route target memberships: 2
default: all routes; local: imported here; *: passed on; S: stale

Route Target  Bits  Origin AS  Wanted by
default          0          -  10.0.4.100
65000:5001      96      65000  *local, 10.0.1.11, S10.0.2.12
`);
});
