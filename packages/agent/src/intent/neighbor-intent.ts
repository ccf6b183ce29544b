/**
 * BGP sessions that follow from the Host resources: a host with the role reflector serves every other
 * host as its client (RFC 4456), the others have a session to each reflector; where no host is a
 * reflector, every two hosts have one.
 */
import type { Asn, IpAddress } from "@selvedge/net";
import type { Host } from "@selvedge/resources";

/** A BGP session that this host is to have. */
export interface NeighborIntent {
  readonly address: IpAddress;
  readonly localAddress: IpAddress;
  readonly asn: Asn;
  /** Name of the other Host. */
  readonly description: string;
  /** The neighbour is a client of this reflector. */
  readonly reflectorClient: boolean;
  /** Waits for the neighbour to connect, so that a reflector never dials hosts that are away. */
  readonly passive: boolean;
}

/** The sessions of the host `name`, by address of the neighbour; none until it is declared. */
export function neighborIntents(name: string, hosts: Iterable<Host>): Map<string, NeighborIntent> {
  const all = [...hosts];
  const self = all.find((host) => host.metadata.name === name);
  const neighbors = new Map<string, NeighborIntent>();
  if (self === undefined) return neighbors;
  const isMesh = !all.some(isReflector);
  for (const host of all) {
    if (host === self) continue;
    if (!isMesh && !isReflector(self) && !isReflector(host)) continue;
    const servesHost = isReflector(self) && !isReflector(host);
    neighbors.set(host.spec.address, {
      address: host.spec.address,
      localAddress: self.spec.address,
      asn: host.spec.asn,
      description: host.metadata.name,
      reflectorClient: servesHost && host.spec.asn === self.spec.asn,
      passive: servesHost,
    });
  }
  return neighbors;
}

function isReflector(host: Host): boolean {
  return host.spec.roles.includes("reflector");
}
