/** What an endpoint of this host asks for once a workload is attached to it. */
import { createHash } from "node:crypto";
import { type IpAddress, type MacAddress, macFromBytes } from "@selvedge/net";
import type { Endpoint, Subnet } from "@selvedge/resources";

export interface EndpointIntent {
  /** `tenant/endpoint`. */
  readonly name: string;
  /** `tenant/vrf`. */
  readonly vrf: string;
  /** `tenant/subnet`. */
  readonly subnet: string;
  readonly addresses: readonly IpAddress[];
  readonly mac: MacAddress;
}

export function endpointIntent(endpoint: Endpoint, subnet: Subnet): EndpointIntent {
  const { namespace: tenant, name } = endpoint.metadata;
  return {
    name: `${tenant}/${name}`,
    vrf: `${tenant}/${subnet.spec.vrf}`,
    subnet: `${tenant}/${subnet.metadata.name}`,
    addresses: endpoint.spec.addresses,
    mac: endpoint.spec.mac ?? derivedMac(`${tenant}/${name}`),
  };
}

/** The same on every host and after every restart, so that a workload keeps its MAC wherever it runs. */
function derivedMac(name: string): MacAddress {
  const bytes = createHash("sha256").update(name).digest().subarray(0, 6);
  // Unicast and locally administered (IEEE 802, section 8.2).
  bytes[0] = 0x02;
  return macFromBytes(bytes, 0);
}
