import { parseAsn } from "@selvedge/net";
import { expect, test } from "vitest";
import { subnetRouteTarget } from "../src/subnet-route-target.ts";
import { declaredOne } from "./declared.ts";

function routeTarget(spec: string) {
  const resource = declaredOne(
    `kind: Subnet\nmetadata: { name: lan, namespace: red }\nspec: { vrf: main, cidrs: [10.1.0.0/24], ${spec} }`,
  );
  if (resource.kind !== "Subnet") throw new Error("not a Subnet");
  return subnetRouteTarget(resource, parseAsn(65000));
}

test("is made of the AS number and the VNI of a bridged subnet", () => {
  expect(routeTarget("mode: bridged, vni: 6001")).toBe("65000:6001");
});

test("there is none of a routed subnet, and none before a bridged one has a VNI", () => {
  expect(routeTarget("mode: routed")).toBeUndefined();
  expect(routeTarget("mode: bridged")).toBeUndefined();
});
