/** The table of the speaker as the API's document: routes by route distinguisher, all their paths. */
import type { EvpnPathDocument, EvpnRouteQuery, EvpnRoutesDocument } from "@selvedge/api";
import type { AttributeOf, EvpnRoute, EvpnRouteView, Speaker } from "@selvedge/bgp-evpn";
import {
  compareRouteDistinguisher,
  isRouteDistinguisher,
  type RouteDistinguisher,
} from "@selvedge/net";
import { asPathNotation, communityNotation, routeNotation } from "./evpn-notation.ts";

const ORIGINS = { igp: "IGP", egp: "EGP", incomplete: "incomplete" } as const;

/** The parts of a speaker that the document shows. */
export type RouteTable = Pick<Speaker, "summary" | "routes">;

/** The routes that the query asks for. */
export function evpnRoutesDocument(speaker: RouteTable, query: EvpnRouteQuery): EvpnRoutesDocument {
  const { asn, routerId, neighbors, table } = speaker.summary();
  const externals = new Set(
    neighbors.filter((neighbor) => neighbor.asn !== asn).map(({ address }) => address),
  );
  const isExternal = (view: EvpnRouteView): boolean =>
    view.neighbor !== undefined && externals.has(view.neighbor);

  const filter = query.routeType === undefined ? {} : { routeType: query.routeType };
  const byRd = new Map<string, Map<string, { routeType: number; paths: EvpnPathDocument[] }>>();
  let numPaths = 0;
  for (const view of speaker.routes(filter)) {
    const rd = distinguisherOf(view.route);
    if (query.rd !== undefined && query.rd !== rd) continue;
    const routes = byRd.get(rd) ?? new Map();
    byRd.set(rd, routes);
    const prefix = routeNotation(view.route);
    const entry = routes.get(prefix) ?? { routeType: view.route.routeType, paths: [] };
    routes.set(prefix, entry);
    entry.paths.push(pathDocument(view, isExternal(view)));
    numPaths += 1;
  }
  const routeDistinguishers = [...byRd]
    .sort(([a], [b]) => compareRd(a, b))
    .map(([rd, routes]) => ({
      rd,
      routes: [...routes]
        .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
        .map(([prefix, { routeType, paths }]) => ({ prefix, routeType, paths })),
    }));
  return {
    bgpTableVersion: table.version,
    bgpLocalRouterId: routerId,
    localAS: asn,
    routeDistinguishers,
    numPrefix: routeDistinguishers.reduce((sum, { routes }) => sum + routes.length, 0),
    numPaths,
  };
}

/** What stands before the routes of a type that cannot be read. */
const NO_RD = "unknown";

function distinguisherOf(route: EvpnRoute): string {
  return route.kind === "unknown" || route.kind === "malformed" ? NO_RD : route.rd;
}

function compareRd(a: string, b: string): number {
  const isRd = (text: string): text is RouteDistinguisher => isRouteDistinguisher(text);
  if (isRd(a) && isRd(b)) return compareRouteDistinguisher(a, b);
  return a < b ? -1 : 1;
}

function pathDocument(view: EvpnRouteView, isExternal: boolean): EvpnPathDocument {
  const origin = find(view, "origin")?.origin;
  const med = find(view, "med")?.value;
  const localPreference = find(view, "local-pref")?.value;
  const originator = find(view, "originator-id")?.routerId;
  const clusters = find(view, "cluster-list")?.clusterIds;
  const vni = vniOf(view.route);
  const reason = view.best ? "best path" : view.lostAt;
  return {
    valid: true,
    bestpath: view.best,
    stale: view.stale,
    ...(reason === undefined ? {} : { selectionReason: reason }),
    pathFrom: view.neighbor === undefined ? "local" : isExternal ? "external" : "internal",
    peerId: view.neighbor ?? "(unspec)",
    nexthop: view.nextHop,
    path: asPathNotation(find(view, "as-path")?.segments ?? []),
    origin: origin === undefined ? "incomplete" : ORIGINS[origin],
    ...(med === undefined ? {} : { metric: med }),
    ...(localPreference === undefined ? {} : { locPrf: localPreference }),
    ...(vni === undefined ? {} : { vni }),
    extendedCommunity: communityNotation(find(view, "extended-communities")?.communities ?? []),
    ...(originator === undefined ? {} : { originatorId: originator }),
    ...(clusters === undefined ? {} : { clusterList: [...clusters] }),
  };
}

function find<Kind extends EvpnRouteView["attributes"][number]["kind"]>(
  { attributes }: EvpnRouteView,
  kind: Kind,
): AttributeOf<Kind> | undefined {
  const isKind = (attribute: { readonly kind: string }): attribute is AttributeOf<Kind> =>
    attribute.kind === kind;
  return attributes.find(isKind);
}

function vniOf(route: EvpnRoute): number | undefined {
  switch (route.kind) {
    case "ip-prefix":
    case "ethernet-auto-discovery":
      return route.label;
    case "mac-ip":
      return route.labels[0];
    default:
      return undefined;
  }
}
