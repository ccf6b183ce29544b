/**
 * Route type 1, Ethernet auto-discovery (EAD), of a local segment.
 *
 *   per segment        tag 4294967295, label 0, ESI label community; its withdrawal takes all MACs of the segment from
 *                      this VTEP at once (RFC 7432 sections 8.2 and 8.3)
 *   per EVPN instance  tag 0, the VNI as label: aliasing (section 8.4)
 *
 * Split horizon under VXLAN goes by the VTEP of the sender and needs no ESI label (RFC 8365 section 8.3.1).
 */
import type { AutoDiscoveryRoute } from "../../wire/evpn/auto-discovery.ts";
import type { RibEthernetSegment, RibMacVrf } from "../mac-vrf.ts";
import { type OriginatedRoute, VXLAN } from "./originated-route.ts";
import { routeTargets } from "./route-targets.ts";

const MAX_ETHERNET_TAG = 0xffffffff;

/** The route of the segment as a whole, with the targets of all MAC-VRFs on it (section 8.2.1). */
export function originateSegmentDiscovery(
  segment: RibEthernetSegment,
  macVrfs: readonly RibMacVrf[],
): OriginatedRoute {
  const { singleActive = false } = segment;
  return {
    route: segmentDiscoveryKey(segment),
    nextHop: segment.vtep,
    communities: [
      ...routeTargets(macVrfs.flatMap(({ exportRouteTargets }) => exportRouteTargets)),
      VXLAN,
      { kind: "esi-label", singleActive, label: 0 },
    ],
  };
}

/** The NLRI of the segment as a whole. */
export function segmentDiscoveryKey({ esi, rd }: RibEthernetSegment): AutoDiscoveryRoute {
  return {
    kind: "ethernet-auto-discovery",
    routeType: 1,
    rd,
    esi,
    ethernetTag: MAX_ETHERNET_TAG,
    label: 0,
  };
}

/** The route of a segment in one MAC-VRF. */
export function originateInstanceDiscovery(
  segment: RibEthernetSegment,
  macVrf: RibMacVrf,
): OriginatedRoute {
  return {
    route: { ...instanceDiscoveryKey(segment, macVrf), label: macVrf.vni },
    nextHop: segment.vtep,
    communities: [...routeTargets(macVrf.exportRouteTargets), VXLAN],
  };
}

/** The NLRI in one MAC-VRF, as far as a withdrawal needs it. */
export function instanceDiscoveryKey(
  { esi }: RibEthernetSegment,
  { rd }: RibMacVrf,
): AutoDiscoveryRoute {
  return { kind: "ethernet-auto-discovery", routeType: 1, rd, esi, ethernetTag: 0, label: 0 };
}
