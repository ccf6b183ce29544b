/** Declared resources for tests: two hosts, and tenants with a VRF, a subnet and endpoints. */
import type { Store } from "@selvedge/datastore";
import type { IpAddress } from "@selvedge/net";
import { type Change, parseManifests } from "@selvedge/resources";
import { Draft } from "../src/draft.ts";
import { planAllocation } from "../src/plan-allocation.ts";
import type { Pool } from "../src/pool.ts";
import { PoolCache } from "../src/pool-cache.ts";
import { LOWEST_FREE } from "../src/strategy.ts";
import { ips } from "./pools.ts";

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

/** Gives addresses, any one without some named, to an Endpoint behind the back of its resource. */
export async function giveEndpoint(
  store: Store,
  pool: Pool,
  owner: string,
  host: string,
  ...texts: readonly string[]
): Promise<readonly IpAddress[]> {
  const cache = new PoolCache(store, pool);
  await cache.load();
  const any = { kind: "any", families: [4], count: 1 } as const;
  const want = texts.length === 0 ? any : ({ kind: "fixed", addresses: ips(...texts) } as const);
  const context = { now: 1000, coolDown: 0, strategy: LOWEST_FREE };
  const request = { owner, host, want, reason: "test" };
  const plan = planAllocation(new Draft(cache.state), request, context);
  if (plan.kind === "refused") throw new Error(plan.refusal.kind);
  await store.commit(plan.draft.blockTransaction());
  return plan.addresses;
}

/** Writes a value whatever was there. */
export async function write(store: Store, key: string, value: string | undefined): Promise<void> {
  await store.commit({
    compare: [],
    writes: [value === undefined ? { kind: "delete", key } : { kind: "put", key, value }],
  });
}
