import type { VrfStatus } from "@selvedge/vxlan-dataplane";
import { describe, expect, test } from "vitest";
import { vrfIntent } from "../../src/intent/vrf-intent.ts";
import { vrfListDocument } from "../../src/status/vrf-list.ts";
import { host, subnet, vrf } from "../fixtures.ts";

function intentOf(tenant: string) {
  const intent = vrfIntent({
    self: host("h1"),
    vrf: vrf(tenant, "main", 1),
    subnets: [subnet(tenant, "web", "main", ["10.1.0.0/24"])],
    subnetsInUse: [subnet(tenant, "web", "main", ["10.1.0.0/24"])],
    namespacePrefix: "vrf",
  });
  if (intent === undefined) throw new Error("the host carries no VRFs");
  return intent;
}

const INTENT = intentOf("red");

const statusOf = (fields: Partial<VrfStatus> = {}): VrfStatus => ({
  name: INTENT.name,
  namespace: INTENT.namespace,
  l3vni: INTENT.l3vni,
  vtep: INTENT.vtep,
  routerMac: INTENT.routerMac,
  routerAddresses: INTENT.routerAddresses,
  state: "ready",
  device: { name: "vx5001", index: 3, up: true },
  routes: { wanted: 4, installed: 4, pending: 0, failed: 0 },
  remoteVteps: 2,
  endpoints: { wanted: 3, attached: 1 },
  repairs: 5,
  failures: [],
  ...fields,
});

describe("a VRF as a document", () => {
  test("is pending, without a device, before the dataplane has it", () => {
    const { vrfs } = vrfListDocument([INTENT], []);
    expect(vrfs).toMatchObject([
      {
        name: "red/main",
        namespace: "vrf.red.main",
        vni: 5001,
        vxlanInterface: "-",
        vtepIp: "10.0.1.1",
        rd: INTENT.rd,
        importRts: [...INTENT.importRouteTargets],
        exportRts: [...INTENT.exportRouteTargets],
        state: "Pending",
        numEndpoints: 0,
        numRemoteVteps: 0,
        numRemoteRoutes: 0,
        numRepairs: 0,
      },
    ]);
    expect(vrfs[0]).not.toHaveProperty("reason");
  });

  test("has the dataplane's device and counts: endpoints attached, routes wanted", () => {
    expect(vrfListDocument([INTENT], [statusOf()]).vrfs).toMatchObject([
      {
        state: "Up",
        vxlanInterface: "vx5001",
        numEndpoints: 1,
        numRemoteVteps: 2,
        numRemoteRoutes: 4,
        numRepairs: 5,
      },
    ]);
  });

  test("says why it failed, all reasons in one line", () => {
    const failure = { code: "vni-in-use", object: "vxlan vx5001" } as const;
    const status = statusOf({
      state: "failed",
      failures: [
        { ...failure, message: "VNI 5001 is in use" },
        { ...failure, message: "and more" },
      ],
    });
    expect(vrfListDocument([INTENT], [status]).vrfs).toMatchObject([
      { state: "Failed", reason: "VNI 5001 is in use; and more" },
    ]);
  });

  test("stands in the list by name", () => {
    const { vrfs } = vrfListDocument([INTENT, intentOf("blue")], []);
    expect(vrfs.map(({ name }) => name)).toEqual(["blue/main", "red/main"]);
  });
});
