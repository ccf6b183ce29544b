/**
 * The resources of a cluster of any size, as admission and the datastore leave them: every 200 endpoints a host, every
 * 100 a tenant with a VRF and a subnet of its own, whose endpoints are on ten hosts; and two route reflectors.
 */
import type { Store, Write } from "@selvedge/datastore";
import { type IpAddress, parseAsn, parseIpAddress, parseIpPrefix, parseVni } from "@selvedge/net";
import { API_VERSION, type Endpoint, type Resource, resourceKey } from "@selvedge/resources";
import { putOf } from "../../packages/datastore/src/resources/stored-resource.ts";

const ENDPOINTS_A_TENANT = 100;
const ENDPOINTS_A_HOST = 200;
const HOSTS_A_TENANT = 10;
const REFLECTORS = 2;
const FIRST_L3VNI = 5000;
const ASN = parseAsn(65000);
const CREATED = "2026-01-01T00:00:00Z";
/** Resources that one transaction writes; etcd takes 1.5 MiB. */
const RESOURCES_A_COMMIT = 1000;

/** Hosts that a cluster with so many endpoints has, without reflectors. */
function hostsOf(endpoints: number): number {
  return Math.max(1, Math.ceil(endpoints / ENDPOINTS_A_HOST));
}

/** All resources of a cluster with so many endpoints. The first host is h0, at 10.0.0.1. */
export function* clusterResources(endpoints: number): Generator<Resource> {
  const tenants = Math.max(1, Math.ceil(endpoints / ENDPOINTS_A_TENANT));
  for (let index = 0; index < hostsOf(endpoints); index++) yield host(`h${index}`, index, false);
  for (let index = 0; index < REFLECTORS; index++) yield host(`rr${index}`, 60_000 + index, true);
  for (let index = 0; index < tenants; index++) yield* tenant(index);
  for (let index = 0; index < endpoints; index++) yield clusterEndpoint(index, endpoints);
}

/** Of these, what concerns one host alone: itself, its endpoints and what they name; and the reflectors. */
export function* resourcesOfHost(name: string, endpoints: number): Generator<Resource> {
  const all = [...clusterResources(endpoints)];
  const own = all.filter((one) => one.kind === "Endpoint" && one.spec.host === name);
  const tenants = new Set(
    own.flatMap((one) => ("namespace" in one.metadata ? [one.metadata.namespace] : [])),
  );
  for (const one of all) {
    if (one.kind === "Host") {
      if (one.metadata.name === name || one.metadata.name.startsWith("rr")) yield one;
    } else if (one.kind === "Tenant") {
      if (tenants.has(one.metadata.name)) yield one;
    } else if (one.kind !== "Endpoint" && tenants.has(one.metadata.namespace)) yield one;
  }
  yield* own;
}

/** One endpoint of a cluster with so many. */
export function clusterEndpoint(index: number, endpoints: number): Endpoint {
  const inTenant = index % ENDPOINTS_A_TENANT;
  const tenantIndex = Math.floor(index / ENDPOINTS_A_TENANT);
  const place = tenantIndex * HOSTS_A_TENANT + (inTenant % HOSTS_A_TENANT);
  return {
    apiVersion: API_VERSION,
    kind: "Endpoint",
    metadata: {
      name: `web-${inTenant}`,
      namespace: `t${tenantIndex}`,
      labels: { app: "web", tier: inTenant % 2 === 0 ? "front" : "back" },
      ...kept(100_000 + index),
    },
    spec: {
      subnet: "web",
      host: `h${place % hostsOf(endpoints)}`,
      addresses: [
        parseIpAddress(`10.1.0.${inTenant + 10}`),
        parseIpAddress(`2001:db8:1::${(inTenant + 10).toString(16)}`),
      ],
    },
  };
}

/** Writes them as they are, without admission. */
export async function populate(store: Store, resources: Iterable<Resource>): Promise<void> {
  let writes: Write[] = [];
  const commit = async (): Promise<void> => {
    const outcome = await store.commit({ compare: [], writes });
    if (outcome.kind !== "committed") throw new Error("nothing was compared");
    writes = [];
  };
  for (const resource of resources) {
    writes.push(putOf(resourceKey(resource), resource));
    if (writes.length === RESOURCES_A_COMMIT) await commit();
  }
  if (writes.length > 0) await commit();
}

function host(name: string, index: number, isReflector: boolean): Resource {
  const address: IpAddress = parseIpAddress(`10.0.${(index + 1) >> 8}.${(index + 1) & 0xff}`);
  return {
    apiVersion: API_VERSION,
    kind: "Host",
    metadata: { name, ...kept(index) },
    spec: {
      address,
      asn: ASN,
      routerId: address,
      ...(isReflector ? { roles: ["reflector"] } : { roles: ["vtep"], vtep: address }),
    },
    status: { id: index + 1 },
  };
}

function* tenant(index: number): Generator<Resource> {
  const namespace = `t${index}`;
  yield {
    apiVersion: API_VERSION,
    kind: "Tenant",
    metadata: { name: namespace, ...kept(10_000 + index) },
    spec: {},
  };
  yield {
    apiVersion: API_VERSION,
    kind: "Vrf",
    metadata: { name: "main", namespace, ...kept(20_000 + index) },
    spec: { l3vni: parseVni(FIRST_L3VNI + index) },
    status: { id: index + 1 },
  };
  yield {
    apiVersion: API_VERSION,
    kind: "Subnet",
    metadata: { name: "web", namespace, ...kept(30_000 + index) },
    spec: {
      vrf: "main",
      cidrs: [parseIpPrefix("10.1.0.0/24"), parseIpPrefix("2001:db8:1::/64")],
      gateway: [parseIpAddress("10.1.0.1"), parseIpAddress("2001:db8:1::1")],
      mode: "routed",
    },
  };
}

/** What the system keeps about each. */
function kept(number: number): { uid: string; generation: number; creationTimestamp: string } {
  const digits = number.toString(16).padStart(12, "0");
  return {
    uid: `6ba7b810-9dad-41d1-80b4-${digits}`,
    generation: 1,
    creationTimestamp: CREATED,
  };
}
