import { describe, expect, test } from "vitest";
import { refusals, TWO_TENANTS } from "../declared.ts";

const host = (name: string, spec: string) =>
  `kind: Host\nmetadata: { name: ${name} }\nspec: { asn: 65000, ${spec} }`;

describe("two hosts", () => {
  test.each([
    [
      "address: 10.0.1.1, routerId: 10.9.9.9",
      "spec.address: 10.0.1.1 is an address of hosts/h1 already; use this host's own",
    ],
    [
      "address: 10.9.9.9, vtep: 10.0.1.1, routerId: 10.9.9.9",
      "spec.vtep: 10.0.1.1 is an address of hosts/h1 already; use this host's own",
    ],
    [
      "address: 10.9.9.9, routerId: 10.0.1.1",
      "spec.routerId: 10.0.1.1 is the router id of hosts/h1 already; use this host's own",
    ],
  ])("do not share what identifies them: %s", (spec, message) => {
    expect(refusals(TWO_TENANTS, host("h9", spec))).toEqual([`hosts/h9: ${message}`]);
  });

  test("do not share it when they are declared together either", () => {
    const spec = "address: 10.9.9.9, routerId: 10.9.9.9";
    expect(refusals(TWO_TENANTS, `${host("h8", spec)}\n---\n${host("h9", spec)}`)).toEqual([
      "hosts/h9: spec.address: 10.9.9.9 is an address of hosts/h8 already; use this host's own",
      "hosts/h9: spec.routerId: 10.9.9.9 is the router id of hosts/h8 already; use this host's own",
    ]);
  });

  test("may swap their addresses in one go", () => {
    const swapped = [
      host("h1", "address: 10.0.2.1, routerId: 10.0.2.1"),
      host("h2", "address: 10.0.1.1, routerId: 10.0.1.1"),
    ];
    expect(refusals(TWO_TENANTS, swapped.join("\n---\n"))).toEqual([]);
    expect(refusals(TWO_TENANTS, swapped[0] ?? "")).toHaveLength(2);
  });
});

describe("an L3VNI", () => {
  test("is one VRF's over all tenants", () => {
    const text = "kind: Vrf\nmetadata: { name: x, namespace: red }\nspec: { l3vni: 5001 }";
    expect(refusals(TWO_TENANTS, text)).toEqual([
      "vrfs/red/x: spec.l3vni: the VNI 5001 is that of vrfs/blue/main; use another, or leave the field out to get a free one",
    ]);
  });

  test("is not that of a bridged subnet either", () => {
    const lan = (name: string, vni: number, cidr: string) =>
      `kind: Subnet\nmetadata: { name: ${name}, namespace: red }\nspec: { vrf: main, mode: bridged, cidrs: [${cidr}], vni: ${vni} }`;
    const hint = "use another, or leave the field out to get a free one";
    expect(refusals(TWO_TENANTS, lan("a", 5001, "10.7.0.0/24"))).toEqual([
      `subnets/red/a: spec.vni: the VNI 5001 is that of vrfs/blue/main; ${hint}`,
    ]);
    const both = `${lan("a", 70, "10.7.0.0/24")}\n---\n${lan("b", 70, "10.8.0.0/24")}`;
    expect(refusals(TWO_TENANTS, both)).toEqual([
      `subnets/red/b: spec.vni: the VNI 70 is that of subnets/red/a; ${hint}`,
    ]);
  });

  test("is free again once its VRF is deleted", () => {
    const text = "kind: Vrf\nmetadata: { name: x, namespace: red }\nspec: { l3vni: 5001 }";
    const blue = ["vrfs/blue/main", "subnets/blue/web", "endpoints/blue/web-1"] as const;
    expect(refusals(TWO_TENANTS, text, blue)).toEqual([]);
  });
});
