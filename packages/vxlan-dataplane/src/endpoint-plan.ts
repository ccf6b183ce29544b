/**
 * What one endpoint needs at both ends of its veth pair, and the requests that bring it about. Pure.
 *
 *     VRF's namespace                                 workload's namespace
 *     c1f09a33b2c1d  ee:ee:ee:ee:ee:ee  fe80::1/64 ---- eth0  A4/32  A6/128
 *     A4/32 dev c1f09a33b2c1d                           169.254.1.1 dev eth0, default via 169.254.1.1
 *     A6/128 dev c1f09a33b2c1d                          default via fe80::1 dev eth0
 *
 * In a bridge domain the host end is a port, and the workload sees the subnet:
 *
 *     c1f09a33b2c1d  port of br6001 -------------------- eth0  A4/24  A6/64
 *                                                       default via the subnet's gateways
 */
import {
  hostPrefix,
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  ipFamily,
  type MacAddress,
  parseIpPrefix,
} from "@selvedge/net";
import type {
  Address,
  AddressRequest,
  Link,
  Route,
  RouteReplaceRequest,
  RouteRequest,
  RouteVia,
} from "@selvedge/netlink";
import { lengthIn } from "./bridge/bridge-objects.ts";
import type { BridgeSite } from "./bridge/bridge-port.ts";
import { linkChanges } from "./device-plan.ts";
import { addressKey, hostLength, type InterfaceAddress } from "./host-address.ts";
import type { EndpointIntent } from "./intent.ts";
import {
  endpointAlias,
  endpointMac,
  GATEWAY_MAC,
  hostInterfaceName,
  ROUTE_METRIC,
  ROUTE_PROTOCOL,
  WORKLOAD_GATEWAY_V4,
  WORKLOAD_GATEWAY_V6,
} from "./ownership.ts";

/** What an endpoint needs. */
export interface WantedEndpoint {
  readonly hostName: string;
  readonly alias: string;
  /** Of the workload end. */
  readonly mac: MacAddress;
  /** Octets, of both ends. */
  readonly mtu: number;
  /** Name of the workload end. */
  readonly interfaceName: string;
  readonly addresses: readonly IpAddress[];
  /** The bridge domain that it is a port of; absent when it is routed. */
  readonly bridge: BridgeSite | undefined;
}

/** The host end of an endpoint, as the kernel has it. Mutable: a carried-out request is folded in. */
export interface HostEnd {
  readonly index: number;
  /** Index of the workload end in its namespace. */
  readonly peer: number | undefined;
  up: boolean;
  mtu: number;
  mac: MacAddress | undefined;
  alias: string | undefined;
  /** Index of the bridge that it is a port of. */
  master: number | undefined;
  /** Whether it learns MACs as a port. */
  learning: boolean;
  /** Whether it has fe80::1. */
  hasGateway: boolean;
  /** Host routes of ours through it. */
  readonly routes: Set<IpPrefix>;
}

/** What is found under the name of the workload end. */
export type WorkloadVerdict =
  | { readonly kind: "wired"; readonly link: Link }
  | { readonly kind: "absent" }
  /** Another device has the name. */
  | { readonly kind: "taken"; readonly link: Link };

/** What was read from a workload's namespace. */
export interface WorkloadReading {
  readonly link: Link;
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
}

/** Requests for a workload's namespace, and the routes there that somebody else has. */
export interface WorkloadPlan {
  readonly requests: readonly RouteRequest[];
  readonly takenRoutes: readonly IpPrefix[];
}

const DEFAULT_V4 = parseIpPrefix("0.0.0.0/0");
const DEFAULT_V6 = parseIpPrefix("::/0");

/** The kernel's own default metrics, which other tools use for their default routes as well. */
const WORKLOAD_METRIC = { v4: 0, v6: 1024 } as const;

/** `addresses` are those of the intent that no other endpoint of the VRF has. */
export function wantedEndpoint(
  intent: EndpointIntent,
  addresses: readonly IpAddress[],
  mtu: number,
  bridge: BridgeSite | undefined,
): WantedEndpoint {
  return {
    hostName: hostInterfaceName(intent.name),
    alias: endpointAlias(intent.name),
    mac: intent.mac ?? endpointMac(intent.name),
    mtu,
    interfaceName: intent.workload.interface,
    addresses,
    bridge,
  };
}

/** Finds the workload end. Indexes repeat between namespaces, so alias or MAC address must agree too. */
export function judgeWorkload(
  wanted: WantedEndpoint,
  host: HostEnd | undefined,
  links: readonly Link[],
): WorkloadVerdict {
  const link = links.find(({ name }) => name === wanted.interfaceName);
  if (link === undefined) {
    return { kind: "absent" };
  }
  const isPeer =
    host !== undefined &&
    link.detail.kind === "veth" &&
    link.peer === host.index &&
    host.peer === link.index &&
    (link.alias === wanted.alias || link.mac === wanted.mac);
  return { kind: isPeer ? "wired" : "taken", link };
}

/** Requests for the host end, additions only. Nothing when it is as wanted. */
export function planHostEnd(wanted: WantedEndpoint, host: HostEnd): RouteRequest[] {
  const { alias, mtu, bridge } = wanted;
  const { index } = host;
  const requests: RouteRequest[] = [];
  if (host.master !== bridge?.index) {
    requests.push({ kind: "link.set", index, master: bridge?.index ?? 0 });
  }
  if (bridge !== undefined && (host.master !== bridge.index || host.learning)) {
    // Where a MAC is, the datastore says; a frame with another's would move it.
    requests.push({ kind: "link.set", index, bridgePort: { learning: false } });
  }
  const changes = linkChanges(host, { alias, mtu, mac: GATEWAY_MAC });
  if (changes !== undefined) {
    requests.push(changes);
  }
  if (bridge !== undefined) {
    return requests;
  }
  if (!host.hasGateway) {
    const address = WORKLOAD_GATEWAY_V6;
    requests.push({ kind: "address.replace", link: index, address, length: 64, noDad: true });
  }
  for (const address of wanted.addresses) {
    const destination = hostPrefix(address);
    if (!host.routes.has(destination)) {
      requests.push({
        kind: "route.replace",
        destination,
        via: { kind: "link", index: host.index },
        ...HOST_ROUTE,
      });
    }
  }
  return requests;
}

/** The request that takes the gateway's address from the host end, which has none in a bridge domain. */
export function removeGateway({ bridge }: WantedEndpoint, host: HostEnd): RouteRequest[] {
  const gateway = { link: host.index, address: WORKLOAD_GATEWAY_V6, length: 64 };
  return bridge !== undefined && host.hasGateway ? [{ kind: "address.delete", ...gateway }] : [];
}

/** Host routes of addresses that the endpoint no longer has. In a bridge domain none go through its host end. */
export function staleHostRoutes({ addresses, bridge }: WantedEndpoint, host: HostEnd): IpPrefix[] {
  const prefixes = new Set(bridge === undefined ? addresses.map(hostPrefix) : []);
  return [...host.routes].filter((prefix) => !prefixes.has(prefix));
}

/** The request that removes a host route. */
export function removeHostRoute(destination: IpPrefix, host: HostEnd): RouteRequest {
  return {
    kind: "route.delete",
    destination,
    via: { kind: "link", index: host.index },
    ...HOST_ROUTE,
  };
}

/** Records in `host` what a request has done that the kernel accepted. */
export function foldHostEnd(host: HostEnd, request: RouteRequest): void {
  switch (request.kind) {
    case "link.set":
      host.up = request.up ?? host.up;
      host.mtu = request.mtu ?? host.mtu;
      host.mac = request.mac ?? host.mac;
      host.alias = request.alias ?? host.alias;
      if (request.master !== undefined) {
        host.master = request.master === 0 ? undefined : request.master;
      }
      host.learning = request.bridgePort?.learning ?? host.learning;
      break;
    case "address.replace":
      host.hasGateway = true;
      break;
    case "address.delete":
      host.hasGateway = false;
      break;
    case "route.replace":
      host.routes.add(request.destination);
      break;
    case "route.delete":
      host.routes.delete(request.destination);
      break;
    default:
      break;
  }
}

/**
 * Requests that take addresses away from a workload: those that it was given and is not to have.
 * Whatever else the workload has added stays.
 */
export function planRelease(
  wanted: WantedEndpoint,
  { link, addresses }: Pick<WorkloadReading, "link" | "addresses">,
): AddressRequest[] {
  const kept = new Set(
    wanted.addresses.map((address) => addressKey(interfaceAddress(wanted, address))),
  );
  return addresses
    .filter((one) => one.link === link.index && one.protocol === ROUTE_PROTOCOL)
    .filter((one) => !kept.has(addressKey(one)))
    .map(({ address, length }) => ({ kind: "address.delete", link: link.index, address, length }));
}

/** Requests for the workload's namespace. With `mayRemove`, routes of ours go that are not wanted. */
export function planWorkload(
  wanted: WantedEndpoint,
  { link, addresses, routes }: WorkloadReading,
  mayRemove: boolean,
): WorkloadPlan {
  const requests: RouteRequest[] = [];
  const { alias, mac, mtu } = wanted;
  const changes = linkChanges(link, { alias, mac, mtu });
  if (changes !== undefined) {
    requests.push(changes);
  }
  const present = addressesOf(link, addresses);
  for (const one of wanted.addresses.map((address) => interfaceAddress(wanted, address))) {
    if (!present.has(addressKey(one))) {
      const marks = { noDad: true, protocol: ROUTE_PROTOCOL };
      requests.push({ kind: "address.replace", link: link.index, ...one, ...marks });
    }
  }
  const wantedRoutes = workloadRoutes(wanted, link.index);
  for (const route of mayRemove ? routes : []) {
    const { destination, protocol, metric } = route;
    const isWanted = wantedRoutes.some((other) => other.destination === destination);
    if (isOnLink(route, link.index) && !isWanted) {
      requests.push({ kind: "route.delete", destination, protocol, metric });
    }
  }
  const takenRoutes: IpPrefix[] = [];
  for (const route of wantedRoutes) {
    const existing = routes.find(
      ({ destination, metric }) => destination === route.destination && metric === route.metric,
    );
    if (existing !== undefined && !isOnLink(existing, link.index)) {
      takenRoutes.push(route.destination);
    } else if (existing === undefined || !isSameVia(existing.via, route.via)) {
      requests.push(route);
    }
  }
  return { requests, takenRoutes };
}

/** An address of an endpoint as its workload has it. */
function interfaceAddress({ bridge }: WantedEndpoint, address: IpAddress): InterfaceAddress {
  const length = bridge === undefined ? hostLength(address) : lengthIn(bridge.domain, address);
  return { address, length };
}

function addressesOf(link: Link, addresses: readonly Address[]): Set<string> {
  return new Set(addresses.filter((one) => one.link === link.index).map(addressKey));
}

const HOST_ROUTE = { protocol: ROUTE_PROTOCOL, metric: ROUTE_METRIC.endpoint } as const;

function workloadRoutes(
  { addresses, bridge }: WantedEndpoint,
  link: number,
): RouteReplaceRequest[] {
  const routes: RouteReplaceRequest[] = [];
  const add = (destination: IpPrefix, via: RouteVia, metric: number): void => {
    routes.push({ kind: "route.replace", destination, via, protocol: ROUTE_PROTOCOL, metric });
  };
  const has = (family: IpFamily): boolean =>
    addresses.some((address) => ipFamily(address) === family);
  const gatewayIn = (family: IpFamily): IpAddress | undefined =>
    bridge?.domain.gateways.find((address) => ipFamily(address) === family);
  const v4 = bridge === undefined ? WORKLOAD_GATEWAY_V4 : gatewayIn(4);
  const v6 = bridge === undefined ? WORKLOAD_GATEWAY_V6 : gatewayIn(6);
  if (has(4) && v4 !== undefined) {
    if (bridge === undefined) {
      add(hostPrefix(v4), { kind: "link", index: link }, WORKLOAD_METRIC.v4);
    }
    add(DEFAULT_V4, { kind: "gateway", address: v4, link, onlink: false }, WORKLOAD_METRIC.v4);
  }
  if (has(6) && v6 !== undefined) {
    add(DEFAULT_V6, { kind: "gateway", address: v6, link, onlink: false }, WORKLOAD_METRIC.v6);
  }
  return routes;
}

/** Whether a route of a workload is ours, and this endpoint's. */
function isOnLink({ via, protocol }: Route, link: number): boolean {
  return (
    protocol === ROUTE_PROTOCOL &&
    ((via.kind === "link" && via.index === link) || (via.kind === "gateway" && via.link === link))
  );
}

function isSameVia(actual: Route["via"], wanted: RouteVia): boolean {
  if (actual.kind === "gateway" && wanted.kind === "gateway") {
    return actual.address === wanted.address && actual.link === wanted.link;
  }
  return actual.kind === "link" && wanted.kind === "link" && actual.index === wanted.index;
}
