import type { VtepListDocument } from "@selvedge/api";
import { describe, expect, test } from "vitest";
import { formatVteps } from "../../src/show/vteps.ts";

const local = { vtepIp: "10.0.1.11", underlayMtu: 1500 };
const vteps: VtepListDocument["vteps"] = [
  { vtepIp: "10.0.2.12", host: "h2", vrfs: ["red/main"], path: "Carries", pathMtu: 1500 },
  {
    vtepIp: "10.0.3.13",
    vrfs: ["blue/main", "red/main"],
    path: "TooSmall",
    pathMtu: 1400,
    reason: "larger packets are lost",
  },
];

describe("show vteps", () => {
  test("prints a line for each VTEP, and what is wrong with a path", () => {
    expect(formatVteps({ local, vteps })).toBe(`\
Local VTEP 10.0.1.11, underlay MTU 1500

VTEP       Host  VRFs  Path      Path MTU
10.0.2.12  h2       1  Carries       1500
10.0.3.13  -        2  TooSmall      1400
10.0.3.13: larger packets are lost
`);
  });

  test("says so when there is none", () => {
    expect(formatVteps({ local, vteps: [] })).toContain("No route leads to another VTEP");
    expect(formatVteps({ vteps: [] })).toBe("No VRF has an endpoint on this host\n");
  });
});
