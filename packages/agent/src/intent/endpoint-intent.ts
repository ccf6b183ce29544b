/** What an endpoint of this host asks for once a workload is attached to it. */
import type { IpAddress, MacAddress } from "@selvedge/net";
import type { Endpoint, Subnet } from "@selvedge/resources";
import { endpointMac } from "@selvedge/vxlan-dataplane";

/** An endpoint of this host, before anybody has attached it. */
export interface EndpointIntent {
  /** `tenant/endpoint`. */
  readonly name: string;
  /** `tenant/vrf`. */
  readonly vrf: string;
  /** `tenant/subnet`. */
  readonly subnet: string;
  /** The subnet, when it is a bridged one. */
  readonly bridgeDomain?: string;
  readonly addresses: readonly IpAddress[];
  readonly mac: MacAddress;
}

/** The intent of an endpoint and its subnet. Pure. */
export function endpointIntent(endpoint: Endpoint, subnet: Subnet): EndpointIntent {
  const { namespace: tenant, name } = endpoint.metadata;
  const subnetName = `${tenant}/${subnet.metadata.name}`;
  return {
    name: `${tenant}/${name}`,
    vrf: `${tenant}/${subnet.spec.vrf}`,
    subnet: subnetName,
    ...(subnet.spec.mode === "bridged" ? { bridgeDomain: subnetName } : {}),
    addresses: endpoint.spec.addresses,
    mac: endpoint.spec.mac ?? endpointMac(`${tenant}/${name}`),
  };
}
