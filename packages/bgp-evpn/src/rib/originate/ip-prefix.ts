/**
 * Route type 5 for a prefix of a VRF.
 *
 * Interface-less IP-VRF-to-IP-VRF model (RFC 9136 section 4.4.1): ESI and gateway zero, the L3VNI as
 * label, Router's MAC and encapsulation VXLAN as extended communities, the VTEP as next hop.
 */
import { type IpPrefix, parseIpAddress, prefixFamily } from "@selvedge/net";
import { ZERO_ESI } from "../../wire/evpn/esi.ts";
import type { IpPrefixRoute } from "../../wire/evpn/ip-prefix.ts";
import type { RibVrf, Type5Route } from "../vrf.ts";
import { type OriginatedRoute, VXLAN } from "./originated-route.ts";
import { routeTargets } from "./route-targets.ts";

const NO_GATEWAY = { 4: parseIpAddress("0.0.0.0"), 6: parseIpAddress("::") } as const;

/** RFC 4360 section 4, RFC 9012 section 4.1, RFC 9135 section 8.1. */
export function originateIpPrefix(vrf: RibVrf, route: Type5Route): OriginatedRoute {
  return {
    route: { ...ipPrefixKey(vrf, route.prefix), label: route.vni },
    nextHop: route.nextHop,
    communities: [
      ...routeTargets(vrf.exportRouteTargets),
      VXLAN,
      { kind: "router-mac", mac: route.routerMac },
    ],
  };
}

/** The NLRI as far as a withdrawal needs it. */
export function ipPrefixKey(vrf: RibVrf, prefix: IpPrefix): IpPrefixRoute {
  return {
    kind: "ip-prefix",
    routeType: 5,
    rd: vrf.rd,
    esi: ZERO_ESI,
    ethernetTag: 0,
    prefix,
    gateway: NO_GATEWAY[prefixFamily(prefix)],
    label: 0,
  };
}
