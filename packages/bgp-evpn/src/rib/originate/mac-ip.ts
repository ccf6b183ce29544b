/**
 * Route type 2, MAC/IP advertisement (RFC 7432 sections 9.2, 10 and 15, RFC 9135 section 5.1, RFC 9047).
 *
 * With an IP address that can be routed to, and a VRF, the route is one for symmetric IRB: second label, the VRF's
 * route targets and the Router's MAC. A link-local address stays in its broadcast domain, so its route has one label;
 * FRR sends two, but neither targets nor Router's MAC of the VRF, which comes to the same.
 */
import { type IpAddress, isLinkLocal } from "@selvedge/net";
import type { ExtendedCommunity } from "../../wire/attribute/extended-community.ts";
import { ZERO_ESI } from "../../wire/evpn/esi.ts";
import type { MacIpRoute } from "../../wire/evpn/mac-ip.ts";
import type { L3Vni, MacIpEntry, RibMacVrf } from "../mac-vrf.ts";
import { type OriginatedRoute, VXLAN } from "./originated-route.ts";
import { routeTargets } from "./route-targets.ts";

export function originateMacIp(macVrf: RibMacVrf, entry: MacIpEntry): OriginatedRoute {
  const routing = isRoutable(entry.ip) ? macVrf.l3vni : undefined;
  const targets = [...macVrf.exportRouteTargets, ...(routing?.exportRouteTargets ?? [])];
  return {
    route: {
      ...macIpKey(macVrf, entry),
      esi: entry.esi ?? ZERO_ESI,
      labels: routing === undefined ? [macVrf.vni] : [macVrf.vni, routing.vni],
    },
    nextHop: macVrf.vtep,
    communities: [...routeTargets(targets), VXLAN, ...moreCommunities(entry, routing)],
  };
}

function moreCommunities(entry: MacIpEntry, routing: L3Vni | undefined): ExtendedCommunity[] {
  const { arpNd, defaultGateway = false, sequence = 0, sticky = false } = entry;
  const communities: ExtendedCommunity[] = [];
  if (routing !== undefined) communities.push({ kind: "router-mac", mac: routing.routerMac });
  // RFC 7432 section 15: no community stands for the number 0.
  if (sticky || sequence > 0) communities.push({ kind: "mac-mobility", sticky, sequence });
  if (defaultGateway) communities.push({ kind: "default-gateway" });
  if (arpNd !== undefined) communities.push({ kind: "arp-nd", ...arpNd });
  return communities;
}

/** The NLRI as far as a withdrawal needs it. */
export function macIpKey(macVrf: RibMacVrf, { ip, mac }: MacIpEntry): MacIpRoute {
  return {
    kind: "mac-ip",
    routeType: 2,
    rd: macVrf.rd,
    esi: ZERO_ESI,
    ethernetTag: 0,
    mac,
    ...(ip === undefined ? {} : { ip }),
    labels: [0],
  };
}

function isRoutable(ip: IpAddress | undefined): boolean {
  return ip !== undefined && !isLinkLocal(ip);
}
