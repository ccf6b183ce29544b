/** Manifests of a small network, for the commands that need one. */

export function document(kind: string, metadata: string, spec: string): string {
  return `---\napiVersion: selvedge.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\nspec: ${spec}\n`;
}

/** A tenant with a VRF and a subnet, without hosts. */
export function tenant(name: string): string {
  return [
    document("Tenant", `{ name: ${name} }`, "{}"),
    document("Vrf", `{ name: main, namespace: ${name} }`, "{}"),
    document(
      "Subnet",
      `{ name: web, namespace: ${name} }`,
      "{ vrf: main, cidrs: [10.1.0.0/24], gateway: [10.1.0.1] }",
    ),
  ].join("");
}

export const HOST: string = document(
  "Host",
  "{ name: h1 }",
  "{ address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }",
);

export function endpoint(tenantName: string, name: string, address: string, labels = "{}"): string {
  return document(
    "Endpoint",
    `{ name: ${name}, namespace: ${tenantName}, labels: ${labels} }`,
    `{ subnet: web, host: h1, addresses: [${address}] }`,
  );
}

/** A host, and red and blue with the same addresses. */
export const NETWORK: string = [
  HOST,
  tenant("red"),
  tenant("blue"),
  endpoint("red", "web-1", "10.1.0.11", "{ role: web }"),
  endpoint("red", "web-2", "10.1.0.12", "{ role: web, spare: yes-it-is }"),
  endpoint("red", "db-1", "10.1.0.21", "{ role: db }"),
  endpoint("blue", "web-1", "10.1.0.11"),
].join("");
