/**
 * The requests that make the single objects of a VRF's namespace equal to what is wanted. Pure.
 *
 * Order: what remote routes need is put before them, and what they no longer need is removed after
 * them, in the opposite order, because the kernel silently removes the routes of a next-hop object
 * and the members of a group with it.
 *
 *     put:    addresses, aggregates, neighbours, FDB entries, next-hop objects, groups
 *             (remote routes)
 *     remove: groups, next-hop objects, FDB entries, neighbours, device addresses, aggregates
 */
import { type IpAddress, type IpPrefix, ipFamily, type MacAddress } from "@selvedge/net";
import type { RouteRequest } from "@selvedge/netlink";
import { hostLength } from "./host-address.ts";
import { ROUTE_METRIC, ROUTE_PROTOCOL } from "./ownership.ts";
import type { VrfDevices, VrfObjects } from "./vrf-objects.ts";

/** Requests to carry out before and after those for remote routes. */
export interface ObjectPlan {
  readonly put: readonly RouteRequest[];
  readonly remove: readonly RouteRequest[];
}

/** How far a plan may go. */
export interface ObjectPlanOptions {
  /** Router addresses of the VRF, which come first on `lo`. */
  readonly routerAddresses: readonly IpAddress[];
  /** Whether anything may be deleted: all that is wanted is known, and the kernel was read. */
  readonly mayRemove: boolean;
}

/** Nothing to do when `actual` equals `wanted`. Without a VXLAN device, what lives on it is left out. */
export function planObjects(
  wanted: VrfObjects,
  actual: VrfObjects,
  devices: VrfDevices,
  { routerAddresses, mayRemove }: ObjectPlanOptions,
): ObjectPlan {
  const put = planLoopback(wanted.addresses, actual.addresses, new Set(routerAddresses), {
    link: devices.loopback,
    mayRemove,
  });
  const remove: RouteRequest[] = [];
  for (const prefix of wanted.unreachable) {
    if (!actual.unreachable.has(prefix)) {
      put.push({ kind: "route.replace", ...aggregate(prefix), via: { kind: "unreachable" } });
    }
  }
  if (devices.vxlan !== undefined) {
    putOnDevice(wanted, actual, devices.vxlan, put);
    removeFromDevice(wanted, actual, devices.vxlan, remove);
  }
  for (const prefix of actual.unreachable) {
    if (!wanted.unreachable.has(prefix)) {
      remove.push({ kind: "route.delete", ...aggregate(prefix) });
    }
  }
  return { put, remove: mayRemove ? remove : [] };
}

/**
 * The kernel answers with the first suitable IPv4 address of `lo`, and new addresses go to the end.
 * So when a router address is missing or comes late, the others are taken away and added after it.
 */
function planLoopback(
  wanted: ReadonlySet<IpAddress>,
  actual: ReadonlySet<IpAddress>,
  routers: ReadonlySet<IpAddress>,
  { link, mayRemove }: { readonly link: number; readonly mayRemove: boolean },
): RouteRequest[] {
  const requests: RouteRequest[] = [];
  const present = new Set(actual);
  if (mayRemove) {
    const misplaced = misplacedAddresses(wanted, actual, routers);
    for (const address of actual) {
      if (!wanted.has(address) || misplaced.has(address)) {
        requests.push({ kind: "address.delete", link, ...hostAddress(address) });
        present.delete(address);
      }
    }
  }
  for (const address of wanted) {
    if (!present.has(address)) {
      requests.push({ kind: "address.replace", link, ...hostAddress(address), noDad: true });
    }
  }
  return requests;
}

/** IPv4 addresses of `lo` that stand before a router address that is wanted there. */
function misplacedAddresses(
  wanted: ReadonlySet<IpAddress>,
  actual: ReadonlySet<IpAddress>,
  routers: ReadonlySet<IpAddress>,
): Set<IpAddress> {
  const order = [...actual].filter((address) => ipFamily(address) === 4 && wanted.has(address));
  const wantedRouters = [...routers].filter(
    (address) => ipFamily(address) === 4 && wanted.has(address),
  );
  const last = wantedRouters.every((address) => actual.has(address))
    ? order.findLastIndex((address) => routers.has(address))
    : order.length;
  return new Set(order.slice(0, Math.max(last, 0)).filter((address) => !routers.has(address)));
}

function putOnDevice(
  wanted: VrfObjects,
  actual: VrfObjects,
  link: number,
  requests: RouteRequest[],
): void {
  for (const address of wanted.deviceAddresses) {
    if (!actual.deviceAddresses.has(address)) {
      requests.push({ kind: "address.replace", link, ...hostAddress(address), noDad: true });
    }
  }
  for (const [address, mac] of wanted.neighbours) {
    if (actual.neighbours.get(address) !== mac) {
      const state = "permanent";
      requests.push({
        kind: "neighbour.replace",
        link,
        address,
        mac,
        state,
        protocol: ROUTE_PROTOCOL,
      });
    }
  }
  for (const [mac, destination] of wanted.forwarding) {
    if (actual.forwarding.get(mac) !== destination) {
      requests.push({ kind: "fdb.replace", ...forwardingKey(link, mac), destination, ...MARK });
    }
  }
  for (const [id, address] of wanted.gateways) {
    if (actual.gateways.get(id) !== address) {
      const via = { kind: "gateway", address, link, onlink: true } as const;
      requests.push({ kind: "nexthop.replace", id, via, protocol: ROUTE_PROTOCOL });
    }
  }
  for (const [id, ids] of wanted.groups) {
    if (!isSameGroup(ids, actual.groups.get(id))) {
      const members = ids.map((member) => ({ id: member, weight: 1 }));
      const via = { kind: "group", members } as const;
      requests.push({ kind: "nexthop.replace", id, via, protocol: ROUTE_PROTOCOL });
    }
  }
}

function removeFromDevice(
  wanted: VrfObjects,
  actual: VrfObjects,
  link: number,
  requests: RouteRequest[],
): void {
  for (const id of [...actual.groups.keys(), ...actual.gateways.keys()]) {
    if (!wanted.groups.has(id) && !wanted.gateways.has(id)) {
      requests.push({ kind: "nexthop.delete", id });
    }
  }
  for (const mac of actual.forwarding.keys()) {
    if (!wanted.forwarding.has(mac)) {
      requests.push({ kind: "fdb.delete", ...forwardingKey(link, mac) });
    }
  }
  for (const address of actual.neighbours.keys()) {
    if (!wanted.neighbours.has(address)) {
      requests.push({ kind: "neighbour.delete", link, address });
    }
  }
  for (const address of actual.deviceAddresses) {
    if (!wanted.deviceAddresses.has(address)) {
      requests.push({ kind: "address.delete", link, ...hostAddress(address) });
    }
  }
}

const MARK = { state: "permanent", externLearn: true } as const;

function forwardingKey(
  link: number,
  mac: MacAddress,
): { readonly link: number; readonly mac: MacAddress; readonly table: "self" } {
  return { link, mac, table: "self" };
}

function aggregate(destination: IpPrefix): {
  readonly destination: IpPrefix;
  readonly protocol: number;
  readonly metric: number;
} {
  return { destination, protocol: ROUTE_PROTOCOL, metric: ROUTE_METRIC.aggregate };
}

function hostAddress(address: IpAddress): { readonly address: IpAddress; readonly length: number } {
  return { address, length: hostLength(address) };
}

function isSameGroup(wanted: readonly number[], actual: readonly number[] | undefined): boolean {
  return (
    actual !== undefined &&
    wanted.length === actual.length &&
    wanted.every((id, position) => id === actual[position])
  );
}
