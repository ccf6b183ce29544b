/** Declared resources for tests: two hosts, and tenants with a VRF, a subnet and endpoints. */
import type { Store } from "@selvedge/datastore";
import { type Change, parseManifests } from "@selvedge/resources";

/** Changes that declare the documents of the text; apiVersion is added. */
export function declared(text: string): Change[] {
  const documents = text
    .split(/^---$/m)
    .map((document) => `apiVersion: selvedge.dev/v1alpha1\n${document.trimStart()}`);
  const parsed = parseManifests(documents.join("\n---\n"), { file: "network.yaml" });
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.issues));
  return parsed.manifests.map((manifest) => ({ kind: "put", ...manifest }));
}

/** Hosts h1 and h2, and the tenant with the VRF main and the subnet web. */
export function network(tenant = "red", subnet = "cidrs: [10.1.0.0/24]"): string {
  return `
kind: Host
metadata: { name: h1 }
spec: { address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }
---
kind: Host
metadata: { name: h2 }
spec: { address: 10.0.2.1, asn: 65000, routerId: 10.0.2.1 }
---
kind: Tenant
metadata: { name: ${tenant} }
---
kind: Vrf
metadata: { name: main, namespace: ${tenant} }
---
kind: Subnet
metadata: { name: web, namespace: ${tenant} }
spec: { vrf: main, ${subnet} }
`;
}

/** An Endpoint of the subnet web. */
export function endpoint(name: string, spec: string, tenant = "red"): string {
  return `
kind: Endpoint
metadata: { name: ${name}, namespace: ${tenant} }
spec: { subnet: web, ${spec} }
`;
}

/** Writes a value whatever was there. */
export async function write(store: Store, key: string, value: string | undefined): Promise<void> {
  await store.commit({
    compare: [],
    writes: [value === undefined ? { kind: "delete", key } : { kind: "put", key, value }],
  });
}
