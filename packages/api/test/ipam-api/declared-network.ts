/** A tenant with a subnet, for tests of IPAM's part of the API. */
import type { Store } from "@selvedge/datastore";
import { Ipam, poolOfSubnet } from "@selvedge/ipam";
import { parseIpAddress } from "@selvedge/net";
import type { Resource } from "@selvedge/resources";
import { parsed } from "../access/resources-of-two-tenants.ts";

const SUBNET = parsed({
  kind: "Subnet",
  metadata: { name: "web", namespace: "red" },
  spec: { vrf: "main", cidrs: ["10.1.0.0/26"], gateway: ["10.1.0.1"] },
});

/** The tenant red with the subnet web and the endpoint web-1, on h1. */
export const NETWORK: readonly Resource[] = [
  parsed({ kind: "Tenant", metadata: { name: "red" } }),
  parsed({
    kind: "Host",
    metadata: { name: "h1" },
    spec: { address: "10.0.1.1", asn: 65000, routerId: "10.0.1.1" },
  }),
  parsed({ kind: "Vrf", metadata: { name: "main", namespace: "red" }, spec: {} }),
  SUBNET,
  parsed({
    kind: "Endpoint",
    metadata: { name: "web-1", namespace: "red" },
    spec: { subnet: "web", host: "h1", addresses: ["10.1.0.11"] },
  }),
];

/** Gives an address of the subnet to something that is no endpoint. */
export async function giveToRouter(store: Store, address: string): Promise<void> {
  if (SUBNET.kind !== "Subnet") throw new Error("it is a subnet");
  await new Ipam(store).allocate({
    pool: poolOfSubnet(SUBNET),
    owner: "router-1",
    host: "h1",
    reason: "appliance",
    want: { kind: "fixed", addresses: [parseIpAddress(address)] },
  });
}

/** Has a block say that an endpoint that is gone has the address 10.1.0.5. */
export async function leak(store: Store): Promise<void> {
  const key = "ipam/blocks/red/web/ipv4/10.1.0.0-26";
  const entry = await store.get(key);
  const block = JSON.parse(entry?.value ?? '{"allocations":{}}');
  block.allocations["5"] = { owner: "endpoints/red/gone", host: "h1", time: 1, reason: "" };
  const write = { kind: "put", key, value: JSON.stringify(block) } as const;
  await store.commit({ compare: [], writes: [write] });
}
