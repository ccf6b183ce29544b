import type { VrfStatusDocument } from "@selvedge/api";
import { describe, expect, test } from "vitest";
import { formatVrfs } from "../../src/show/vrf.ts";

const vrf: VrfStatusDocument = {
  name: "red/main",
  namespace: "vrf.red.main",
  vni: 5001,
  vxlanInterface: "vx5001",
  vtepIp: "10.0.1.1",
  routerMac: "02:00:0a:00:01:01",
  routerAddresses: ["100.64.0.1"],
  rd: "10.0.1.1:1",
  importRts: ["65000:5001"],
  exportRts: ["65000:5001"],
  state: "Up",
  numEndpoints: 2,
  numRemoteVteps: 1,
  numRemoteRoutes: 4,
  numRepairs: 0,
};

describe("show vrf", () => {
  test("prints a line for each VRF", () => {
    expect(formatVrfs({ vrfs: [vrf] })).toBe(`\
VRF        VNI  VxLAN IF  Netns         State  Rmac               RD          Import RT   Export RT   Endpoints  VTEPs  Routes
red/main  5001  vx5001    vrf.red.main  Up     02:00:0a:00:01:01  10.0.1.1:1  65000:5001  65000:5001          2      1       4
`);
  });

  test("says why a VRF is not up", () => {
    const failed: VrfStatusDocument = { ...vrf, state: "Failed", reason: "VNI 5001 is in use" };
    expect(formatVrfs({ vrfs: [failed] })).toMatch(/\nred\/main: VNI 5001 is in use\n$/);
  });

  test("says how much of a VRF others had changed", () => {
    const repaired = { ...vrf, numRepairs: 12 };
    expect(
      formatVrfs({ vrfs: [vrf, repaired] })
        .split("\n")
        .slice(3),
    ).toEqual(["red/main: repaired what others had changed: 12", ""]);
  });

  test("says so when there is none", () => {
    expect(formatVrfs({ vrfs: [] })).toBe("No VRF has an endpoint on this host\n");
  });
});
