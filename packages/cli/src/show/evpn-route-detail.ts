/** One EVPN route with everything that is known of its paths, in the layout of FRR's `show bgp l2vpn evpn route rd`. */
import type { EvpnPathDocument, EvpnRouteDocument, EvpnRoutesDocument } from "@selvedge/api";

/** The text of a query for single routes. */
export function formatEvpnRouteDetail(document: EvpnRoutesDocument): string {
  const lines = document.routeDistinguishers.flatMap(({ rd, routes }) =>
    routes.flatMap((route) => routeLines(rd, route)),
  );
  lines.push(`Displayed ${document.numPrefix} prefixes (${document.numPaths} paths)`);
  return `${lines.join("\n")}\n`;
}

function routeLines(rd: string, route: EvpnRouteDocument): readonly string[] {
  const best = route.paths.findIndex(({ bestpath }) => bestpath) + 1;
  return [
    `BGP routing table entry for ${rd}:${route.prefix}`,
    `Paths: (${route.paths.length} available, ${best === 0 ? "no best path" : `best #${best}`})`,
    ...route.paths.flatMap((path) => pathLines(route.prefix, path)),
    "",
  ];
}

function pathLines(prefix: string, path: EvpnPathDocument): readonly string[] {
  const labels = [path.vni, path.l3Vni].filter((label) => label !== undefined);
  const head = [
    `  Route ${prefix}`,
    ...(labels.length === 0 ? [] : [`VNI ${labels.join("/")}`]),
    ...(path.gatewayIp === undefined ? [] : [`Gateway IP ${path.gatewayIp}`]),
  ];
  return [
    head.join(" "),
    `  ${path.path === "" ? "Local" : path.path}`,
    `    ${path.nexthop} from ${peerOf(path)}`,
    `      ${statusLine(path)}`,
    ...optional("ESI", path.esi),
    ...optional("Aggregator", path.aggregator),
    ...optional("Community", path.community),
    ...optional("Large Community", path.largeCommunity),
    ...(path.extendedCommunity === ""
      ? []
      : optional("Extended Community", path.extendedCommunity)),
    ...optional("Originator", path.originatorId),
    ...optional("Cluster list", path.clusterList?.join(" ")),
    ...optional("PMSI Tunnel", path.pmsiTunnel),
    ...(path.unknownAttributes ?? []).map((text) => `      Unknown attribute ${text}`),
  ];
}

function optional(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`      ${name}: ${value}`];
}

function peerOf({ pathFrom, peerId, peerRouterId }: EvpnPathDocument): string {
  if (pathFrom === "local") return "0.0.0.0 (this speaker)";
  return peerRouterId === undefined ? peerId : `${peerId} (${peerRouterId})`;
}

/** `Origin IGP, localpref 100, valid, internal, not best (local-preference)`, or `best (router-id)`. */
function statusLine(path: EvpnPathDocument): string {
  return [
    `Origin ${path.origin}`,
    ...(path.metric === undefined ? [] : [`metric ${path.metric}`]),
    ...(path.locPrf === undefined ? [] : [`localpref ${path.locPrf}`]),
    ...(path.valid ? ["valid"] : []),
    path.pathFrom === "local" ? "sourced, local" : path.pathFrom,
    ...(path.atomicAggregate === true ? ["atomic-aggregate"] : []),
    ...(path.stale ? ["stale"] : []),
    ...(path.multipath ? ["multipath"] : []),
    selection(path),
  ].join(", ");
}

function selection({ bestpath, refused, selectionReason }: EvpnPathDocument): string {
  if (refused !== undefined) return `refused (${refused})`;
  const reason = selectionReason === undefined ? "" : ` (${selectionReason})`;
  return `${bestpath ? "best" : "not best"}${reason}`;
}
