import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIRST_L3VNI } from "../../src/admission/identifiers.ts";
import type { Resource, ResourceKey } from "../../src/resource-kind.ts";
import { admitted, declared, TWO_TENANTS } from "../declared.ts";

const vrf = (name: string, spec = "") =>
  `kind: Vrf\nmetadata: { name: ${name}, namespace: red }\nspec: { ${spec} }`;

function numbers(resources: ReadonlyMap<ResourceKey, Resource>, key: ResourceKey) {
  const resource = resources.get(key);
  if (resource?.kind === "Vrf") return { l3vni: resource.spec.l3vni, id: resource.status?.id };
  if (resource?.kind === "Host") return { id: resource.status?.id };
  return undefined;
}

describe("identifiers", () => {
  test("are the lowest free ones, in the order of the declarations", () => {
    expect(numbers(TWO_TENANTS, "hosts/h1")).toEqual({ id: 1 });
    expect(numbers(TWO_TENANTS, "hosts/rr")).toEqual({ id: 3 });
    expect(numbers(TWO_TENANTS, "vrfs/red/main")).toEqual({ l3vni: 5000, id: 1 });
    expect(numbers(TWO_TENANTS, "vrfs/blue/main")).toEqual({ l3vni: 5001, id: 2 });
  });

  test("do not take a number that is declared later in the same go", () => {
    const after = admitted(
      TWO_TENANTS,
      declared([vrf("a"), vrf("b", "l3vni: 5002")].join("\n---\n")),
    );
    expect(numbers(after, "vrfs/red/a")).toEqual({ l3vni: 5003, id: 3 });
    expect(numbers(after, "vrfs/red/b")).toEqual({ l3vni: 5002, id: 4 });
  });

  test("stay when the resource is applied again without them", () => {
    const chosen = admitted(TWO_TENANTS, declared(vrf("a", "l3vni: 70")));
    const again = admitted(chosen, declared(vrf("a", "routeTargets: { import: ['65000:1'] }")));
    expect(numbers(again, "vrfs/red/a")).toEqual({ l3vni: 70, id: 3 });
  });

  test("are given again once they are free", () => {
    const without = new Map(TWO_TENANTS);
    for (const key of ["vrfs/red/main", "subnets/red/web", "endpoints/red/web-1"] as const) {
      without.delete(key);
    }
    expect(numbers(admitted(without, declared(vrf("a"))), "vrfs/red/a")).toEqual({
      l3vni: 5000,
      id: 1,
    });
  });

  test("of a status in a manifest are not the user's to choose", () => {
    const text = `${vrf("a")}\nstatus: { id: 900 }\n---\n${vrf("main")}\nstatus: { id: 900 }`;
    const after = admitted(TWO_TENANTS, declared(text));
    expect(numbers(after, "vrfs/red/a")).toEqual({ l3vni: 5002, id: 3 });
    expect(numbers(after, "vrfs/red/main")).toEqual({ l3vni: 5000, id: 1 });
  });

  test("are unique and stable over any sequence of declarations and deletions", () => {
    const step = fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      action: fc.constantFrom("apply", "choose", "delete"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let current: Map<ResourceKey, Resource> = new Map(TWO_TENANTS);
        for (const { name, action } of steps) {
          const key: ResourceKey = `vrfs/red/${name}`;
          const before = numbers(current, key);
          if (action === "delete") {
            current.delete(key);
            continue;
          }
          const spec = action === "choose" ? `l3vni: ${6000 + name.charCodeAt(0)}` : "";
          current = admitted(current, declared(vrf(name, spec)));
          const after = numbers(current, key);
          if (before !== undefined) expect(after?.id).toBe(before.id);
          if (before !== undefined && action === "apply") expect(after).toEqual(before);
          expect(after?.l3vni).toBeGreaterThanOrEqual(FIRST_L3VNI);
        }
        const vrfs = [...current.keys()].filter((key) => key.startsWith("vrfs/"));
        const given = vrfs.map((key) => numbers(current, key));
        expect(new Set(given.map((row) => row?.id)).size).toBe(vrfs.length);
        expect(new Set(given.map((row) => row?.l3vni)).size).toBe(vrfs.length);
      }),
    );
  });
});
