import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIRST_VNI } from "../../src/admission/identifiers.ts";
import type { Resource, ResourceKey } from "../../src/resource-kind.ts";
import { admitted, declared, refusals, TWO_TENANTS } from "../declared.ts";

const vrf = (name: string, spec = "") =>
  `kind: Vrf\nmetadata: { name: ${name}, namespace: red }\nspec: { ${spec} }`;

function numbers(resources: ReadonlyMap<ResourceKey, Resource>, key: ResourceKey) {
  const resource = resources.get(key);
  if (resource?.kind === "Vrf") return { l3vni: resource.spec.l3vni, id: resource.status?.id };
  if (resource?.kind === "Subnet") return { vni: resource.spec.vni, id: resource.status?.id };
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

  const lan = (name: string, spec: string, cidr = "10.7.0.0/24") =>
    `kind: Subnet\nmetadata: { name: ${name}, namespace: red }\nspec: { vrf: main, cidrs: [${cidr}], ${spec} }`;

  test("of bridged subnets are out of the same pools as those of VRFs, and routed ones have none", () => {
    const texts = [
      lan("a", "mode: bridged"),
      lan("b", "mode: routed", "10.8.0.0/24"),
      vrf("c"),
      lan("d", "mode: bridged, vni: 70", "10.9.0.0/24"),
    ];
    const after = admitted(TWO_TENANTS, declared(texts.join("\n---\n")));
    expect(numbers(after, "subnets/red/a")).toEqual({ vni: 5002, id: 3 });
    expect(numbers(after, "subnets/red/b")).toEqual({ vni: undefined, id: undefined });
    expect(numbers(after, "vrfs/red/c")).toEqual({ l3vni: 5003, id: 4 });
    expect(numbers(after, "subnets/red/d")).toEqual({ vni: 70, id: 5 });
  });

  test("of a bridged subnet stay while it is bridged, and are free once it is routed", () => {
    const bridged = admitted(TWO_TENANTS, declared(lan("a", "mode: bridged, vni: 70")));
    const again = admitted(bridged, declared(lan("a", "mode: bridged, flooding: disabled")));
    expect(numbers(again, "subnets/red/a")).toEqual({ vni: 70, id: 3 });
    const routed = admitted(again, declared(lan("a", "mode: routed")));
    expect(numbers(routed, "subnets/red/a")).toEqual({ vni: undefined, id: undefined });
    expect(numbers(admitted(routed, declared(vrf("b", "l3vni: 70"))), "vrfs/red/b")).toEqual({
      l3vni: 70,
      id: 3,
    });
  });

  const tenant = (name: string, range = "") =>
    `kind: Tenant\nmetadata: { name: ${name} }\nspec: { ${range} }`;
  const l3vnis = (resources: ReadonlyMap<ResourceKey, Resource>, ...names: readonly string[]) =>
    names.map((name) => numbers(resources, `vrfs/red/${name}`)?.l3vni);

  test("are of the tenant's range, and those of VRFs that have one stay", () => {
    const ranged = admitted(
      TWO_TENANTS,
      declared(tenant("red", "vniRange: { first: 700, last: 702 }")),
    );
    const chosen = admitted(ranged, declared(vrf("b", "l3vni: 701")));
    const after = admitted(chosen, declared([vrf("a"), vrf("c"), vrf("main")].join("\n---\n")));
    expect(l3vnis(after, "a", "b", "c", "main")).toEqual([700, 701, 702, 5000]);
  });

  test("are not given out of another tenant's range, but may be asked for", () => {
    const ranged = admitted(
      TWO_TENANTS,
      declared(
        [
          tenant("blue", "vniRange: { first: 5000, last: 5009 }"),
          tenant("green", "vniRange: { first: 5008, last: 5010 }"),
          tenant("grey", "vniRange: { first: 5012, last: 5012 }"),
        ].join("\n---\n"),
      ),
    );
    const text = [vrf("a"), vrf("b"), vrf("c", "l3vni: 5003")].join("\n---\n");
    expect(l3vnis(admitted(ranged, declared(text)), "a", "b", "c")).toEqual([5011, 5013, 5003]);
  });

  test("of tenants with ranges that meet are still one VRF's each", () => {
    const ranged = admitted(
      TWO_TENANTS,
      declared(
        [
          tenant("red", "vniRange: { first: 700, last: 709 }"),
          tenant("blue", "vniRange: { first: 705, last: 709 }"),
        ].join("\n---\n"),
      ),
    );
    const ofBlue = "kind: Vrf\nmetadata: { name: x, namespace: blue }";
    const text = [ofBlue, ..."abcdef".split("").map((name) => vrf(name))].join("\n---\n");
    const after = admitted(ranged, declared(text));
    expect(numbers(after, "vrfs/blue/x")?.l3vni).toBe(705);
    expect(l3vnis(after, "e", "f")).toEqual([704, 706]);
  });

  test("are refused where the tenant's range has none left", () => {
    const full = admitted(
      TWO_TENANTS,
      declared([tenant("red", "vniRange: { first: 700, last: 700 }"), vrf("a")].join("\n---\n")),
    );
    const fault = "every VNI in the vniRange of tenant red is used; widen the range, or write";
    expect(refusals(full, vrf("b"))).toEqual([`vrfs/red/b: spec.l3vni: ${fault} an l3vni`]);
    expect(refusals(full, lan("b", "mode: bridged"))).toEqual([
      `subnets/red/b: spec.vni: ${fault} a vni`,
    ]);
  });

  const vrfDoing = (name: string, action: string, vni: number) =>
    vrf(name, action === "choose" ? `l3vni: ${vni}` : "");
  const lanDoing = (name: string, action: string, vni: number) => {
    const chosen = action === "choose" ? `, vni: ${vni}` : "";
    const mode = action === "route" ? "routed" : "bridged";
    return lan(name, `mode: ${mode}${chosen}`, `10.${name.charCodeAt(0)}.0.0/24`);
  };
  const numbersOf = (resources: ReadonlyMap<ResourceKey, Resource>, key: ResourceKey) => {
    const found = numbers(resources, key);
    return found === undefined ? undefined : { vni: found.l3vni ?? found.vni, id: found.id };
  };

  test("are unique and stable over any sequence of declarations and deletions", () => {
    const step = fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      plural: fc.constantFrom("vrfs", "subnets"),
      action: fc.constantFrom("apply", "choose", "route", "delete"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let current: Map<ResourceKey, Resource> = new Map(TWO_TENANTS);
        for (const { name, plural, action } of steps) {
          const key: ResourceKey = `${plural}/red/${name}`;
          const before = numbersOf(current, key);
          if (action === "delete") {
            current.delete(key);
            continue;
          }
          const chosen = 6000 + name.charCodeAt(0) + (plural === "vrfs" ? 0 : 10);
          const text =
            plural === "vrfs" ? vrfDoing(name, action, chosen) : lanDoing(name, action, chosen);
          current = admitted(current, declared(text));
          const after = numbersOf(current, key);
          if (plural === "subnets" && action === "route") {
            expect(after).toEqual({ vni: undefined, id: undefined });
            continue;
          }
          if (before?.id !== undefined) expect(after?.id).toBe(before.id);
          if (before?.id !== undefined && action !== "choose") expect(after).toEqual(before);
          expect(after?.vni).toBeGreaterThanOrEqual(FIRST_VNI);
        }
        const given = [...current.keys()]
          .map((key) => (key.startsWith("hosts/") ? undefined : numbersOf(current, key)))
          .filter((row) => row?.id !== undefined);
        expect(new Set(given.map((row) => row?.id)).size).toBe(given.length);
        expect(new Set(given.map((row) => row?.vni)).size).toBe(given.length);
      }),
    );
  });
});
