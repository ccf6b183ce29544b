/**
 * What a MAC-VRF is to tell, written for reading and not for speed: from all routes that are there, computed from
 * scratch. It shares the order of the places of a MAC (mac-mobility.ts) and the codec with the RIB under test.
 */
import { compareIp, type IpAddress } from "@selvedge/net";
import { compareMacPlaces } from "../../../src/evpn/mac-mobility.ts";
import type { MacIpEntry, RibMacVrf } from "../../../src/rib/mac-vrf.ts";
import { ZERO_ESI } from "../../../src/wire/evpn/esi.ts";
import type { MacIpRoute } from "../../../src/wire/evpn/mac-ip.ts";
import { communitiesOf } from "./attributes.ts";
import { MAX_ETHERNET_TAG } from "./mac-routes.ts";
import type { ToldTable } from "./mac-vrf-world.ts";
import type { Announcement } from "./reference-rib.ts";

/** A MAC/IP route, remote or local. */
interface Place {
  readonly route: Pick<MacIpRoute, "mac" | "ip" | "esi">;
  readonly vtep: IpAddress;
  readonly label: number;
  readonly sequence: number;
  readonly sticky: boolean;
  readonly isGateway: boolean;
  readonly isLocal: boolean;
}

/** The table that the changes must add up to. */
export function referenceTable(
  config: RibMacVrf,
  announced: readonly Announcement[],
  local: readonly MacIpEntry[],
): ToldTable {
  const routes = announced.filter((each) => isImported(config, each));
  const places = [...routes.flatMap(remotePlace), ...local.map((each) => localPlace(config, each))];
  const table: ToldTable = new Map();
  for (const [mac, all] of groupBy(places, ({ route }) => route.mac)) {
    const text = macText(config, all, routes);
    if (text !== undefined) table.set(`mac ${mac}`, text);
  }
  for (const [ip, all] of groupBy(places, ({ route }) => route.ip)) {
    const best = bestOf(all);
    if (ip === undefined || best.isLocal || isGatewayHere(best, all)) continue;
    table.set(`ip ${ip}`, best.route.mac);
  }
  for (const { attributes } of routes) {
    const pmsi = attributes.find((each) => each.kind === "pmsi-tunnel");
    if (pmsi?.kind === "pmsi-tunnel" && pmsi.endpoint !== undefined) {
      const key = `vtep ${pmsi.endpoint}`;
      const known = Number(table.get(key) ?? Number.POSITIVE_INFINITY);
      table.set(key, `${Math.min(known, pmsi.label)}`);
    }
  }
  return table;
}

function isImported(config: RibMacVrf, { attributes, nextHop }: Announcement): boolean {
  const targets = communitiesOf(attributes).flatMap((each) =>
    each.kind === "route-target" ? [each.target] : [],
  );
  return (
    nextHop !== config.vtep && targets.some((target) => config.importRouteTargets.includes(target))
  );
}

function remotePlace({ attributes, nextHop, route }: Announcement): Place[] {
  if (route.kind !== "mac-ip") return [];
  const communities = communitiesOf(attributes);
  const mobility = communities.find(({ kind }) => kind === "mac-mobility");
  const isGateway = communities.some(({ kind }) => kind === "default-gateway");
  const { sequence, sticky } =
    mobility?.kind === "mac-mobility" ? mobility : { sequence: 0, sticky: false };
  const label = route.labels[0];
  return [{ route, vtep: nextHop, label, sequence, sticky, isGateway, isLocal: false }];
}

function localPlace(config: RibMacVrf, entry: MacIpEntry): Place {
  const { defaultGateway = false, esi = ZERO_ESI, ip, mac, sequence = 0, sticky = false } = entry;
  const route = { mac, esi, ...(ip === undefined ? {} : { ip }) };
  const place = { route, vtep: config.vtep, label: config.vni, sequence, sticky };
  return { ...place, isGateway: defaultGateway, isLocal: true };
}

/** The best by mobility, gateways before all others; several of one router by the octets of their NLRIs. */
function bestOf(places: readonly Place[]): Place {
  const [first, ...others] = places;
  if (first === undefined) throw new Error("there is no place");
  return others.reduce((best, place) => {
    const order = comparePlaces(place, best) || compareNlris(place, best);
    return order < 0 ? place : best;
  }, first);
}

function comparePlaces(a: Place, b: Place): number {
  if (a.isGateway !== b.isGateway) return a.isGateway ? -1 : 1;
  return a.isGateway ? compareIp(a.vtep, b.vtep) : compareMacPlaces(a, b);
}

function isGatewayHere(best: Place, places: readonly Place[]): boolean {
  return best.isGateway && places.some((each) => each.isGateway && each.isLocal);
}

/** Of one router, thus with one distinguisher: by ESI, then MAC, then address. */
function compareNlris(a: Place, b: Place): number {
  if (a.route.esi !== b.route.esi) return a.route.esi < b.route.esi ? -1 : 1;
  if (a.route.mac !== b.route.mac) return a.route.mac < b.route.mac ? -1 : 1;
  if (a.route.ip === b.route.ip) return 0;
  if (a.route.ip === undefined) return -1;
  return b.route.ip === undefined ? 1 : compareIp(a.route.ip, b.route.ip);
}

function macText(
  config: RibMacVrf,
  places: readonly Place[],
  routes: readonly Announcement[],
): string | undefined {
  const best = bestOf(places);
  const { esi } = best.route;
  const isMultihomed = esi !== ZERO_ESI;
  if (best.isLocal || isGatewayHere(best, places)) return undefined;
  if (isMultihomed && places.some((each) => each.isLocal && each.route.esi === esi)) {
    return undefined;
  }
  const samePlaces = places.filter((each) => isSamePlace(each, best));
  const hops =
    isMultihomed && !best.isGateway
      ? segmentHops(samePlaces, esi, routes)
      : firstOfEach(best.isGateway ? samePlaces : [best]);
  if (hops.size === 0) return undefined;
  const text = [...hops]
    .sort(([a], [b]) => compareIp(a, b))
    .map(([vtep, label]) => `${vtep}/${label || config.vni}`)
    .join(" ");
  const { isGateway, sticky } = best;
  const flags = `${sticky ? " sticky" : ""}${isGateway ? " gateway" : ""}${isMultihomed ? " segment" : ""}`;
  return `seq ${best.sequence}${flags} via ${text}`;
}

/** The label of the first NLRI of each router. */
function firstOfEach(places: readonly Place[]): Map<IpAddress, number> {
  const inOrder = [...places].sort(compareNlris).reverse();
  return new Map(inOrder.map(({ vtep, label }) => [vtep, label]));
}

function isSamePlace(a: Place, b: Place): boolean {
  if (a.isGateway || b.isGateway) return a.isGateway && b.isGateway;
  return a.route.esi === b.route.esi && a.sequence === b.sequence && a.sticky === b.sticky;
}

function segmentHops(
  places: readonly Place[],
  esi: string,
  routes: readonly Announcement[],
): Map<IpAddress, number> {
  const discovery = routes.filter(
    ({ route }) => route.kind === "ethernet-auto-discovery" && route.esi === esi,
  );
  const whole = discovery.filter((each) => tagOf(each) === MAX_ETHERNET_TAG);
  const alive = new Set(whole.map(({ nextHop }) => nextHop));
  const instance = discovery.filter(
    (each) => tagOf(each) !== MAX_ETHERNET_TAG && alive.has(each.nextHop),
  );
  const announcing = new Map(
    places.filter(({ vtep }) => alive.has(vtep)).map(({ label, vtep }) => [vtep, label]),
  );
  const aliased = new Map(
    instance.map(({ nextHop, route }) => [nextHop, "label" in route ? route.label : 0]),
  );
  const isSingleActive = whole.some(({ attributes }) =>
    communitiesOf(attributes).some((each) => each.kind === "esi-label" && each.singleActive),
  );
  if (!isSingleActive) return new Map([...aliased, ...announcing]);
  if (announcing.size > 0) return announcing;
  return aliased.size === 1 ? aliased : new Map();
}

function tagOf({ route }: Announcement): number {
  return "ethernetTag" in route ? route.ethernetTag : 0;
}

function groupBy<Key>(places: readonly Place[], key: (place: Place) => Key): Map<Key, Place[]> {
  const groups = new Map<Key, Place[]>();
  for (const place of places) groups.set(key(place), [...(groups.get(key(place)) ?? []), place]);
  return groups;
}
