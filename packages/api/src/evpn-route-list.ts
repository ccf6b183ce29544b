/** From pages in the order of the table to one document: by route distinguisher, sorted. */
import {
  compareRouteDistinguisher,
  isRouteDistinguisher,
  type RouteDistinguisher,
} from "@selvedge/net";
import type {
  EvpnRouteDocument,
  EvpnRoutePage,
  EvpnRoutesDocument,
} from "./documents/evpn-routes.ts";

const byNotation = new Intl.Collator("en", { numeric: true });

/** All pages of an answer as one document. The head is that of the last page. */
export async function joinRoutePages(
  pages: AsyncIterable<EvpnRoutePage>,
): Promise<EvpnRoutesDocument> {
  const byRd = new Map<string, EvpnRouteDocument[]>();
  const head = { bgpTableVersion: 0, bgpLocalRouterId: "", localAS: 0 };
  let numPaths = 0;
  for await (const { bgpTableVersion, bgpLocalRouterId, localAS, routes } of pages) {
    Object.assign(head, { bgpTableVersion, bgpLocalRouterId, localAS });
    for (const { rd, ...route } of routes) {
      const ofRd = byRd.get(rd);
      if (ofRd === undefined) byRd.set(rd, [route]);
      else ofRd.push(route);
      numPaths += route.paths.length;
    }
  }
  const routeDistinguishers = [...byRd]
    .sort(([a], [b]) => compareRd(a, b))
    .map(([rd, routes]) => ({
      rd,
      routes: routes.sort((a, b) => byNotation.compare(a.prefix, b.prefix)),
    }));
  const numPrefix = routeDistinguishers.reduce((sum, { routes }) => sum + routes.length, 0);
  return { ...head, routeDistinguishers, numPrefix, numPaths };
}

/** What is no distinguisher (routes of an unknown type have none) comes last. */
function compareRd(a: string, b: string): number {
  const isRd = (text: string): text is RouteDistinguisher => isRouteDistinguisher(text);
  if (isRd(a) && isRd(b)) return compareRouteDistinguisher(a, b);
  if (isRd(a) !== isRd(b)) return isRd(a) ? -1 : 1;
  return a < b ? -1 : 1;
}
