/**
 * Route type 3, inclusive multicast Ethernet tag (IMET): asks the other routers of a broadcast domain for a copy of
 * what they flood, by ingress replication (RFC 7432 section 11.1, RFC 8365 section 9).
 *
 * The VTEP stands in three places, the next hop, the originator and the end of the tunnel, IPv4 or IPv6 in each.
 */
import type { MulticastRoute } from "../../wire/evpn/originator.ts";
import type { RibMacVrf } from "../mac-vrf.ts";
import { type OriginatedRoute, VXLAN } from "./originated-route.ts";
import { routeTargets } from "./route-targets.ts";

export function originateInclusiveMulticast(macVrf: RibMacVrf): OriginatedRoute {
  return {
    route: inclusiveMulticastKey(macVrf),
    nextHop: macVrf.vtep,
    communities: [...routeTargets(macVrf.exportRouteTargets), VXLAN],
    pmsiTunnel: {
      tunnelFlags: 0,
      tunnelType: "ingress-replication",
      label: macVrf.vni,
      endpoint: macVrf.vtep,
    },
  };
}

/** The NLRI. */
export function inclusiveMulticastKey(macVrf: RibMacVrf): MulticastRoute {
  return {
    kind: "inclusive-multicast",
    routeType: 3,
    rd: macVrf.rd,
    ethernetTag: 0,
    originator: macVrf.vtep,
  };
}
