/** The topology of labs for tests. */

/** Two hosts without a reflector, two tenants with the same addresses. */
export const SMALL: string = `name: small
resources:
${[
  host("h1", "10.0.1.11"),
  host("h2", "10.0.2.12"),
  ...["red", "blue"].flatMap((tenant) => [
    resource("Tenant", tenant),
    resource("Vrf", "main", tenant),
    resource("Subnet", "net", tenant, { vrf: "main", cidrs: ["10.1.0.0/24"] }),
    endpoint("a", tenant, "h1", "10.1.0.11"),
    endpoint("b", tenant, "h2", "10.1.0.12"),
  ]),
].join("\n")}
nodes: { spine: { kind: router }, h1: { kind: host }, h2: { kind: host } }
links:
  - { spine: 10.0.1.1/24, h1: 10.0.1.11/24 }
  - { spine: 10.0.2.1/24, h2: 10.0.2.12/24 }
workloads: [{ endpoint: red/a }, { endpoint: red/b }, { endpoint: blue/a }, { endpoint: blue/b }]
`;

function resource(kind: string, name: string, namespace?: string, spec: object = {}): string {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return `  - ${JSON.stringify({ apiVersion: "selvedge.dev/v1alpha1", kind, metadata, spec })}`;
}

function host(name: string, address: string): string {
  return resource("Host", name, undefined, { address, asn: 65_000, routerId: address });
}

function endpoint(name: string, tenant: string, on: string, address: string): string {
  return resource("Endpoint", name, tenant, { subnet: "net", host: on, addresses: [address] });
}
