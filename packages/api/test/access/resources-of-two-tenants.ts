/** Random resources of a tenant and of others, whose names all begin with a mark that can be looked for. */
import { parseResource, type Resource } from "@selvedge/resources";
import fc from "fast-check";

/** A resource of a plain value without apiVersion. */
export function parsed(value: object): Resource {
  const result = parseResource({ apiVersion: "selvedge.dev/v1alpha1", ...value });
  if (result.kind === "parsed") return result.resource;
  throw new Error(result.faults.map(({ message }) => message).join("; "));
}

function pick<T>(...values: readonly T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values);
}

/**
 * The tenants `own` and `MARK-blue`, hosts `MARK-1` and `MARK-2` (a reflector), and any of each one's resources, many of
 * which refer to what is not there or stand in each other's way.
 */
export function someResources(own: string, mark: string): fc.Arbitrary<Resource[]> {
  const other = `${mark}-blue`;
  const vrf = fc.record({ tenant: pick(own, other), name: pick("a", "b"), vni: pick(0, 7, 8) });
  const subnet = fc.record({
    tenant: pick(own, other),
    name: pick("s", "t"),
    vrf: pick("a", "b"),
    cidr: pick("10.1.0.0/24", "10.1.0.0/25", "10.2.0.0/24"),
  });
  const endpoint = fc.record({
    tenant: pick(own, other),
    name: pick("e", "f"),
    subnet: pick("s", "t"),
    host: pick(`${mark}-1`, `${mark}-2`, `${mark}-11`, "h9"),
    address: pick("10.1.0.1", "10.1.0.2", "10.2.0.1"),
  });
  return fc
    .record({
      tenants: fc.subarray([own, other]),
      hosts: fc.subarray([1, 2]),
      vrfs: fc.uniqueArray(vrf, { selector: ({ tenant, name }) => tenant + name }),
      subnets: fc.uniqueArray(subnet, { selector: ({ tenant, name }) => tenant + name }),
      endpoints: fc.uniqueArray(endpoint, { selector: ({ tenant, name }) => tenant + name }),
    })
    .map(({ tenants, hosts, vrfs, subnets, endpoints }) => [
      ...tenants.map((name) => parsed({ kind: "Tenant", metadata: { name } })),
      ...hosts.map((id) =>
        parsed({
          kind: "Host",
          metadata: { name: `${mark}-${id}` },
          spec: {
            address: `10.0.0.${id}`,
            asn: 65000,
            routerId: `10.0.0.${id}`,
            roles: [id === 1 ? "vtep" : "reflector"],
          },
        }),
      ),
      ...vrfs.map(({ tenant, name, vni }) =>
        parsed({
          kind: "Vrf",
          metadata: { name, namespace: tenant },
          spec: vni === 0 ? {} : { l3vni: vni },
        }),
      ),
      ...subnets.map(({ tenant, name, vrf, cidr }) =>
        parsed({
          kind: "Subnet",
          metadata: { name, namespace: tenant },
          spec: { vrf, cidrs: [cidr] },
        }),
      ),
      ...endpoints.map(({ tenant, name, subnet, host, address }) =>
        parsed({
          kind: "Endpoint",
          metadata: { name, namespace: tenant },
          spec: { subnet, host, addresses: [address] },
        }),
      ),
    ]);
}
