import { parseIpAddress } from "@selvedge/net";
import { type Resource, resourceKey } from "@selvedge/resources";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HostIntent, type ResourceChange } from "../../src/intent/host-intent.ts";
import { endpoint, host, put, subnet, vrf } from "../fixtures.ts";

const world: Resource[] = [
  host("h1", { id: 1 }),
  host("h2", { id: 2 }),
  host("rr1", { id: 9, roles: ["reflector"] }),
  vrf("red", "main", 1),
  vrf("blue", "main", 2),
  subnet("red", "web", "main", ["10.1.0.0/24", "2001:db8:1::/64"]),
  subnet("blue", "web", "main", ["10.1.0.0/24"]),
  endpoint("red", "web-1", "web", "h1", ["10.1.0.11", "2001:db8:1::11"]),
  endpoint("red", "web-2", "web", "h2", ["10.1.0.12"]),
  endpoint("blue", "web-1", "web", "h1", ["10.1.0.11"]),
];

const intentOf = (changes: readonly ResourceChange[]): HostIntent => {
  const intent = new HostIntent({ host: "h1", namespacePrefix: "vrf" });
  intent.follow(changes);
  return intent;
};

const tables = (intent: HostIntent) => ({
  neighbors: Object.fromEntries(intent.neighbors.entries()),
  vrfs: Object.fromEntries(intent.vrfs.entries()),
  endpoints: Object.fromEntries(intent.endpoints.entries()),
  vteps: Object.fromEntries(intent.vteps.entries()),
});

describe("the intent of a host", () => {
  test("holds the VRFs and endpoints of this host only, equal addresses apart", () => {
    const { vrfs, endpoints } = tables(intentOf(world.map(put)));
    expect(Object.keys(endpoints).sort()).toEqual(["blue/web-1", "red/web-1"]);
    expect(endpoints["red/web-1"]).toMatchObject({ vrf: "red/main", subnet: "red/web" });
    expect(vrfs["red/main"]).toMatchObject({
      namespace: "vrf.red.main",
      l3vni: 5001,
      vtep: "10.0.1.1",
      routerMac: "02:00:0a:00:01:01",
      rd: "10.0.1.1:1",
      importRouteTargets: ["65000:5001"],
      importVnis: [],
      aggregates: ["10.1.0.0/24", "2001:db8:1::/64"],
    });
    expect(vrfs["blue/main"]).toMatchObject({ rd: "10.0.1.1:2", l3vni: 5002 });
  });

  test("is empty until the host is declared, and complete from then on", () => {
    const intent = intentOf(world.slice(1).map(put));
    expect(tables(intent)).toMatchObject({ neighbors: {}, vrfs: {}, endpoints: {} });
    intent.follow(world.slice(0, 1).map(put));
    expect(tables(intent)).toEqual(tables(intentOf(world.map(put))));
  });

  test("lets a VRF go with its last endpoint here", () => {
    const intent = intentOf(world.map(put));
    const { vrfs, endpoints } = intent.follow([{ kind: "delete", key: "endpoints/red/web-1" }]);
    expect(vrfs.map(({ kind, key }) => [kind, key])).toEqual([["removed", "red/main"]]);
    expect(endpoints.map(({ kind, key }) => [kind, key])).toEqual([["removed", "red/web-1"]]);
  });

  test("follows an endpoint that moves to another host and back", () => {
    const intent = intentOf(world.map(put));
    const away = endpoint("red", "web-1", "web", "h2", ["10.1.0.11", "2001:db8:1::11"]);
    expect(intent.follow([put(away)]).endpoints[0]?.kind).toBe("removed");
    const here = endpoint("red", "web-1", "web", "h1", ["10.1.0.11", "2001:db8:1::11"]);
    const back = intent.follow([put(here)]);
    expect(back.endpoints[0]?.kind).toBe("set");
    expect(back.vrfs.map(({ key }) => key)).toEqual(["red/main"]);
  });

  test("changes nothing for what concerns other hosts only", () => {
    const intent = intentOf(world.map(put));
    const other = endpoint("red", "web-9", "web", "h2", ["10.1.0.19"]);
    expect(intent.follow([put(other), { kind: "delete", key: "tenants/green" }])).toEqual({
      neighbors: [],
      vrfs: [],
      endpoints: [],
      vteps: [],
    });
  });

  test("knows the VTEPs of the other hosts, which reflectors have none of", () => {
    const intent = intentOf(
      [host("h1", { id: 1 }), host("rr1", { id: 3, roles: ["reflector"] })].map(put),
    );
    expect(tables(intent).vteps).toEqual({});
    const vtep = parseIpAddress("10.9.9.2");
    expect(intent.follow([put(host("h2", { id: 2, vtep }))]).vteps).toEqual([
      { kind: "set", key: "h2", row: vtep },
    ]);
    expect(intent.follow([{ kind: "delete", key: "hosts/h2" }]).vteps).toEqual([
      { kind: "removed", key: "h2", before: vtep },
    ]);
  });

  test("changes every VRF when the host's own VTEP changes", () => {
    const intent = intentOf(world.map(put));
    const moved = host("h1", { id: 1, vtep: parseIpAddress("10.9.9.9") });
    expect(
      intent
        .follow([put(moved)])
        .vrfs.map(({ key }) => key)
        .sort(),
    ).toEqual(["blue/main", "red/main"]);
  });

  test("depends on what is declared, not on the order or the batches in which it came", () => {
    const expected = tables(intentOf(world.map(put)));
    const detour = fc.constantFrom<ResourceChange>(
      put(endpoint("red", "web-1", "web", "h2", ["10.1.0.11"])),
      put(subnet("red", "web", "other", ["10.7.0.0/24"])),
      put(host("h1", { id: 1, roles: ["reflector"] })),
      { kind: "delete", key: "vrfs/red/main" },
      { kind: "delete", key: "subnets/blue/web" },
      { kind: "delete", key: "hosts/rr1" },
    );
    fc.assert(
      fc.property(
        fc.array(detour, { maxLength: 5 }),
        fc.shuffledSubarray(world, { minLength: world.length }),
        fc.integer({ min: 1, max: world.length }),
        (detours, order, batch) => {
          const intent = intentOf(detours);
          for (let index = 0; index < order.length; index += batch) {
            intent.follow(order.slice(index, index + batch).map(put));
          }
          expect(tables(intent)).toEqual(expected);
        },
      ),
    );
  });

  test("after a time without the datastore is what a new agent's would be", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(world), fc.shuffledSubarray(world), (before, after) => {
        const intent = intentOf(before.map(put));
        const present = new Set(after.map(resourceKey));
        const gone = before.map(resourceKey).filter((key) => !present.has(key));
        // All in one batch, as a snapshot comes.
        intent.follow([
          ...gone.map((key): ResourceChange => ({ kind: "delete", key })),
          ...after.map(put),
        ]);
        expect(tables(intent)).toEqual(tables(intentOf(after.map(put))));
      }),
    );
  });

  test("is empty again when everything is deleted, in any order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(world, { minLength: world.length }), (order) => {
        const intent = intentOf(world.map(put));
        for (const resource of order) {
          intent.follow([{ kind: "delete", key: resourceKey(resource) }]);
        }
        expect(tables(intent)).toEqual({ neighbors: {}, vrfs: {}, endpoints: {}, vteps: {} });
      }),
    );
  });
});
