import {
  admit,
  type Change,
  type Resource,
  type ResourceKey,
  resourceKey,
} from "@selvedge/resources";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { issueForTenant, shownToTenant, withoutOthersNames } from "../../src/access/tenant-view.ts";
import { parsed, someResources } from "./resources-of-two-tenants.ts";

const RED: ReadonlySet<string> = new Set(["red"]);

describe("shownToTenant", () => {
  test("takes the operator's fields out of a Vrf and leaves the rest", () => {
    const vrf = parsed({
      kind: "Vrf",
      metadata: { name: "main", namespace: "red", labels: { a: "b" } },
      spec: { l3vni: 5000, routeTargets: { import: ["65000:7"] } },
      status: { id: 3 },
    });
    expect(shownToTenant(vrf)).toEqual({
      apiVersion: "selvedge.dev/v1alpha1",
      kind: "Vrf",
      metadata: { name: "main", namespace: "red", labels: { a: "b" } },
      spec: {},
    });
  });

  test("takes the VNI and the id out of a bridged Subnet", () => {
    const spec = { vrf: "main", cidrs: ["10.1.0.0/24"], mode: "bridged" };
    const head = { kind: "Subnet", metadata: { name: "lan", namespace: "red" } };
    const subnet = parsed({ ...head, spec: { ...spec, vni: 6000 }, status: { id: 4 } });
    expect(shownToTenant(subnet)).toEqual(parsed({ ...head, spec }));
  });

  test("takes the range of VNIs out of a Tenant", () => {
    const tenant = parsed({
      kind: "Tenant",
      metadata: { name: "red" },
      spec: { vniRange: { first: 7000, last: 7099 } },
    });
    expect(shownToTenant(tenant)).toEqual({ ...tenant, spec: {} });
  });
});

describe("issueForTenant", () => {
  test("keeps what is about the tenant's own", () => {
    const issue = {
      key: "vrfs/red/main",
      path: [],
      message: "is still used by subnets/red/web; delete that first",
      conflictsWith: "subnets/red/web",
    } as const;
    expect(issueForTenant(issue, RED)).toEqual(issue);
  });

  test("takes out another's name, and that it is there under a key", () => {
    const issue = {
      key: "vrfs/red/main",
      path: ["spec", "l3vni"],
      message: "the VNI 7 is that of vrfs/blue/red; use another",
      conflictsWith: "vrfs/blue/red",
    } as const;
    expect(issueForTenant(issue, RED)).toEqual({
      key: "vrfs/red/main",
      path: ["spec", "l3vni"],
      message: "the VNI 7 is that of another resource; use another",
    });
  });

  test("says nothing of what cannot be read in the datastore", () => {
    const issue = {
      key: "endpoints/blue/x",
      path: [],
      message: "endpoints/blue/x in the datastore cannot be read (it holds hosts/h9)",
    } as const;
    expect(JSON.stringify(issueForTenant(issue, RED))).not.toMatch(/blue|h9/);
    const { key: _, ...keyless } = issue;
    expect(JSON.stringify(issueForTenant(keyless, RED))).not.toMatch(/blue|h9/);
  });

  test.each(["hosts/h1", "tenants/blue", "vrfs/blue/main", "endpoints/red-2/a"])(
    "%s is not named",
    (key) => {
      expect(withoutOthersNames(`see ${key}, and subnets/red/web`, RED)).toBe(
        "see another resource, and subnets/red/web",
      );
    },
  );

  test("no refusal of admission tells a tenant of anything that is not theirs", () => {
    fc.assert(
      fc.property(someResources("red", "zz"), someResources("red", "zz"), (there, wanted) => {
        const current = new Map<ResourceKey, Resource>();
        // One by one, so that those in the way of others are left out.
        for (const resource of there) {
          const admitted = admit(current, [{ kind: "put", resource }]);
          if (admitted.kind === "admitted") current.set(resourceKey(resource), resource);
        }
        const changes = wanted
          .filter(({ metadata }) => "namespace" in metadata && metadata.namespace === "red")
          .map((resource): Change => ({ kind: "put", resource }));
        const admission = admit(current, changes);
        if (admission.kind === "admitted") return;
        for (const issue of admission.issues) {
          expect(JSON.stringify(issueForTenant(issue, RED))).not.toContain("zz");
        }
      }),
      { numRuns: 300 },
    );
  });
});
