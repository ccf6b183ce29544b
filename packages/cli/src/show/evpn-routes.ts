/** Tables of EVPN routes in the layout of FRR's `show bgp l2vpn evpn`. */
import type { EvpnPathDocument, EvpnRoutesDocument } from "@selvedge/api";

const LEGEND = `Status codes: R refused, S Stale, * valid, > best, = multipath, i - internal
Origin codes: i - IGP, e - EGP, ? - incomplete
EVPN type-1 prefix: [1]:[EthTag]:[ESI]
EVPN type-2 prefix: [2]:[EthTag]:[MAClen]:[MAC]:[IPlen]:[IP]
EVPN type-3 prefix: [3]:[EthTag]:[IPlen]:[OrigIP]
EVPN type-4 prefix: [4]:[ESI]:[IPlen]:[OrigIP]
EVPN type-5 prefix: [5]:[EthTag]:[IPlen]:[IP]

   Network          Next Hop            Metric LocPrf Path
                    Extended Community
`;

const INDENT = " ".repeat(20);
const ORIGIN_CODE: Readonly<Record<string, string>> = { IGP: "i", EGP: "e", incomplete: "?" };

/** The text of `selvedge show bgp l2vpn evpn` and of the routes of a neighbour. */
export function formatEvpnRoutes(document: EvpnRoutesDocument): string {
  if (document.numPrefix === 0) return "No EVPN prefixes exist\n";
  const lines = [
    `BGP table version is ${document.bgpTableVersion}, local router ID is ${document.bgpLocalRouterId}`,
    LEGEND.trimEnd(),
  ];
  for (const { rd, routes } of document.routeDistinguishers) {
    lines.push(`Route Distinguisher: ${rd}`);
    for (const route of routes) {
      for (const path of route.paths) lines.push(...pathLines(route.prefix, path));
    }
  }
  lines.push("", `Displayed ${document.numPrefix} prefixes (${document.numPaths} paths)`);
  return `${lines.join("\n")}\n`;
}

function pathLines(prefix: string, path: EvpnPathDocument): readonly string[] {
  const status = [
    path.stale ? "S" : path.refused === undefined ? " " : "R",
    path.valid ? "*" : " ",
    path.bestpath ? ">" : path.multipath ? "=" : " ",
    path.pathFrom === "internal" ? "i" : " ",
  ].join("");
  const metric = String(path.metric ?? "").padStart(6);
  const localPreference = String(path.locPrf ?? "").padStart(6);
  const asPath = [path.path, ORIGIN_CODE[path.origin] ?? path.origin].filter(Boolean).join(" ");
  return [
    `${status}${prefix}`,
    `${INDENT}${path.nexthop.padEnd(20)}${metric} ${localPreference} ${asPath}`,
    `${INDENT}${path.extendedCommunity}`,
  ];
}
