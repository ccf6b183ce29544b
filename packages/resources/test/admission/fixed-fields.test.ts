import { describe, expect, test } from "vitest";
import { admitted, declared, refusals, TWO_TENANTS } from "../declared.ts";

const WITH_SECOND_VRF = admitted(
  TWO_TENANTS,
  declared(`
kind: Vrf
metadata: { name: other, namespace: red }
---
kind: Subnet
metadata: { name: app, namespace: red }
spec: { vrf: main, cidrs: [10.3.0.0/24] }
---
kind: Subnet
metadata: { name: far, namespace: red }
spec: { vrf: other, cidrs: [10.3.0.0/24] }
`),
);

describe("the VNI of a VRF", () => {
  const text = (name: string) =>
    `kind: Vrf\nmetadata: { name: ${name}, namespace: red }\nspec: { l3vni: 7000 }`;

  test("stays while endpoints are in the VRF", () => {
    expect(refusals(WITH_SECOND_VRF, text("main"))).toEqual([
      "vrfs/red/main: spec.l3vni: cannot change from 5000 to 7000 while endpoints/red/web-1 is in the VRF; leave it, or delete the endpoints first",
    ]);
  });

  test("may change while none is", () => {
    expect(refusals(WITH_SECOND_VRF, text("other"))).toEqual([]);
    expect(refusals(WITH_SECOND_VRF, text("main"), ["endpoints/red/web-1"])).toEqual([]);
  });
});

describe("the VRF of a subnet", () => {
  const text = (name: string, vrf: string, cidr: string) =>
    `kind: Subnet\nmetadata: { name: ${name}, namespace: red }\nspec: { vrf: ${vrf}, cidrs: [${cidr}] }`;

  test("stays while endpoints are in the subnet", () => {
    expect(refusals(WITH_SECOND_VRF, text("web", "other", "10.1.0.0/24"))).toEqual([
      "subnets/red/web: spec.vrf: cannot change from main to other while endpoints/red/web-1 is in the subnet; leave it, or delete the endpoints first",
    ]);
  });

  test("may change while none is", () => {
    expect(refusals(WITH_SECOND_VRF, text("far", "main", "10.4.0.0/24"))).toEqual([]);
  });
});

describe("the mode and the VNI of a subnet", () => {
  const lan = (name: string, cidr: string, spec: string) =>
    `kind: Subnet\nmetadata: { name: ${name}, namespace: red }\nspec: { vrf: main, cidrs: [${cidr}], ${spec} }`;
  const bridged = admitted(
    WITH_SECOND_VRF,
    declared(`${lan("lan", "10.5.0.0/24", "mode: bridged, vni: 70")}
---
kind: Endpoint
metadata: { name: station, namespace: red }
spec: { subnet: lan, host: h1, addresses: [10.5.0.5] }`),
  );

  test("stay while endpoints are in the subnet", () => {
    const hint = "in the subnet; leave it, or delete the endpoints first";
    expect(refusals(bridged, lan("web", "10.1.0.0/24", "mode: bridged"))).toEqual([
      `subnets/red/web: spec.mode: cannot change from routed to bridged while endpoints/red/web-1 is ${hint}`,
    ]);
    expect(refusals(bridged, lan("lan", "10.5.0.0/24", "mode: bridged, vni: 71"))).toEqual([
      `subnets/red/lan: spec.vni: cannot change from 70 to 71 while endpoints/red/station is ${hint}`,
    ]);
  });

  test("may change while none is", () => {
    const gone = ["endpoints/red/station"] as const;
    for (const spec of ["mode: bridged, vni: 71", "mode: routed"]) {
      expect(refusals(bridged, lan("lan", "10.5.0.0/24", spec), gone)).toEqual([]);
    }
  });
});

describe("an endpoint", () => {
  const text = (subnet: string, host: string) =>
    `kind: Endpoint\nmetadata: { name: web-1, namespace: red }\nspec: { subnet: ${subnet}, host: ${host}, addresses: [10.3.0.5] }`;

  test("may change its subnet and its host within the VRF", () => {
    expect(refusals(WITH_SECOND_VRF, text("app", "h2"))).toEqual([]);
  });

  test("stays in its VRF", () => {
    expect(refusals(WITH_SECOND_VRF, text("far", "h1"))).toEqual([
      "endpoints/red/web-1: spec.subnet: cannot change from web to far, which is in another VRF; delete the endpoint and declare it anew",
    ]);
  });
});
