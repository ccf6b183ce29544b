/** Resources for tests, declared as a user does, and a small network of two tenants. */

import { admit } from "../src/admission/admit.ts";
import { formatIssue } from "../src/issue.ts";
import { parseManifests } from "../src/manifest.ts";
import { type Resource, type ResourceKey, resourceKey } from "../src/resource-kind.ts";

const HEAD = "apiVersion: selvedge.dev/v1alpha1\n";

/** The resources of a text whose documents lack apiVersion. Throws when it does not parse. */
export function declared(text: string): Resource[] {
  const documents = text.split(/^---$/m).map((document) => `${HEAD}${document.trimStart()}`);
  const parsed = parseManifests(documents.join("\n---\n"), { file: "declared" });
  if (parsed.kind === "refused") throw new Error(parsed.issues.map(formatIssue).join("\n"));
  return parsed.manifests.map(({ resource }) => resource);
}

/** The one resource of a text. */
export function declaredOne(text: string): Resource {
  const [resource] = declared(text);
  if (resource === undefined) throw new Error("nothing is declared");
  return resource;
}

/** Resources by key, as admission leaves them. Throws when they are refused. */
export function admitted(
  current: ReadonlyMap<ResourceKey, Resource>,
  resources: readonly Resource[],
): Map<ResourceKey, Resource> {
  const admission = admit(
    current,
    resources.map((resource) => ({ kind: "put", resource })),
  );
  if (admission.kind === "refused") {
    throw new Error(admission.issues.map(formatIssue).join("\n"));
  }
  const after = new Map(current);
  for (const write of admission.writes) {
    if (write.kind === "put") after.set(resourceKey(write.resource), write.resource);
    else after.delete(write.key);
  }
  return after;
}

/** Why the resources are refused, one line an issue; empty when they are admitted. */
export function refusals(
  current: ReadonlyMap<ResourceKey, Resource>,
  text: string,
  deleted: readonly ResourceKey[] = [],
): string[] {
  const puts = text === "" ? [] : declared(text);
  const admission = admit(current, [
    ...puts.map((resource) => ({ kind: "put", resource }) as const),
    ...deleted.map((key) => ({ kind: "delete", key }) as const),
  ]);
  return admission.kind === "refused" ? admission.issues.map(formatIssue) : [];
}

/** Two hosts, a reflector, and the tenants red and blue with equal addresses. */
export const TWO_TENANTS: ReadonlyMap<ResourceKey, Resource> = admitted(
  new Map(),
  declared(`
kind: Host
metadata: { name: h1 }
spec: { address: 10.0.1.1, asn: 65000, routerId: 10.0.1.1 }
---
kind: Host
metadata: { name: h2 }
spec: { address: 10.0.2.1, asn: 65000, routerId: 10.0.2.1 }
---
kind: Host
metadata: { name: rr }
spec: { address: 10.0.3.1, asn: 65000, routerId: 10.0.3.1, roles: [reflector] }
---
kind: Tenant
metadata: { name: red }
---
kind: Vrf
metadata: { name: main, namespace: red }
---
kind: Subnet
metadata: { name: web, namespace: red }
spec: { vrf: main, cidrs: [10.1.0.0/24], gateway: [10.1.0.1] }
---
kind: Endpoint
metadata: { name: web-1, namespace: red }
spec: { subnet: web, host: h1, addresses: [10.1.0.11], mac: 02:00:0a:01:00:0b }
---
kind: Tenant
metadata: { name: blue }
---
kind: Vrf
metadata: { name: main, namespace: blue }
---
kind: Subnet
metadata: { name: web, namespace: blue }
spec: { vrf: main, cidrs: [10.1.0.0/24], gateway: [10.1.0.1] }
---
kind: Endpoint
metadata: { name: web-1, namespace: blue }
spec: { subnet: web, host: h1, addresses: [10.1.0.11], mac: 02:00:0a:01:00:0b }
`),
);
