import { parseAsn } from "@selvedge/net";
import { expect, test } from "vitest";
import { exportRouteTargets, importRouteTargets, importVnis } from "../src/vrf-route-targets.ts";
import { declaredOne } from "./declared.ts";

function vrf(spec: string) {
  const resource = declaredOne(
    `kind: Vrf\nmetadata: { name: main, namespace: red }\nspec: { ${spec} }`,
  );
  if (resource.kind !== "Vrf") throw new Error("not a Vrf");
  return resource;
}

const asn = parseAsn(65000);

test("the automatic route target is made of the AS number and the VNI", () => {
  expect(importRouteTargets(vrf("l3vni: 5001"), asn)).toEqual(["65000:5001"]);
  expect(exportRouteTargets(vrf("l3vni: 5001"), asn)).toEqual(["65000:5001"]);
});

test("declared route targets replace the automatic one, each direction by itself", () => {
  const declared = vrf("l3vni: 5001, routeTargets: { import: [65000:1, 65000:2] }");
  expect(importRouteTargets(declared, asn)).toEqual(["65000:1", "65000:2"]);
  expect(exportRouteTargets(declared, asn)).toEqual(["65000:5001"]);
});

test("wildcards are told apart, and there is no automatic one beside them", () => {
  const declared = vrf("l3vni: 5001, routeTargets: { import: ['65000:1', '*:5002'] }");
  expect([importRouteTargets(declared, asn), importVnis(declared)]).toEqual([["65000:1"], [5002]]);
  const only = vrf("l3vni: 5001, routeTargets: { import: ['*:5001'] }");
  expect([importRouteTargets(only, asn), importVnis(only)]).toEqual([[], [5001]]);
  expect(importVnis(vrf("l3vni: 5001"))).toEqual([]);
});

test("there is none before the VRF has a VNI", () => {
  expect(importRouteTargets(vrf(""), asn)).toEqual([]);
});
