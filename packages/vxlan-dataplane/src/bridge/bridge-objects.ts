/**
 * The single kernel objects of a bridge domain, that is all but its devices and ports: as they are
 * wanted, and as a read-back found them. Pure.
 *
 *     on the bridge          gateway addresses; for each IP address in the domain a neighbour with its MAC;
 *                            for each of an endpoint of this host a host route, which wins over one to
 *                            another host that has not gone yet
 *     in the bridge's table  for each MAC its port: that of an endpoint, or the VXLAN device
 *     on the VXLAN device    for each remote MAC its VTEP; for the all-zero MAC those that get copies
 *                            of what is flooded
 *
 * So a station is reachable before it has sent anything, and the bridge answers ARP and ND for those on
 * other hosts itself (neigh_suppress looks into the bridge's neighbours and its table).
 */
import {
  hostPrefix,
  type IpAddress,
  type IpPrefix,
  ipFamily,
  type MacAddress,
  parseMacAddress,
  prefixContains,
  prefixFamily,
  prefixLength,
} from "@selvedge/net";
import type { Address, FdbEntry, Neighbour, Route, RouteRequest } from "@selvedge/netlink";
import { addressKey, hostLength, type InterfaceAddress } from "../host-address.ts";
import type { BridgeDomainIntent } from "../intent.ts";
import { GATEWAY_MAC, ROUTE_METRIC, ROUTE_PROTOCOL } from "../ownership.ts";
import { isReachable } from "../vtep-family.ts";
import type { RemoteStations } from "./remote-stations.ts";

/** Objects of a bridge domain by their natural keys. Mutable: a carried-out request is folded in. */
export interface BridgeObjects {
  /** Of the bridge, by address and prefix length. */
  readonly addresses: Map<string, InterfaceAddress>;
  /** On the bridge. */
  readonly neighbours: Map<IpAddress, MacAddress>;
  /** Host routes through the bridge. */
  readonly routes: Set<IpPrefix>;
  /** In the table of the bridge: interface indexes of ports. */
  readonly ports: Map<MacAddress, number>;
  /** In the table of the VXLAN device. */
  readonly vteps: Map<MacAddress, IpAddress>;
  /** VTEPs of the all-zero MAC. */
  readonly flood: Set<IpAddress>;
}

/** Interface indexes of the devices of a bridge domain. */
export interface BridgeDevices {
  readonly bridge: number;
  readonly vxlan: number;
}

/** An endpoint of this host in a bridge domain. */
export interface LocalStation {
  /** Interface index of its host end. */
  readonly port: number;
  readonly mac: MacAddress;
  readonly addresses: readonly IpAddress[];
}

/** What was read from a VRF's namespace. */
export interface BridgeReading {
  readonly addresses: readonly Address[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
  /** Of our protocol. */
  readonly routes: readonly Route[];
  /** Indexes of the ports of the bridge. */
  readonly ports: ReadonlySet<number>;
}

/** The key of what is flooded in the table of a VXLAN device. */
export const ANY_MAC: MacAddress = parseMacAddress("00:00:00:00:00:00");

/**
 * What a bridge domain with these stations needs. A MAC or an IP address that is here is not elsewhere; of
 * several endpoints with one MAC the first gets its frames. At a VTEP that cannot be reached from `vtep`, this
 * host's, nothing is known of anything.
 */
export function wantedBridgeObjects(
  domain: BridgeDomainIntent,
  local: readonly LocalStation[],
  remote: RemoteStations,
  { vxlan }: BridgeDevices,
  vtep: IpAddress,
): BridgeObjects {
  const objects = emptyBridgeObjects();
  for (const address of domain.gateways) {
    recordAddress(objects, { address, length: lengthIn(domain, address) });
  }
  const own = new Set(domain.gateways);
  for (const { port, mac, addresses } of local) {
    if (!objects.ports.has(mac)) {
      objects.ports.set(mac, port);
    }
    for (const address of addresses) {
      objects.neighbours.set(address, mac);
      objects.routes.add(hostPrefix(address));
    }
  }
  for (const [mac, place] of remote.macs) {
    // Who has the same anycast gateway may announce it; here it is here.
    if (!objects.ports.has(mac) && mac !== GATEWAY_MAC && isReachable(vtep, place)) {
      objects.ports.set(mac, vxlan);
      objects.vteps.set(mac, place);
    }
  }
  for (const [address, mac] of remote.neighbours) {
    if (!objects.neighbours.has(address) && !own.has(address)) {
      objects.neighbours.set(address, mac);
    }
  }
  if (domain.flooding === "head-end-replication") {
    for (const other of remote.floodVteps) {
      if (isReachable(vtep, other)) {
        objects.flood.add(other);
      }
    }
  }
  return objects;
}

/**
 * What a read-back found of ours; an object with wrong properties counts as absent. A bridge without its
 * VXLAN device has its own objects still.
 */
export function readBridgeObjects(
  reading: BridgeReading,
  { bridge, vxlan }: { readonly bridge: number; readonly vxlan: number | undefined },
): BridgeObjects {
  const objects = emptyBridgeObjects();
  for (const { link, address, length, scope } of reading.addresses) {
    if (link === bridge && scope === "universe") {
      recordAddress(objects, { address, length });
    }
  }
  for (const { link, address, mac, state, protocol } of reading.neighbours) {
    const isOurs = link === bridge && protocol === ROUTE_PROTOCOL;
    if (isOurs && mac !== undefined && state === "permanent") {
      objects.neighbours.set(address, mac);
    }
  }
  for (const { via, destination, protocol, metric } of reading.routes) {
    const isOurs = protocol === ROUTE_PROTOCOL && metric === ROUTE_METRIC.endpoint;
    if (isOurs && via.kind === "link" && via.index === bridge) {
      objects.routes.add(destination);
    }
  }
  for (const { link, mac, destination, table, state, externLearn } of reading.fdb) {
    if (!externLearn) {
      continue;
    }
    if (table === "master" && reading.ports.has(link)) {
      objects.ports.set(mac, link);
    } else if (link === vxlan && state === "permanent" && destination !== undefined) {
      recordVtep(objects, mac, destination);
    }
  }
  return objects;
}

/** Records in `objects` what a request has done that the kernel accepted. */
export function foldBridgeRequest(objects: BridgeObjects, request: RouteRequest): void {
  switch (request.kind) {
    case "address.replace":
      recordAddress(objects, request);
      break;
    case "address.delete":
      objects.addresses.delete(addressKey(request));
      if (ipFamily(request.address) === 4) {
        forgetWithoutAddress(objects);
      }
      break;
    case "neighbour.replace":
      objects.neighbours.set(request.address, request.mac);
      break;
    case "neighbour.delete":
      objects.neighbours.delete(request.address);
      break;
    case "route.replace":
      objects.routes.add(request.destination);
      break;
    case "route.delete":
      objects.routes.delete(request.destination);
      break;
    case "fdb.replace":
    case "fdb.append":
      if (request.table === "master") {
        objects.ports.set(request.mac, request.link);
      } else if (request.destination !== undefined) {
        recordVtep(objects, request.mac, request.destination);
      }
      break;
    case "fdb.delete":
      if (request.table === "master") {
        objects.ports.delete(request.mac);
      } else if (request.mac === ANY_MAC && request.destination !== undefined) {
        objects.flood.delete(request.destination);
      } else {
        objects.vteps.delete(request.mac);
      }
      break;
    default:
      break;
  }
}

/** A bridge forgets the MACs behind a port that leaves it: those of host ends that are its ports stay. */
export function forgetPorts(
  { ports }: BridgeObjects,
  { bridge, vxlan }: BridgeDevices,
  hosts: Iterable<{ readonly index: number; readonly master: number | undefined }>,
): void {
  const members = new Set([vxlan]);
  for (const { index, master } of hosts) {
    if (master === bridge) {
      members.add(index);
    }
  }
  for (const [mac, port] of ports) {
    if (!members.has(port)) {
      ports.delete(mac);
    }
  }
}

/** None. */
export function emptyBridgeObjects(): BridgeObjects {
  return {
    addresses: new Map(),
    neighbours: new Map(),
    routes: new Set(),
    ports: new Map(),
    vteps: new Map(),
    flood: new Set(),
  };
}

/** The length of the prefix of a bridge domain that an address is in; of a host prefix when it is in none. */
export function lengthIn({ prefixes }: BridgeDomainIntent, address: IpAddress): number {
  const prefix = prefixes.find((candidate) => prefixContains(candidate, address));
  return prefix === undefined ? hostLength(address) : prefixLength(prefix);
}

/** With the last IPv4 address of a device the kernel takes its IPv4 neighbours and routes. */
function forgetWithoutAddress({ addresses, neighbours, routes }: BridgeObjects): void {
  if ([...addresses.values()].some(({ address }) => ipFamily(address) === 4)) {
    return;
  }
  for (const address of neighbours.keys()) {
    if (ipFamily(address) === 4) {
      neighbours.delete(address);
    }
  }
  for (const prefix of routes) {
    if (prefixFamily(prefix) === 4) {
      routes.delete(prefix);
    }
  }
}

function recordAddress(objects: BridgeObjects, { address, length }: InterfaceAddress): void {
  objects.addresses.set(addressKey({ address, length }), { address, length });
}

function recordVtep(objects: BridgeObjects, mac: MacAddress, vtep: IpAddress): void {
  if (mac === ANY_MAC) {
    objects.flood.add(vtep);
  } else {
    objects.vteps.set(mac, vtep);
  }
}
