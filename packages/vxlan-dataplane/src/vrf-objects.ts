/**
 * The single kernel objects of a VRF's namespace, that is all but its devices, its endpoints and its
 * remote routes: as they are wanted, and as a read-back found them. Pure.
 */
import { type IpAddress, type IpPrefix, ipFamily, type MacAddress } from "@selvedge/net";
import type { Address, FdbEntry, Neighbour, Nexthop, Route, RouteRequest } from "@selvedge/netlink";
import { isHostAddress } from "./host-address.ts";
import type { VrfIntent } from "./intent.ts";
import type { NextHopTable } from "./next-hops.ts";
import { nextHopGateway, ROUTE_METRIC, ROUTE_PROTOCOL, WORKLOAD_GATEWAY_V4 } from "./ownership.ts";
import { isReachable } from "./vtep-family.ts";

/** Objects of a VRF by their natural keys. Mutable: a carried-out request is folded in. */
export interface VrfObjects {
  /** Of `lo`, in the order in which the kernel has them, which decides about source addresses. */
  readonly addresses: Set<IpAddress>;
  /**
   * Of the VXLAN device: the IPv6 router addresses once more. For ICMPv6 errors the kernel prefers an
   * address of the outgoing device; of those on `lo` it would take the gateway nearest to the
   * destination, which all hosts have, and a traceroute would show the same router twice.
   */
  readonly deviceAddresses: Set<IpAddress>;
  readonly unreachable: Set<IpPrefix>;
  /** On the VXLAN device: gateways of next-hop objects to router MACs. */
  readonly neighbours: Map<IpAddress, MacAddress>;
  /** Of the VXLAN device: router MACs to VTEPs. */
  readonly forwarding: Map<MacAddress, IpAddress>;
  /** Next-hop objects on the VXLAN device: ids to gateways. */
  readonly gateways: Map<number, IpAddress>;
  /** Next-hop groups: ids to the ids of their members, sorted. */
  readonly groups: Map<number, readonly number[]>;
}

/** What was read from a VRF's namespace. */
export interface VrfReading {
  readonly addresses: readonly Address[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
  readonly nexthops: readonly Nexthop[];
  /** Of our protocol. */
  readonly routes: readonly Route[];
}

/** Interface indexes of a VRF's own devices. */
export interface VrfDevices {
  readonly loopback: number;
  /** Absent while there is none. */
  readonly vxlan: number | undefined;
}

/** Index of `lo`, the first device of every network namespace. */
export const LOOPBACK_INDEX = 1;

/** What a VRF with these next hops needs. */
export function wantedObjects(intent: VrfIntent, nextHops: NextHopTable): VrfObjects {
  const objects = emptyObjects();
  for (const address of intent.routerAddresses) {
    objects.addresses.add(address);
    if (ipFamily(address) === 6) {
      objects.deviceAddresses.add(address);
    }
  }
  objects.addresses.add(WORKLOAD_GATEWAY_V4);
  for (const address of intent.gateways) {
    objects.addresses.add(address);
  }
  for (const prefix of intent.aggregates) {
    objects.unreachable.add(prefix);
  }
  // Of two VTEPs with one router MAC the one with the lower id gets the FDB entry.
  for (const { id, vtep, routerMac } of [...nextHops.vteps()].sort((a, b) => a.id - b.id)) {
    const gateway = nextHopGateway(id);
    objects.gateways.set(id, gateway);
    // Without a neighbour, what is sent there is answered with ICMP unreachable, and not lost in silence.
    if (!isReachable(intent.vtep, vtep)) {
      continue;
    }
    objects.neighbours.set(gateway, routerMac);
    if (!objects.forwarding.has(routerMac)) {
      objects.forwarding.set(routerMac, vtep);
    }
  }
  for (const { id, members } of nextHops.groups()) {
    const reachable = members.filter(({ vtep }) => isReachable(intent.vtep, vtep));
    const used = reachable.length === 0 ? members : reachable;
    objects.groups.set(
      id,
      used.map((member) => member.id),
    );
  }
  return objects;
}

/** What a read-back found of ours; an object with wrong properties counts as absent. */
export function readObjects(reading: VrfReading, devices: VrfDevices): VrfObjects {
  const objects = emptyObjects();
  for (const { link, address, length, scope } of reading.addresses) {
    const isOurs = scope === "universe" && isHostAddress(address, length);
    if (isOurs && link === devices.loopback) {
      objects.addresses.add(address);
    } else if (isOurs && link === devices.vxlan) {
      objects.deviceAddresses.add(address);
    }
  }
  for (const { via, destination, protocol, metric } of reading.routes) {
    if (
      protocol === ROUTE_PROTOCOL &&
      via.kind === "unreachable" &&
      metric === ROUTE_METRIC.aggregate
    ) {
      objects.unreachable.add(destination);
    }
  }
  for (const { link, address, mac, state, protocol } of reading.neighbours) {
    const isOurs = link === devices.vxlan && protocol === ROUTE_PROTOCOL;
    if (isOurs && mac !== undefined && state === "permanent") {
      objects.neighbours.set(address, mac);
    }
  }
  for (const { link, mac, destination, table, state, externLearn } of reading.fdb) {
    const isOurs =
      link === devices.vxlan && table === "self" && externLearn && state === "permanent";
    if (isOurs && destination !== undefined) {
      objects.forwarding.set(mac, destination);
    }
  }
  readNexthops(reading.nexthops, devices, objects);
  return objects;
}

/** Records in `objects` what a request has done that the kernel accepted. */
export function foldRequest(objects: VrfObjects, request: RouteRequest): void {
  switch (request.kind) {
    case "address.replace":
      addressesOf(objects, request.link).add(request.address);
      break;
    case "address.delete":
      addressesOf(objects, request.link).delete(request.address);
      break;
    case "route.replace":
      objects.unreachable.add(request.destination);
      break;
    case "route.delete":
      objects.unreachable.delete(request.destination);
      break;
    case "neighbour.replace":
      objects.neighbours.set(request.address, request.mac);
      break;
    case "neighbour.delete":
      objects.neighbours.delete(request.address);
      break;
    case "fdb.replace":
      if (request.destination !== undefined) {
        objects.forwarding.set(request.mac, request.destination);
      }
      break;
    case "fdb.delete":
      objects.forwarding.delete(request.mac);
      break;
    case "nexthop.replace":
      foldNexthop(objects, request.id, request.via);
      break;
    case "nexthop.delete":
      objects.gateways.delete(request.id);
      objects.groups.delete(request.id);
      break;
    default:
      break;
  }
}

function readNexthops(
  nexthops: readonly Nexthop[],
  devices: VrfDevices,
  objects: VrfObjects,
): void {
  for (const { id, via, protocol } of nexthops) {
    const isElsewhere = via.kind === "gateway" && via.link !== devices.vxlan;
    if (protocol === ROUTE_PROTOCOL && !isElsewhere) {
      foldNexthop(objects, id, via);
    }
  }
}

function foldNexthop(objects: VrfObjects, id: number, via: Nexthop["via"]): void {
  if (via.kind === "gateway") {
    objects.gateways.set(id, via.address);
  } else if (via.kind === "group") {
    const members = via.members.map((member) => member.id);
    objects.groups.set(
      id,
      members.sort((a, b) => a - b),
    );
  }
}

function addressesOf(objects: VrfObjects, link: number): Set<IpAddress> {
  return link === LOOPBACK_INDEX ? objects.addresses : objects.deviceAddresses;
}

function emptyObjects(): VrfObjects {
  return {
    addresses: new Set(),
    deviceAddresses: new Set(),
    unreachable: new Set(),
    neighbours: new Map(),
    forwarding: new Map(),
    gateways: new Map(),
    groups: new Map(),
  };
}
