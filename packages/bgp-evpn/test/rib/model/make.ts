/** Short ways to write the routes that tests announce. */
import {
  parseIpAddress,
  parseIpPrefix,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  parseVni,
} from "@selvedge/net";
import type { RibMacVrf } from "../../../src/rib/mac-vrf.ts";
import type { RibVrf, Type5Route } from "../../../src/rib/vrf.ts";
import type { ExtendedCommunity } from "../../../src/wire/attribute/extended-community.ts";
import type { PathAttribute } from "../../../src/wire/attribute/path-attribute.ts";
import type { IpPrefixRoute } from "../../../src/wire/evpn/ip-prefix.ts";
import type { Announcement } from "./reference-rib.ts";

/** What differs from a plain route type 5. */
export interface RouteOptions {
  readonly rd?: string;
  readonly label?: number;
  readonly targets?: readonly string[];
  readonly vtep?: string;
  /** Null: none. */
  readonly routerMac?: string | null;
  readonly encapsulation?: "vxlan" | "mpls";
  readonly localPreference?: number;
  /** Further attributes, at the end. */
  readonly more?: readonly PathAttribute[];
}

/** A route type 5 for a prefix. */
export function type5(
  prefix: string,
  { rd = "10.0.0.11:1", label = 5001 }: RouteOptions = {},
): IpPrefixRoute {
  return {
    kind: "ip-prefix",
    routeType: 5,
    rd: parseRouteDistinguisher(rd),
    esi: "00:00:00:00:00:00:00:00:00:00",
    ethernetTag: 0,
    prefix: parseIpPrefix(prefix),
    gateway: parseIpAddress(prefix.includes(":") ? "::" : "0.0.0.0"),
    label,
  };
}

/** A route type 5 with what an internal peer sends along. */
export function announcement(prefix: string, options: RouteOptions = {}): Announcement {
  const {
    encapsulation = "vxlan",
    localPreference = 100,
    more = [],
    routerMac = "02:00:0a:00:00:0b",
    targets = ["65000:1"],
    vtep = "192.0.2.11",
  } = options;
  const communities: ExtendedCommunity[] = [
    ...targets.map(
      (target) => ({ kind: "route-target", target: parseRouteTarget(target) }) as const,
    ),
    { kind: "encapsulation", tunnelType: encapsulation },
  ];
  if (routerMac !== null) communities.push({ kind: "router-mac", mac: parseMacAddress(routerMac) });
  return {
    route: type5(prefix, options),
    nextHop: parseIpAddress(vtep),
    attributes: [
      { kind: "origin", origin: "igp" },
      { kind: "as-path", segments: [] },
      { kind: "local-pref", value: localPreference },
      { kind: "extended-communities", communities },
      ...more,
    ],
  };
}

/** Announcements of host routes 10.0.0.0/32 and following, all with the same attributes. */
export function hostRoutes(count: number, options: RouteOptions = {}): Announcement[] {
  const shared = announcement("10.0.0.0/32", options);
  return Array.from({ length: count }, (_, i) => ({
    ...shared,
    route: type5(`10.0.${i >> 8}.${i & 0xff}/32`, options),
  }));
}

/** A VRF with one route target for import and export. */
export function vrf(
  name: string,
  options: { rd?: string; target?: string; vni?: number } = {},
): RibVrf {
  const { rd = "10.0.0.1:1", target = "65000:1", vni } = options;
  return {
    name,
    rd: parseRouteDistinguisher(rd),
    importRouteTargets: [parseRouteTarget(target)],
    exportRouteTargets: [parseRouteTarget(target)],
    ...(vni === undefined ? {} : { vni: parseVni(vni) }),
  };
}

/** A local route. */
export function localRoute(prefix: string): Type5Route {
  return {
    prefix: parseIpPrefix(prefix),
    vni: parseVni(5001),
    nextHop: parseIpAddress("192.0.2.1"),
    routerMac: parseMacAddress("02:00:c0:00:02:01"),
  };
}

/** A MAC-VRF with one route target for import and export. */
export function macVrf(
  name: string,
  options: Partial<Pick<RibMacVrf, "flooding" | "l3vni">> & {
    readonly rd?: string;
    readonly target?: string;
    readonly vni?: number;
    readonly vtep?: string;
  } = {},
): RibMacVrf {
  const { rd = "10.0.0.1:100", target = "65000:100", vni = 100, vtep = "192.0.2.1" } = options;
  const { flooding, l3vni } = options;
  return {
    name,
    rd: parseRouteDistinguisher(rd),
    importRouteTargets: [parseRouteTarget(target)],
    exportRouteTargets: [parseRouteTarget(target)],
    vni: parseVni(vni),
    vtep: parseIpAddress(vtep),
    ...(flooding === undefined ? {} : { flooding }),
    ...(l3vni === undefined ? {} : { l3vni }),
  };
}
