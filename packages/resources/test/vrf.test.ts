import { expect, test } from "vitest";
import { declaredOne } from "./declared.ts";
import { faults } from "./faults.ts";

const vrf = (spec: string) =>
  `kind: Vrf\nmetadata: { name: main, namespace: red }\nspec: { ${spec} }`;

test("a Vrf needs nothing but its name and tenant", () => {
  const resource = declaredOne("kind: Vrf\nmetadata: { name: main, namespace: red }");
  expect(resource.spec).toEqual({});
});

test("a Vrf may choose its VNI and route targets, which come out canonical", () => {
  const text = vrf(
    "l3vni: 70, routeTargets: { import: [065000:1, '1.2.3.4:5'], export: [70000:1] }",
  );
  expect(declaredOne(text).spec).toEqual({
    l3vni: 70,
    routeTargets: { import: ["65000:1", "1.2.3.4:5"], export: ["70000:1"] },
  });
});

test.each([
  [
    "l3vni: 16777216",
    'spec.l3vni: "16777216" is not a VNI; write a whole number from 1 to 16777215',
  ],
  [
    "routeTargets: { import: [] }",
    "spec.routeTargets.import: the list is empty; write route targets whose routes are imported, *:VNI for those of any AS; absent: the automatic one",
  ],
  [
    "routeTargets: { import: ['*:16777216'] }",
    'spec.routeTargets.import[0]: "16777216" is not a VNI; write a whole number from 1 to 16777215',
  ],
  [
    "routeTargets: { import: ['*:5001', '*:05001'] }",
    "spec.routeTargets.import[1]: *:5001 is listed twice; remove one",
  ],
  [
    "routeTargets: { export: ['*:5001'] }",
    'spec.routeTargets.export[0]: "*:5001" is not a route target: "*" is neither an AS number nor an IPv4 address; write one such as 65000:5001',
  ],
  [
    "routeTargets: { export: ['65000:1', '065000:1'] }",
    "spec.routeTargets.export[1]: 65000:1 is listed twice; remove one",
  ],
  [
    "routeTargets: { import: ['0x030c000000000008'] }",
    "spec.routeTargets.import[0]: 0x030c000000000008 is not a route target; write AS:NUMBER or ADDRESS:NUMBER such as 65000:5001, or *:VNI",
  ],
])("a Vrf with %s is refused", (spec, fault) => {
  expect(faults(vrf(spec))).toEqual([fault]);
});
