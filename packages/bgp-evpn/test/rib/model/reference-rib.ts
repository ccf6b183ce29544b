/**
 * What a RIB is to do, written for reading and not for speed: plain objects, everything computed from scratch.
 *
 * It shares the codec with the RIB under test and nothing else.
 */
import { compareIp, hostPrefix, type IpAddress, type IpPrefix, ipBytes } from "@selvedge/net";
import { compareMacPlaces, type MacPlace } from "../../../src/evpn/mac-mobility.ts";
import type { RibVrf, Type5Route, VrfNextHop } from "../../../src/rib/vrf.ts";
import {
  type AttributeBody,
  type PathAttribute,
  typeOf,
} from "../../../src/wire/attribute/path-attribute.ts";
import { type EvpnRoute, encodeEvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import { hex } from "../../../src/wire/hex.ts";
import {
  attributeHex,
  communitiesOf,
  find,
  inserted,
  narrowAttributes,
  segmentsOf,
} from "./attributes.ts";
import { latestPlaces } from "./mobility.ts";
import { keyOf, type ToldRoute } from "./peer-model.ts";
import { changed, type ModelPolicy } from "./policies.ts";
import { OWN_ASN, OWN_CLUSTER_ID, OWN_ROUTER_ID, type SessionSlot } from "./sessions.ts";

const ZERO_ESI = "00:00:00:00:00:00:00:00:00:00";

/** A route with its attributes, those of four-octet speakers. */
export interface Announcement {
  readonly route: EvpnRoute;
  readonly nextHop: IpAddress;
  readonly attributes: readonly PathAttribute[];
}

/** A path of the table; without a session it is local. */
export interface ReferencePath extends Announcement {
  readonly slot: SessionSlot | undefined;
  readonly stale: boolean;
  /** Why the import policy refuses it. */
  readonly refused?: string;
}

/** The policies of a session. */
export interface SessionPolicies {
  readonly importPolicy?: ModelPolicy | undefined;
  readonly exportPolicy?: ModelPolicy | undefined;
}

/** Paths by peer, VRFs, local routes; and what follows from them. */
export class ReferenceRib {
  /** Announced routes per session by key. */
  readonly received = new Map<SessionSlot, Map<string, ReferencePath>>();
  readonly vrfs = new Map<string, RibVrf>();
  readonly policies = new Map<SessionSlot, SessionPolicies>();
  /** Originated routes per VRF. */
  readonly local = new Map<string, Map<IpPrefix, Type5Route>>();

  announce(slot: SessionSlot, announcement: Announcement): void {
    const key = keyOf(announcement.route);
    const paths = this.received.get(slot) ?? new Map<string, ReferencePath>();
    this.received.set(slot, paths);
    if (isLoop(announcement) || meansWithdraw(announcement)) paths.delete(key);
    else paths.set(key, { ...announcement, attributes: kept(announcement), slot, stale: false });
  }

  withdraw(slot: SessionSlot, route: EvpnRoute): void {
    this.received.get(slot)?.delete(keyOf(route));
  }

  markStale(slot: SessionSlot): void {
    const paths = this.received.get(slot);
    for (const [key, path] of paths ?? []) paths?.set(key, { ...path, stale: true });
  }

  sweep(slot: SessionSlot): void {
    const paths = this.received.get(slot);
    for (const [key, path] of paths ?? []) if (path.stale) paths?.delete(key);
  }

  /** Stale paths become long-lived stale (RFC 9494 section 4.2). */
  age(slot: SessionSlot): void {
    const paths = this.received.get(slot);
    for (const [key, path] of paths ?? []) {
      if (!path.stale || has(path, "llgr-stale")) {
        if (path.stale && has(path, "no-llgr")) paths?.delete(key);
      } else if (has(path, "no-llgr")) {
        paths?.delete(key);
      } else {
        paths?.set(key, { ...path, attributes: withCommunity(path.attributes, "llgr-stale") });
      }
    }
  }

  /** Drops what the peer has originated, and what has the peer as its next hop. */
  dropOwn(slot: SessionSlot): void {
    const paths = this.received.get(slot);
    const ownAses = slot.peer.kind === "ebgp" ? 1 : 0;
    for (const [key, path] of paths ?? []) {
      const isOriginated =
        find(path.attributes, "originator-id") === undefined && pathLength(path) <= ownAses;
      if (isOriginated || path.nextHop === slot.peer.address) paths?.delete(key);
    }
  }

  drop(slot: SessionSlot): void {
    this.received.delete(slot);
  }

  /** The paths of one session are now those of another one with the same router. */
  move(from: SessionSlot, to: SessionSlot): void {
    const paths = this.received.get(from) ?? new Map<string, ReferencePath>();
    this.received.set(to, new Map([...paths].map(([key, path]) => [key, { ...path, slot: to }])));
  }

  /** All paths by key, the best first, if there is one; of the others the order has no meaning. */
  table(): Map<string, ReferencePath[]> {
    const table = new Map<string, ReferencePath[]>();
    const add = (path: ReferencePath): void => {
      const key = keyOf(path.route);
      table.set(key, [...(table.get(key) ?? []), path]);
    };
    for (const [slot, paths] of this.received) {
      for (const path of paths.values()) {
        add(judged(path, this.policies.get(slot)?.importPolicy));
      }
    }
    for (const path of this.#localPaths()) add(path);
    for (const [key, paths] of table) table.set(key, bestFirst(paths));
    return table;
  }

  /** What a peer is to hold, of the routes that it wants. */
  toldTo(
    slot: SessionSlot,
    wants: (path: ReferencePath) => boolean = () => true,
  ): Map<string, ToldRoute> {
    const told = new Map<string, ToldRoute>();
    for (const [key, [best]] of this.table()) {
      if (best === undefined || best.refused !== undefined) continue;
      if (best.slot === slot || !mayTell(best, slot)) continue;
      const outgoing = judged(best, this.policies.get(slot)?.exportPolicy);
      if (outgoing.refused !== undefined || !wants(outgoing)) continue;
      told.set(key, {
        nlri: hex(encodeEvpnRoute(best.route)),
        nextHop: best.nextHop,
        attributes: exported(outgoing, slot).map((attribute) =>
          attributeHex(attribute, slot.context),
        ),
      });
    }
    return told;
  }

  /** What a VRF imports, by prefix; next hops in the order of their octets. */
  imported(vrf: RibVrf): Map<IpPrefix, VrfNextHop[]> {
    const remote = [...this.table().values()].flatMap(([best]) =>
      best?.slot !== undefined && best.refused === undefined && importsFrom(vrf, best)
        ? [best]
        : [],
    );
    const candidates = new Map<IpPrefix, ReferencePath[]>();
    for (const path of remote) {
      const prefix = prefixOf(path);
      if (prefix === undefined || nextHopsIn(vrf, path, remote).length === 0) continue;
      candidates.set(prefix, [...(candidates.get(prefix) ?? []), path]);
    }
    const routes = new Map<IpPrefix, VrfNextHop[]>();
    for (const [prefix, paths] of candidates) {
      const used = preferred(equalWherever(withoutMoved(paths)));
      const hops = used.flatMap((path) => nextHopsIn(vrf, path, remote));
      const distinct = new Map(hops.map((hop) => [JSON.stringify(hop), hop]));
      routes.set(prefix, [...distinct.values()].sort(compareHops));
    }
    return routes;
  }

  #localPaths(): ReferencePath[] {
    const paths: ReferencePath[] = [];
    for (const [name, routes] of this.local) {
      const vrf = this.vrfs.get(name);
      if (vrf === undefined) continue;
      for (const route of routes.values()) paths.push(localPath(vrf, route));
    }
    return paths;
  }
}

function localPath(vrf: RibVrf, route: Type5Route): ReferencePath {
  return {
    slot: undefined,
    stale: false,
    nextHop: route.nextHop,
    route: {
      kind: "ip-prefix",
      routeType: 5,
      rd: vrf.rd,
      esi: ZERO_ESI,
      ethernetTag: 0,
      prefix: route.prefix,
      gateway: (route.prefix.includes(":") ? "::" : "0.0.0.0") as IpAddress,
      label: route.vni,
    },
    attributes: [
      { kind: "origin", origin: "igp" },
      { kind: "as-path", segments: [] },
      { kind: "local-pref", value: 100 },
      {
        kind: "extended-communities",
        communities: [
          ...vrf.exportRouteTargets.map((target) => ({ kind: "route-target", target }) as const),
          { kind: "encapsulation", tunnelType: "vxlan" },
          { kind: "router-mac", mac: route.routerMac },
        ],
      },
    ],
  };
}

export function isLoop({ attributes }: Announcement): boolean {
  return (
    segmentsOf(attributes).some(({ asns }) => asns.includes(OWN_ASN)) ||
    find(attributes, "originator-id")?.routerId === OWN_ROUTER_ID ||
    (find(attributes, "cluster-list")?.clusterIds.includes(OWN_CLUSTER_ID) ?? false)
  );
}

function hasRouterMac(attributes: readonly PathAttribute[]): boolean {
  return communitiesOf(attributes).some(({ kind }) => kind === "router-mac");
}

/** RFC 9136 section 3.1: both overlay indexes at once, or nothing at all. */
function meansWithdraw({ attributes, route }: Announcement): boolean {
  if (route.kind !== "ip-prefix") return false;
  const hasEsi = route.esi !== ZERO_ESI;
  const hasGateway = !["::", "0.0.0.0"].includes(route.gateway);
  if (hasEsi && hasGateway) return true;
  return !hasEsi && !hasGateway && route.label === 0 && !hasRouterMac(attributes);
}

/** RFC 4271 section 5: unrecognised attributes are dropped or marked. */
export function kept({ attributes }: Announcement): PathAttribute[] {
  return attributes.flatMap((attribute): PathAttribute[] => {
    if (attribute.kind !== "unknown") return [attribute];
    if (!attribute.flags?.includes("transitive")) return [];
    return [{ ...attribute, flags: ["optional", "transitive", "partial"] }];
  });
}

/** A path as a policy leaves it. */
function judged(path: ReferencePath, policy: ModelPolicy | undefined): ReferencePath {
  const verdict = policy?.plain(path);
  if (verdict === undefined) return path;
  if (typeof verdict === "string") return { ...path, refused: verdict };
  return { ...path, attributes: changed(path.attributes, verdict) };
}

type Rank = (path: ReferencePath) => number;

const isLongLived: Rank = (path) => Number(has(path, "llgr-stale"));
const localPreference: Rank = ({ attributes }) => -(find(attributes, "local-pref")?.value ?? 100);
const isRemote: Rank = ({ slot }) => Number(slot !== undefined);
const origin: Rank = ({ attributes }) =>
  ["igp", "egp", "incomplete"].indexOf(find(attributes, "origin")?.origin ?? "igp");
const isInternal: Rank = ({ slot }) => Number(slot?.peer.kind !== "ebgp");
const clusters: Rank = ({ attributes }) => find(attributes, "cluster-list")?.clusterIds.length ?? 0;

function pathLength({ attributes }: ReferencePath): number {
  return segmentsOf(attributes).reduce(
    (sum, { asns, kind }) => sum + (kind === "set" ? 1 : asns.length),
    0,
  );
}

function routerId({ attributes, slot }: ReferencePath): number {
  const id = find(attributes, "originator-id")?.routerId ?? slot?.peer.routerId ?? OWN_ROUTER_ID;
  return ipBytes(id).reduce((number, octet) => number * 256 + octet, 0);
}

function minimal(paths: readonly ReferencePath[], rank: Rank): ReferencePath[] {
  const least = Math.min(...paths.map(rank));
  return paths.filter((path) => rank(path) === least);
}

function neighbour({ attributes }: ReferencePath): number {
  const first = segmentsOf(attributes)[0];
  return first?.kind === "sequence" ? (first.asns[0] ?? 0) : 0;
}

function withoutWorseMed(paths: readonly ReferencePath[]): ReferencePath[] {
  const med: Rank = ({ attributes }) => find(attributes, "med")?.value ?? 0;
  return paths.filter((path) =>
    paths.every((other) => neighbour(other) !== neighbour(path) || med(other) >= med(path)),
  );
}

/** RFC 7432 section 15 after RFC 9494 section 4.3, then the rest. */
function equalCost(paths: readonly ReferencePath[]): ReferencePath[] {
  return equalWherever(latestPlaces(minimal(paths, isLongLived)));
}

/** RFC 4271 section 9.1.2.2 down to e. */
function equalWherever(paths: readonly ReferencePath[]): ReferencePath[] {
  let left = minimal(paths, isLongLived);
  for (const rank of [localPreference, isRemote, pathLength, origin]) left = minimal(left, rank);
  return minimal(withoutWorseMed(left), isInternal);
}

export function bestFirst(paths: readonly ReferencePath[]): ReferencePath[] {
  let left = equalCost(paths.filter(({ refused }) => refused === undefined));
  for (const rank of [routerId, clusters]) left = minimal(left, rank);
  const [best] = left.sort((a, b) =>
    compareIp(a.slot?.peer.address ?? OWN_ROUTER_ID, b.slot?.peer.address ?? OWN_ROUTER_ID),
  );
  return best === undefined ? [...paths] : [best, ...paths.filter((path) => path !== best)];
}

/** RFC 4456 section 6, RFC 1997. */
export function mayTell({ attributes, slot }: ReferencePath, to: SessionSlot): boolean {
  const communities = find(attributes, "communities")?.communities ?? [];
  if (communities.includes("no-advertise")) return false;
  if (communities.includes("llgr-stale") && !takesStale(to)) return false;
  if (to.peer.kind === "ebgp") return !communities.includes("no-export");
  if (slot === undefined || slot.peer.kind === "ebgp") return true;
  return slot.peer.reflectorClient || to.peer.reflectorClient;
}

/** RFC 9494 sections 4.3 and 4.6. */
function takesStale({ peer }: SessionSlot): boolean {
  return peer.staleRoutes === "sent" || (peer.staleRoutes === "lowered" && peer.kind === "ibgp");
}

function has({ attributes }: Announcement, community: string): boolean {
  return find(attributes, "communities")?.communities.includes(community) ?? false;
}

function withCommunity(attributes: readonly PathAttribute[], community: string): PathAttribute[] {
  const known = find(attributes, "communities");
  if (known === undefined) {
    return inserted(attributes, { kind: "communities", communities: [community] }, attributes);
  }
  const communities = [...known.communities, community];
  return attributes.map((attribute) =>
    attribute.kind === "communities" ? { ...attribute, communities } : attribute,
  );
}

/** RFC 9494 section 4.6. */
function lowered(path: ReferencePath): ReferencePath {
  const { attributes } = path;
  const marked = has(path, "no-export") ? [...attributes] : withCommunity(attributes, "no-export");
  const others = marked.filter(({ kind }) => kind !== "local-pref");
  return { ...path, attributes: inserted(others, { kind: "local-pref", value: 0 }, others) };
}

export function exported(best: ReferencePath, to: SessionSlot): PathAttribute[] {
  const isLowered = to.peer.staleRoutes === "lowered" && has(best, "llgr-stale");
  const path = isLowered ? lowered(best) : best;
  const changed = to.peer.kind === "ebgp" ? toExternal(path) : toInternal(path);
  if (to.peer.fourOctetAs) return changed;
  const added = narrowAttributes(changed);
  const as4 = added.filter(({ kind }) => kind === "as4-path" || kind === "as4-aggregator");
  let out = added.filter((attribute) => !as4.includes(attribute));
  for (const attribute of as4.sort((a, b) => typeOf(a) - typeOf(b))) {
    out = inserted(out, attribute, path.attributes);
  }
  return out;
}

/** RFC 4456 section 8, RFC 4271 section 5.1.5. */
function toInternal({ attributes, slot }: ReferencePath): PathAttribute[] {
  let out = [...attributes];
  const insert = (body: AttributeBody): void => {
    if (!out.some(({ kind }) => kind === body.kind)) out = inserted(out, body, attributes);
  };
  insert({ kind: "local-pref", value: 100 });
  if (slot === undefined || slot.peer.kind === "ebgp") return out;
  insert({ kind: "originator-id", routerId: slot.peer.routerId });
  insert({ kind: "cluster-list", clusterIds: [] });
  return out.map((attribute) =>
    attribute.kind === "cluster-list"
      ? { ...attribute, clusterIds: [OWN_CLUSTER_ID, ...attribute.clusterIds] }
      : attribute,
  );
}

/** RFC 4271 sections 5.1.2, 5.1.4, 5.1.5; RFC 4360 section 6. */
function toExternal({ attributes }: ReferencePath): PathAttribute[] {
  const dropped: readonly string[] = ["med", "local-pref", "originator-id", "cluster-list"];
  return attributes
    .filter(({ kind }) => !dropped.includes(kind))
    .flatMap((attribute): PathAttribute[] => {
      if (attribute.kind === "as-path") {
        const [first, ...rest] = attribute.segments;
        const isOpen = first?.kind === "sequence" && first.asns.length < 255;
        const segments = isOpen
          ? [{ ...first, asns: [OWN_ASN, ...first.asns] }, ...rest]
          : [{ kind: "sequence", asns: [OWN_ASN] } as const, ...attribute.segments];
        return [{ ...attribute, segments }];
      }
      if (attribute.kind !== "extended-communities") return [attribute];
      const communities = attribute.communities.filter(
        (community) => community.kind !== "unknown" || !/^[4-7c-f]/.test(community.value),
      );
      return communities.length === 0 ? [] : [{ ...attribute, communities }];
    });
}

function importsFrom(vrf: RibVrf, { attributes }: ReferencePath): boolean {
  return communitiesOf(attributes).some(
    (community) =>
      community.kind === "route-target" && vrf.importRouteTargets.includes(community.target),
  );
}

/** What a route type 5 leads to, and a route type 2 that can be routed to. */
function prefixOf({ route }: ReferencePath): IpPrefix | undefined {
  if (route.kind === "ip-prefix") return route.prefix;
  if (route.kind !== "mac-ip" || route.ip === undefined || route.ip.startsWith("fe80:")) {
    return undefined;
  }
  return (route.labels[1] ?? 0) === 0 ? undefined : hostPrefix(route.ip);
}

/** Without the MAC/IP routes for whose MAC there is a better place, other than on the same segment. */
function withoutMoved(paths: readonly ReferencePath[]): ReferencePath[] {
  return paths.filter((path) => {
    const [best] = paths
      .filter((other) => macOf(other) !== undefined && macOf(other) === macOf(path))
      .sort((a, b) => compareMacPlaces(placeOf(a), placeOf(b)));
    if (best === undefined) return true;
    const [here, there] = [placeOf(path), placeOf(best)];
    const isSame = here.esi === there.esi && here.esi !== ZERO_ESI;
    return compareMacPlaces(here, isSame ? { ...there, vtep: here.vtep } : there) === 0;
  });
}

function preferred(paths: readonly ReferencePath[]): readonly ReferencePath[] {
  const hosts = paths.filter(({ route }) => route.kind === "mac-ip");
  return hosts.length > 0 ? hosts : paths;
}

function macOf({ route }: ReferencePath): string | undefined {
  return route.kind === "mac-ip" ? route.mac : undefined;
}

function placeOf({ attributes, nextHop, route }: ReferencePath): MacPlace {
  const mobility = communitiesOf(attributes).find(({ kind }) => kind === "mac-mobility");
  const { sequence, sticky } =
    mobility?.kind === "mac-mobility" ? mobility : { sequence: 0, sticky: false };
  return { vtep: nextHop, sequence, sticky, esi: route.kind === "mac-ip" ? route.esi : ZERO_ESI };
}

/** Where a path leads in the VRF: by itself, or by the host routes of its gateway. */
function nextHopsIn(
  vrf: RibVrf,
  path: ReferencePath,
  remote: readonly ReferencePath[],
): readonly VrfNextHop[] {
  const { route } = path;
  const own = nextHopIn(vrf, path);
  if (own !== undefined) return [own];
  if (route.kind !== "ip-prefix" || route.esi !== ZERO_ESI || !isVxlan(path)) return [];
  const hosts = remote.filter(
    (each) =>
      each.route.kind === "mac-ip" &&
      each.route.ip === route.gateway &&
      prefixOf(each) !== undefined &&
      nextHopIn(vrf, each) !== undefined,
  );
  return equalWherever(withoutMoved(hosts)).flatMap((host) => nextHopIn(vrf, host) ?? []);
}

function isVxlan({ attributes }: ReferencePath): boolean {
  const types = communitiesOf(attributes).flatMap((community) =>
    community.kind === "encapsulation" ? [community.tunnelType] : [],
  );
  return types.length === 0 || types.includes("vxlan");
}

/** The next hop of a route of type 2 or 5 that can be forwarded in the VRF. */
function nextHopIn(vrf: RibVrf, path: ReferencePath): VrfNextHop | undefined {
  const { attributes, nextHop, route } = path;
  if (route.kind !== "ip-prefix" && route.kind !== "mac-ip") return undefined;
  if (route.kind === "ip-prefix") {
    if (route.esi !== ZERO_ESI || !["::", "0.0.0.0"].includes(route.gateway)) return undefined;
  }
  const communities = communitiesOf(attributes);
  if (!isVxlan(path)) return undefined;
  const mac = communities.findLast((community) => community.kind === "router-mac");
  const label = route.kind === "ip-prefix" ? route.label : (route.labels[1] ?? 0);
  const vni = label === 0 ? vrf.vni : label;
  if (mac?.kind === "router-mac" && mac.mac === vrf.routerMac) return undefined;
  if (mac?.kind !== "router-mac" || vni === undefined) return undefined;
  return { vtep: nextHop, routerMac: mac.mac, vni: vni as VrfNextHop["vni"] };
}

function compareHops(a: VrfNextHop, b: VrfNextHop): number {
  return (
    compareIp(a.vtep, b.vtep) ||
    (a.routerMac < b.routerMac ? -1 : Number(a.routerMac > b.routerMac)) ||
    a.vni - b.vni
  );
}
