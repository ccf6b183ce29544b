import { parseAsn, parseIpAddress, parseIpPrefix, parseMacAddress, parseVni } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit } from "../../src/admission/admit.ts";
import type { Change } from "../../src/admission/change.ts";
import { ResourceIndex } from "../../src/admission/resource-index.ts";
import { type Resource, type ResourceKey, resourceKey } from "../../src/resource-kind.ts";

const apiVersion = "selvedge.dev/v1alpha1";
const namespace = fc.constantFrom("red", "blue");
const name = fc.constantFrom("a", "b", "aa");
const metadata = fc.record({ name, namespace });
const address = fc
  .constantFrom("10.1.0.0", "10.1.0.1", "10.1.0.2", "10.1.1.1", "10.2.0.1")
  .map(parseIpAddress);
const cidr = fc
  .constantFrom("10.1.0.0/24", "10.1.0.0/16", "10.1.1.0/24", "10.2.0.0/16")
  .map(parseIpPrefix);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** An object without the fields that are undefined, as parsing leaves it. */
function defined<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.assign(Object.create(Object.prototype), Object.fromEntries(entries));
}

const vniRange = fc
  .constantFrom([1, 2], [5004, 5004], [5003, 5008])
  .map(([first = 1, last = 1]) => ({ first: parseVni(first), last: parseVni(last) }));
const tenants = fc
  .record({ name: fc.constantFrom("red", "blue", "green"), vniRange: maybe(vniRange) })
  .map(
    ({ name: of, vniRange: range }): Resource => ({
      ...{ apiVersion, kind: "Tenant", metadata: { name: of } },
      spec: defined({ vniRange: range }),
    }),
  );
const hosts = fc.record({ name, address, routerId: address, isVtep: fc.boolean() }).map(
  ({ name: of, address: at, routerId, isVtep }): Resource => ({
    ...{ apiVersion, kind: "Host", metadata: { name: of } },
    spec: {
      ...{ address: at, asn: parseAsn(65000), routerId },
      ...(isVtep ? { roles: ["vtep"], vtep: at } : { roles: ["reflector"] }),
    },
  }),
);
const vrfs = fc.record({ metadata, l3vni: maybe(fc.constantFrom(1, 2, 3).map(parseVni)) }).map(
  ({ metadata: of, l3vni }): Resource => ({
    ...{ apiVersion, kind: "Vrf", metadata: of },
    spec: defined({ l3vni }),
  }),
);
const layer2 = fc.oneof(
  fc.constant({ mode: "routed" } as const),
  fc
    .record({ vni: maybe(fc.constantFrom(1, 2, 3, 5001).map(parseVni)) })
    .map(({ vni }) => defined({ mode: "bridged", vni } as const)),
);
const subnets = fc
  .record({
    metadata,
    vrf: name,
    cidrs: fc.uniqueArray(cidr, { minLength: 1, maxLength: 2 }),
    layer2,
  })
  .map(
    ({ metadata: of, vrf, cidrs, layer2: mode }): Resource => ({
      ...{ apiVersion, kind: "Subnet", metadata: of },
      spec: { vrf, cidrs, ...mode },
    }),
  );
const endpoints = fc
  .record({
    metadata,
    subnet: name,
    host: name,
    addresses: fc.uniqueArray(address, { maxLength: 2 }),
    mac: maybe(fc.constantFrom("02:00:00:00:00:01", "02:00:00:00:00:02").map(parseMacAddress)),
  })
  .map(
    ({ metadata: of, ...spec }): Resource => ({
      ...{ apiVersion, kind: "Endpoint", metadata: of },
      spec: defined(spec),
    }),
  );

const resources = fc.oneof(tenants, hosts, vrfs, subnets, endpoints, endpoints);
const puts = resources.map((resource): Change => ({ kind: "put", resource }));
const deletions = resources.map(
  (resource): Change => ({ kind: "delete", key: resourceKey(resource) }),
);
const batches = fc.array(fc.oneof({ weight: 4, arbitrary: puts }, deletions), {
  minLength: 1,
  maxLength: 6,
});

function subnet(namespace: string, name: string, vrf: string, prefix: string): Resource {
  return {
    ...{ apiVersion, kind: "Subnet", metadata: { name, namespace } },
    spec: { vrf, cidrs: [parseIpPrefix(prefix)], mode: "routed" },
  };
}

/** A first batch that makes most references lead somewhere. */
const NETWORK: readonly Resource[] = [
  ...["red", "blue"].map(
    (tenant): Resource => ({ apiVersion, kind: "Tenant", metadata: { name: tenant }, spec: {} }),
  ),
  {
    ...{ apiVersion, kind: "Host", metadata: { name: "a" } },
    spec: {
      address: parseIpAddress("10.9.0.1"),
      asn: parseAsn(65000),
      routerId: parseIpAddress("10.9.0.1"),
      roles: ["vtep"],
      vtep: parseIpAddress("10.9.0.1"),
    },
  },
  ...["red", "blue"].flatMap((tenant): Resource[] => [
    { apiVersion, kind: "Vrf", metadata: { name: "a", namespace: tenant }, spec: {} },
    { apiVersion, kind: "Vrf", metadata: { name: "b", namespace: tenant }, spec: {} },
    subnet(tenant, "a", "a", "10.1.0.0/24"),
    subnet(tenant, "aa", "a", "10.2.0.0/16"),
    subnet(tenant, "b", "b", "10.1.0.0/24"),
  ]),
];

function indexOf(present: Iterable<Resource>): ResourceIndex {
  const index = new ResourceIndex();
  for (const resource of present) index.put(resourceKey(resource), resource);
  return index;
}

/** Admits on the whole and on the part, and puts what is admitted. */
function step(whole: Map<ResourceKey, Resource>, index: ResourceIndex, changes: Change[]): void {
  const admission = admit(whole, changes);
  expect(admit(index.around(changes), changes)).toEqual(admission);
  if (admission.kind === "refused") return;
  for (const write of admission.writes) {
    if (write.kind === "delete") {
      whole.delete(write.key);
      index.delete(write.key);
    } else {
      whole.set(write.key, write.resource);
      index.put(write.key, write.resource);
    }
  }
}

describe("the part of the resources that changes may meet", () => {
  test("leads to the same writes and the same issues in the same order as all of them", () => {
    fc.assert(
      fc.property(fc.array(batches, { maxLength: 12 }), (steps) => {
        const whole = new Map<ResourceKey, Resource>();
        const index = new ResourceIndex();
        const network = NETWORK.map((resource): Change => ({ kind: "put", resource }));
        for (const changes of [network, ...steps]) step(whole, index, changes);
        expect([...index.resources]).toEqual([...whole]);
      }),
      { numRuns: 500 },
    );
  });

  test("also where what is there breaks the rules already", () => {
    const numbered = resources.map((resource): Resource => {
      const id = 1 + resource.metadata.name.length;
      if (resource.kind === "Host") return { ...resource, status: { id } };
      if (resource.kind === "Vrf") {
        return { ...resource, spec: { l3vni: parseVni(4), ...resource.spec }, status: { id } };
      }
      return resource.kind === "Subnet" && resource.spec.mode === "bridged"
        ? { ...resource, spec: { vni: parseVni(4), ...resource.spec }, status: { id } }
        : resource;
    });
    fc.assert(
      fc.property(fc.array(numbered, { maxLength: 30 }), batches, (present, changes) => {
        const whole = new Map(present.map((resource) => [resourceKey(resource), resource]));
        step(whole, indexOf(whole.values()), changes);
      }),
      { numRuns: 1000 },
    );
  });

  test("is small for an endpoint, however many others there are", () => {
    const endpoint = (number: number): Resource => ({
      ...{ apiVersion, kind: "Endpoint", metadata: { name: `e${number}`, namespace: "red" } },
      spec: { subnet: "a", host: "a", addresses: [parseIpAddress(`10.1.0.${number}`)] },
    });
    const others = Array.from({ length: 200 }, (_, number) => endpoint(number + 1));
    const index = indexOf([...NETWORK, ...others]);
    const part = index.around([{ kind: "put", resource: endpoint(201) }]);
    expect([...part.keys()]).toEqual(["tenants/red", "hosts/a", "subnets/red/a"]);
  });

  test("holds nothing of what has been deleted", () => {
    const index = indexOf(NETWORK);
    for (const resource of NETWORK.toReversed()) {
      expect(index.delete(resourceKey(resource))).toBe(true);
    }
    expect(index.delete("hosts/a")).toBe(false);
    expect(index.resources.size).toBe(0);
    expect([
      ...index.users("tenants/red"),
      ...index.group("vrfs"),
      ...index.group("hosts"),
    ]).toEqual([]);
  });
});
