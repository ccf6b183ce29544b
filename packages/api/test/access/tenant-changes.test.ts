import type { Change, Resource, ResourceKey } from "@selvedge/resources";
import { resourceKey } from "@selvedge/resources";
import { describe, expect, test } from "vitest";
import { reviewTenantChanges } from "../../src/access/tenant-changes.ts";
import { parsed } from "./resources-of-two-tenants.ts";

const RED: ReadonlySet<string> = new Set(["red"]);

function vrf(spec: object, metadata: object = {}): Resource {
  return parsed({ kind: "Vrf", metadata: { name: "main", namespace: "red", ...metadata }, spec });
}

function review(wanted: Resource, ...before: readonly Resource[]) {
  const current = new Map<ResourceKey, Resource>(before.map((one) => [resourceKey(one), one]));
  return reviewTenantChanges([{ kind: "put", resource: wanted }], current, RED);
}

const GIVEN = { l3vni: 5000, routeTargets: { import: ["65000:7"], export: ["65000:8"] } };

describe("the operator's fields of a Vrf", () => {
  test.each([
    ["new, with a VNI", { l3vni: 5001 }, undefined],
    ["new, with route targets", { routeTargets: { import: ["65000:1"] } }, undefined],
    ["another VNI", { l3vni: 5001 }, GIVEN],
    ["a route target more", { routeTargets: { import: ["65000:7", "65000:9"] } }, GIVEN],
    ["import for export", { routeTargets: { import: ["65000:8"], export: ["65000:7"] } }, GIVEN],
    ["one direction only", { routeTargets: { import: ["65000:7"] } }, GIVEN],
  ])("are refused: %s", (_, wanted, before) => {
    const outcome = review(vrf(wanted), ...(before === undefined ? [] : [vrf(before)]));
    expect(outcome).toMatchObject({
      kind: "refused",
      issues: [{ key: "vrfs/red/main", path: ["spec", Object.keys(wanted)[0]] }],
    });
  });

  test("are refused in the same words whether a value is another tenant's or nobody's", () => {
    const theirs = parsed({
      kind: "Vrf",
      metadata: { name: "main", namespace: "blue" },
      spec: { l3vni: 6000, routeTargets: { export: ["65000:6000"] } },
    });
    for (const [used, free] of [
      [{ l3vni: 6000 }, { l3vni: 6001 }],
      [{ routeTargets: { import: ["65000:6000"] } }, { routeTargets: { import: ["65000:6001"] } }],
    ] as const) {
      expect(review(vrf(used), theirs)).toEqual(review(vrf(free), theirs));
    }
  });

  test.each([
    ["left out", {}],
    ["as they are", GIVEN],
  ])("stay, %s", (_, wanted) => {
    expect(review(vrf(wanted), vrf(GIVEN))).toEqual({
      kind: "complete",
      changes: [{ kind: "put", resource: vrf(GIVEN) }],
    });
  });
});

describe("what is of the domain selvedge.dev", () => {
  test.each([
    ["labels", { "selvedge.dev/tier": "a" }, {}],
    ["labels", {}, { "selvedge.dev/tier": "a" }],
    ["labels", { "x.selvedge.dev/tier": "b" }, { "x.selvedge.dev/tier": "a" }],
    ["annotations", { "selvedge.dev/note": "" }, {}],
    ["finalizers", ["selvedge.dev/drain"], []],
    ["finalizers", [], ["selvedge.dev/drain"]],
  ])("cannot change: %s from %j to %j", (field, wanted, before) => {
    const outcome = review(vrf({}, { [field]: wanted }), vrf({}, { [field]: before }));
    expect(outcome).toMatchObject({ kind: "refused", issues: [{ path: ["metadata", field] }] });
  });

  test("stays where finalizers are left out, which keeps them", () => {
    const before = vrf({}, { finalizers: ["selvedge.dev/drain"] });
    expect(review(vrf({}), before).kind).toBe("complete");
  });

  test("stays, and everything else is the tenant's", () => {
    const kept = { "selvedge.dev/tier": "a" };
    const wanted = vrf({}, { labels: { ...kept, role: "web" }, finalizers: ["example.com/x"] });
    expect(review(wanted, vrf({}, { labels: kept })).kind).toBe("complete");
    const foreign = vrf({}, { labels: { "notselvedge.dev/tier": "a", selvedge: "b" } });
    expect(review(foreign).kind).toBe("complete");
  });
});

test.each<Change>([
  { kind: "delete", key: "vrfs/blue/main" },
  { kind: "delete", key: "hosts/h1" },
  { kind: "delete", key: "tenants/red" },
  { kind: "put", resource: parsed({ kind: "Tenant", metadata: { name: "red" } }) },
])("nothing but what is in the tenant may change: %j", (change) => {
  expect(reviewTenantChanges([change], new Map(), RED).kind).toBe("refused");
});

describe("the VNI of a bridged Subnet", () => {
  const lan = (spec: object): Resource =>
    parsed({
      kind: "Subnet",
      metadata: { name: "lan", namespace: "red" },
      spec: { vrf: "main", cidrs: ["10.1.0.0/24"], mode: "bridged", ...spec },
    });

  test("is refused when a tenant chooses it", () => {
    const refused = {
      kind: "refused",
      issues: [{ key: "subnets/red/lan", path: ["spec", "vni"] }],
    };
    expect(review(lan({ vni: 6001 }))).toMatchObject(refused);
    expect(review(lan({ vni: 6001 }), lan({ vni: 6000 }))).toMatchObject(refused);
  });

  test.each([{}, { vni: 6000 }])("stays when it is left out or written as it is: %j", (wanted) => {
    expect(review(lan(wanted), lan({ vni: 6000 }))).toEqual({
      kind: "complete",
      changes: [{ kind: "put", resource: lan({ vni: 6000 }) }],
    });
  });

  test("goes when the subnet becomes routed", () => {
    const routed = lan({ mode: "routed" });
    expect(review(routed, lan({ vni: 6000 }))).toEqual({
      kind: "complete",
      changes: [{ kind: "put", resource: routed }],
    });
  });
});
