/** EVPN routes and extended communities as FRR writes them in `show bgp l2vpn evpn`. */
import type {
  ArpNdFlags,
  AsPathSegment,
  AttributeOf,
  EvpnRoute,
  ExtendedCommunity,
} from "@selvedge/bgp-evpn";
import { ipFamily, prefixAddress, prefixLength } from "@selvedge/net";

/** `[5]:[0]:[32]:[10.1.0.11]` and the like; a type that is not known shows its value as hex. */
export function routeNotation(route: EvpnRoute): string {
  switch (route.kind) {
    case "ethernet-auto-discovery":
      return fields(1, route.ethernetTag, route.esi);
    case "mac-ip":
      return route.ip === undefined
        ? fields(2, route.ethernetTag, 48, route.mac)
        : fields(2, route.ethernetTag, 48, route.mac, addressBits(route.ip), route.ip);
    case "inclusive-multicast":
      return fields(3, route.ethernetTag, addressBits(route.originator), route.originator);
    case "ethernet-segment":
      return fields(4, route.esi, addressBits(route.originator), route.originator);
    case "ip-prefix":
      return fields(5, route.ethernetTag, prefixLength(route.prefix), prefixAddress(route.prefix));
    case "unknown":
    case "malformed":
      return fields(route.routeType, route.value);
    default:
      return route satisfies never;
  }
}

function fields(...values: readonly (string | number)[]): string {
  return values.map((value) => `[${value}]`).join(":");
}

function addressBits(address: Parameters<typeof ipFamily>[0]): 32 | 128 {
  return ipFamily(address) === 4 ? 32 : 128;
}

/** The number of each tunnel type (IANA "BGP Tunnel Encapsulation Attribute Tunnel Types"). */
const TUNNEL_NUMBER: Readonly<Record<string, number>> = {
  vxlan: 8,
  nvgre: 9,
  mpls: 10,
  "vxlan-gpe": 12,
  geneve: 19,
};

/** `RT:65000:5001 ET:8 Rmac:02:00:0a:00:01:01`, in the order of the attribute. */
export function communityNotation(communities: readonly ExtendedCommunity[]): string {
  return communities.map(oneCommunity).join(" ");
}

function oneCommunity(community: ExtendedCommunity): string {
  switch (community.kind) {
    case "route-target":
      return `RT:${community.target}`;
    case "encapsulation":
      return `ET:${TUNNEL_NUMBER[community.tunnelType] ?? community.tunnelType}`;
    case "router-mac":
      return `Rmac:${community.mac}`;
    case "mac-mobility":
      return `MM:${community.sequence}${community.sticky ? ", sticky MAC" : ""}`;
    case "default-gateway":
      return "Default Gateway";
    case "esi-label":
      return `ESI-label:${community.label}${community.singleActive ? ", single-active" : ""}`;
    case "es-import":
      return `ES-Import-Rt:${community.target}`;
    case "df-election":
      return `DF: (alg: ${community.algorithm}, pref: ${community.preference})`;
    case "arp-nd":
      return arpNdNotation(community);
    case "unknown":
      return `UNK:${community.value}`;
    default:
      return community satisfies never;
  }
}

/** `ingress-replication, label 100, endpoint 10.0.0.1`. */
export function pmsiTunnelNotation(tunnel: AttributeOf<"pmsi-tunnel">): string {
  const { endpoint, identifier, label, tunnelType } = tunnel;
  return [
    String(tunnelType),
    `label ${label}`,
    ...(endpoint === undefined ? [] : [`endpoint ${endpoint}`]),
    ...(identifier === undefined ? [] : [`identifier ${identifier}`]),
  ].join(", ");
}

function arpNdNotation({ immutable, override, router }: ArpNdFlags): string {
  const names = [router && "Router", override && "Override", immutable && "Immutable"];
  return `ND:${names.filter((name) => name !== false).join(",")}`;
}

/** `65001 {65002,65003}`; empty for a route of the own AS. */
export function asPathNotation(segments: readonly AsPathSegment[]): string {
  return segments
    .map(({ kind, asns }) => {
      switch (kind) {
        case "sequence":
          return asns.join(" ");
        case "set":
          return `{${asns.join(",")}}`;
        case "confederation-sequence":
          return `(${asns.join(" ")})`;
        case "confederation-set":
          return `[${asns.join(",")}]`;
        default:
          return kind satisfies never;
      }
    })
    .join(" ");
}
