/**
 * Route type 4, Ethernet segment: by it the routers on a segment find each other and elect the designated forwarder
 * (RFC 7432 section 8.1, RFC 8584 section 2.2).
 */
import { esImportTarget } from "../../evpn/ethernet-segment-id.ts";
import type { ExtendedCommunity } from "../../wire/attribute/extended-community.ts";
import type { SegmentRoute } from "../../wire/evpn/originator.ts";
import type { RibEthernetSegment } from "../mac-vrf.ts";
import { type OriginatedRoute, VXLAN } from "./originated-route.ts";

export function originateEthernetSegment(segment: RibEthernetSegment): OriginatedRoute {
  const { dfElection, esi } = segment;
  const communities: ExtendedCommunity[] = [
    VXLAN,
    { kind: "es-import", target: esImportTarget(esi) },
  ];
  if (dfElection !== undefined) communities.push({ kind: "df-election", ...dfElection });
  return { route: ethernetSegmentKey(segment), nextHop: segment.vtep, communities };
}

/** The NLRI. */
export function ethernetSegmentKey({ esi, rd, vtep }: RibEthernetSegment): SegmentRoute {
  return { kind: "ethernet-segment", routeType: 4, rd, esi, originator: vtep };
}
