/** Short ways to write routes of types 1 to 3 as other routers announce them. */
import {
  type IpAddress,
  parseIpAddress,
  parseMacAddress,
  parseRouteDistinguisher,
  parseRouteTarget,
  type RouteDistinguisher,
} from "@selvedge/net";
import type { ExtendedCommunity } from "../../../src/wire/attribute/extended-community.ts";
import type { PathAttribute } from "../../../src/wire/attribute/path-attribute.ts";
import { ZERO_ESI } from "../../../src/wire/evpn/esi.ts";
import type { EvpnRoute } from "../../../src/wire/evpn/nlri.ts";
import type { Announcement } from "./reference-rib.ts";

/** The ESI that the routes below have where none is given. */
export const SEGMENT = "03:02:00:00:00:e5:20:00:00:03";
export const MAX_ETHERNET_TAG = 0xffffffff;

/** What differs from a plain route. */
export interface MacRouteOptions {
  /** Also makes the distinguisher, VTEP:100. */
  readonly vtep?: string;
  readonly targets?: readonly string[];
  readonly ethernetTag?: number;
  readonly label?: number;
  readonly encapsulation?: "vxlan" | "mpls";
  readonly communities?: readonly ExtendedCommunity[];
}

/** What differs from a route type 2 for a MAC alone. */
export interface MacOptions extends MacRouteOptions {
  readonly ip?: string;
  readonly esi?: string;
  readonly sequence?: number;
  readonly sticky?: boolean;
  readonly defaultGateway?: boolean;
  /** The second label. */
  readonly l3Label?: number;
}

const DEFAULT_VTEP = "192.0.2.11";

const vtepOf = ({ vtep = DEFAULT_VTEP }: MacRouteOptions): IpAddress => parseIpAddress(vtep);

/** The distinguisher of a router: of its IPv4 address, or one made from the last group of its IPv6 address. */
export function rdOf(options: MacRouteOptions, number = 100): RouteDistinguisher {
  const vtep = vtepOf(options);
  const administrator = vtep.includes(":") ? `10.6.6.${Number(`0x${vtep.at(-1)}`)}` : vtep;
  return parseRouteDistinguisher(`${administrator}:${number}`);
}

function announced(
  route: EvpnRoute,
  options: MacRouteOptions,
  more: { communities?: readonly ExtendedCommunity[]; attributes?: readonly PathAttribute[] } = {},
): Announcement {
  const { communities = [], encapsulation = "vxlan", targets = ["65000:100"] } = options;
  return {
    route,
    nextHop: vtepOf(options),
    attributes: [
      { kind: "origin", origin: "igp" },
      { kind: "as-path", segments: [] },
      { kind: "local-pref", value: 100 },
      {
        kind: "extended-communities",
        communities: [
          ...targets.map(
            (target) => ({ kind: "route-target", target: parseRouteTarget(target) }) as const,
          ),
          { kind: "encapsulation", tunnelType: encapsulation },
          ...(more.communities ?? []),
          ...communities,
        ],
      },
      ...(more.attributes ?? []),
    ],
  };
}

/** A route type 2. */
export function macIp(mac: string, options: MacOptions = {}): Announcement {
  const { esi = ZERO_ESI, ethernetTag = 0, ip, l3Label, label = 100 } = options;
  const { defaultGateway = false, sequence = 0, sticky = false } = options;
  const communities: ExtendedCommunity[] = [];
  if (sticky || sequence > 0) communities.push({ kind: "mac-mobility", sticky, sequence });
  if (defaultGateway) communities.push({ kind: "default-gateway" });
  return announced(
    {
      kind: "mac-ip",
      routeType: 2,
      rd: rdOf(options),
      esi,
      ethernetTag,
      mac: parseMacAddress(mac),
      ...(ip === undefined ? {} : { ip: parseIpAddress(ip) }),
      labels: l3Label === undefined ? [label] : [label, l3Label],
    },
    options,
    { communities },
  );
}

/** A route type 3 with ingress replication to `endpoint`, the VTEP when absent. */
export function multicast(
  options: MacRouteOptions & {
    readonly endpoint?: string;
    readonly tunnelType?: "ingress-replication" | "pim-ssm";
  } = {},
): Announcement {
  const { endpoint = vtepOf(options), ethernetTag = 0, label = 100 } = options;
  const { tunnelType = "ingress-replication" } = options;
  const end =
    tunnelType === "pim-ssm"
      ? { identifier: "c000020be8000001" }
      : { endpoint: parseIpAddress(endpoint) };
  return announced(
    {
      kind: "inclusive-multicast",
      routeType: 3,
      rd: rdOf(options),
      ethernetTag,
      originator: vtepOf(options),
    },
    options,
    { attributes: [{ kind: "pmsi-tunnel", tunnelFlags: 0, tunnelType, label, ...end }] },
  );
}

/** A route type 1 per EVPN instance. */
export function eadPerEvi(options: MacRouteOptions & { readonly esi?: string } = {}): Announcement {
  const { esi = SEGMENT, ethernetTag = 0, label = 100 } = options;
  return announced(
    { kind: "ethernet-auto-discovery", routeType: 1, rd: rdOf(options), esi, ethernetTag, label },
    options,
  );
}

/** A route type 1 per Ethernet segment. */
export function eadPerEs(
  options: MacRouteOptions & { readonly esi?: string; readonly singleActive?: boolean } = {},
): Announcement {
  const { esi = SEGMENT, singleActive = false } = options;
  return announced(
    {
      kind: "ethernet-auto-discovery",
      routeType: 1,
      rd: rdOf(options, 1),
      esi,
      ethernetTag: MAX_ETHERNET_TAG,
      label: 0,
    },
    options,
    { communities: [{ kind: "esi-label", singleActive, label: 0 }] },
  );
}
