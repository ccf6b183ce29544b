import type { VrfStatusDocument } from "@selvedge/api";
import { expect, test } from "vitest";
import { formatEvpnVni, formatEvpnVnis } from "../../src/show/evpn-vnis.ts";

const vrf: VrfStatusDocument = {
  name: "red/main",
  namespace: "vrf.red.main",
  vni: 5001,
  vxlanInterface: "vx5001",
  vtepIp: "10.0.1.1",
  routerMac: "02:00:0a:00:01:01",
  routerAddresses: ["100.64.0.1"],
  rd: "10.0.1.1:1",
  importRts: ["65000:5001", "65000:9"],
  exportRts: ["65000:5001"],
  state: "Up",
  numEndpoints: 2,
  numRemoteVteps: 1,
  numRemoteRoutes: 4,
  numRepairs: 0,
};

test("the VNIs of a host are a table, with a star for those that the kernel has", () => {
  const pending: VrfStatusDocument = { ...vrf, name: "blue/main", vni: 5002, state: "Pending" };
  expect(formatEvpnVnis({ vrfs: [vrf, pending] })).toBe(`\
Number of L3 VNIs: 2
Flags: * - Kernel
  VNI   Type  RD          Import RT            Export RT   Tenant VRF
* 5001  L3    10.0.1.1:1  65000:5001, 65000:9  65000:5001  red/main
  5002  L3    10.0.1.1:1  65000:5001, 65000:9  65000:5001  blue/main
`);
});

test("one VNI is shown with its route targets, counts and fault", () => {
  const failed: VrfStatusDocument = { ...vrf, state: "Failed", reason: "VNI 5001 is in use" };
  expect(formatEvpnVni(failed)).toBe(`\
VNI: 5001 (Failed)
  Type: L3
  Tenant VRF: red/main
  RD: 10.0.1.1:1
  Originator IP: 10.0.1.1
  Router's MAC: 02:00:0a:00:01:01
  Import Route Target:
    65000:5001
    65000:9
  Export Route Target:
    65000:5001
  Endpoints: 2
  Imported routes: 4 through 1 VTEPs
  Reason: VNI 5001 is in use
`);
});
