/** A part of the table of the speaker as the API's document: routes with all their paths. */
import type { EvpnPathDocument, EvpnRoutePage } from "@selvedge/api";
import type {
  AttributeOf,
  BgpSummary,
  EvpnRoute,
  EvpnRouteView,
  NeighborSummary,
  PathAttribute,
  RoutePage,
} from "@selvedge/bgp-evpn";
import {
  asPathNotation,
  communityNotation,
  pmsiTunnelNotation,
  routeNotation,
} from "./evpn-notation.ts";

const ORIGINS = { igp: "IGP", egp: "EGP", incomplete: "incomplete" } as const;
const ZERO_ESI = "00:00:00:00:00:00:00:00:00:00";

/** The page of a table that `summary` describes. */
export function evpnRoutePage(page: RoutePage, summary: BgpSummary): EvpnRoutePage {
  const { asn, routerId, neighbors, table } = summary;
  const byAddress = new Map<string, NeighborSummary>(
    neighbors.map((neighbor) => [neighbor.address, neighbor]),
  );
  const routes: EvpnRoutePage["routes"] = [];
  for (const view of page.routes) {
    const rd = distinguisherOf(view.route);
    const prefix = routeNotation(view.route);
    const neighbor = view.neighbor === undefined ? undefined : byAddress.get(view.neighbor);
    const path = pathDocument(view, neighbor, asn);
    // The paths of a prefix come one after the other.
    const last = routes.at(-1);
    if (last?.rd === rd && last.prefix === prefix) last.paths.push(path);
    else routes.push({ rd, prefix, routeType: view.route.routeType, paths: [path] });
  }
  return {
    bgpTableVersion: table.version,
    bgpLocalRouterId: routerId,
    localAS: asn,
    routes,
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** What stands before the routes of a type that cannot be read. */
const NO_RD = "unknown";

function distinguisherOf(route: EvpnRoute): string {
  return route.kind === "unknown" || route.kind === "malformed" ? NO_RD : route.rd;
}

function pathDocument(
  view: EvpnRouteView,
  neighbor: NeighborSummary | undefined,
  asn: number,
): EvpnPathDocument {
  const reason = view.best ? view.wonAt : view.lostAt;
  return {
    valid: view.refused === undefined,
    bestpath: view.best,
    multipath: view.multipath,
    stale: view.stale,
    ...(view.refused === undefined ? {} : { refused: view.refused }),
    ...(reason === undefined ? {} : { selectionReason: reason }),
    pathFrom: pathFrom(view, neighbor, asn),
    peerId: view.neighbor ?? "(unspec)",
    ...(neighbor?.routerId === undefined ? {} : { peerRouterId: neighbor.routerId }),
    nexthop: view.nextHop,
    ...nlriFields(view.route),
    ...attributeFields(view.attributes),
  };
}

function pathFrom(
  view: EvpnRouteView,
  neighbor: NeighborSummary | undefined,
  asn: number,
): EvpnPathDocument["pathFrom"] {
  if (view.neighbor === undefined) return "local";
  return neighbor !== undefined && neighbor.asn !== asn ? "external" : "internal";
}

/** What the NLRI says beside its key. */
function nlriFields(
  route: EvpnRoute,
): Pick<EvpnPathDocument, "vni" | "l3Vni" | "esi" | "gatewayIp"> {
  switch (route.kind) {
    case "ip-prefix":
      return {
        vni: route.label,
        ...esiField(route.esi),
        ...(/^(?:0\.0\.0\.0|::)$/.test(route.gateway) ? {} : { gatewayIp: route.gateway }),
      };
    case "ethernet-auto-discovery":
      return { vni: route.label };
    case "mac-ip": {
      const [vni, l3Vni] = route.labels;
      return { vni, ...(l3Vni === undefined ? {} : { l3Vni }), ...esiField(route.esi) };
    }
    default:
      return {};
  }
}

function esiField(esi: string): { esi?: string } {
  return esi === ZERO_ESI ? {} : { esi };
}

function attributeFields(
  attributes: readonly PathAttribute[],
): Pick<EvpnPathDocument, "path" | "origin" | "extendedCommunity"> & Partial<EvpnPathDocument> {
  const origin = find(attributes, "origin")?.origin;
  const med = find(attributes, "med");
  const localPreference = find(attributes, "local-pref");
  const communities = find(attributes, "communities");
  const large = find(attributes, "large-communities");
  const tunnel = find(attributes, "pmsi-tunnel");
  const aggregator = find(attributes, "aggregator");
  const originator = find(attributes, "originator-id");
  const clusters = find(attributes, "cluster-list");
  const unknown = attributes.flatMap((attribute) =>
    attribute.kind === "unknown" ? [unknownNotation(attribute)] : [],
  );
  return {
    path: asPathNotation(find(attributes, "as-path")?.segments ?? []),
    origin: origin === undefined ? "incomplete" : ORIGINS[origin],
    extendedCommunity: communityNotation(
      find(attributes, "extended-communities")?.communities ?? [],
    ),
    ...(med === undefined ? {} : { metric: med.value }),
    ...(localPreference === undefined ? {} : { locPrf: localPreference.value }),
    ...(communities === undefined ? {} : { community: communities.communities.join(" ") }),
    ...(large === undefined ? {} : { largeCommunity: large.communities.join(" ") }),
    ...(tunnel === undefined ? {} : { pmsiTunnel: pmsiTunnelNotation(tunnel) }),
    ...(aggregator === undefined ? {} : { aggregator: `${aggregator.asn} ${aggregator.address}` }),
    ...(find(attributes, "atomic-aggregate") === undefined ? {} : { atomicAggregate: true }),
    ...(originator === undefined ? {} : { originatorId: originator.routerId }),
    ...(clusters === undefined ? {} : { clusterList: [...clusters.clusterIds] }),
    ...(unknown.length === 0 ? {} : { unknownAttributes: unknown }),
  };
}

function unknownNotation({ flags, type, value }: AttributeOf<"unknown">): string {
  return `${type} (${(flags ?? []).join(", ")}) ${value}`;
}

function find<Kind extends PathAttribute["kind"]>(
  attributes: readonly PathAttribute[],
  kind: Kind,
): AttributeOf<Kind> | undefined {
  const isKind = (attribute: { readonly kind: string }): attribute is AttributeOf<Kind> =>
    attribute.kind === kind;
  return attributes.find(isKind);
}
