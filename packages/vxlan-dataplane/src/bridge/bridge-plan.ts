/**
 * The requests that make the single objects of a bridge domain equal to what is wanted. Pure.
 *
 * Order: addresses first; a MAC is in the tables before a neighbour or a route leads to it, and stays
 * until none does.
 */
import { type IpPrefix, ipFamily } from "@selvedge/net";
import type { RouteRequest } from "@selvedge/netlink";
import type { InterfaceAddress } from "../host-address.ts";
import { ROUTE_METRIC, ROUTE_PROTOCOL } from "../ownership.ts";
import { ANY_MAC, type BridgeDevices, type BridgeObjects } from "./bridge-objects.ts";

/** Requests that put what is missing, and those that remove what is too much. */
export interface BridgePlan {
  readonly put: readonly RouteRequest[];
  readonly remove: readonly RouteRequest[];
}

/**
 * What is to be done about the addresses of the bridge, before the rest is planned: with the last IPv4
 * address of a device the kernel takes its IPv4 neighbours and routes. An IPv6 address is on a device
 * with one prefix length only, so that it goes before it comes with another.
 */
export function planAddresses(
  wanted: BridgeObjects,
  actual: BridgeObjects,
  { bridge: link }: BridgeDevices,
  mayRemove: boolean,
): RouteRequest[] {
  const present = [...actual.addresses.values()].map(({ address }) => address);
  const missing = [...wanted.addresses].flatMap(([key, one]) =>
    actual.addresses.has(key) ? [] : [one],
  );
  const isReplaced = ({ address }: InterfaceAddress): boolean =>
    ipFamily(address) === 6 && present.includes(address);
  const put = (one: InterfaceAddress): RouteRequest => ({
    kind: "address.replace",
    link,
    ...one,
    noDad: true,
  });
  const added = missing.filter((one) => !isReplaced(one)).map(put);
  if (!mayRemove) {
    return added;
  }
  const removed = [...actual.addresses].flatMap(([key, one]): RouteRequest[] =>
    wanted.addresses.has(key) ? [] : [{ kind: "address.delete", link, ...one }],
  );
  return [...added, ...removed, ...missing.filter(isReplaced).map(put)];
}

/** Nothing to do when `actual` equals `wanted`, addresses of the bridge excepted. */
export function planBridge(
  wanted: BridgeObjects,
  actual: BridgeObjects,
  devices: BridgeDevices,
): BridgePlan {
  return {
    put: [...puts(wanted, actual, devices)],
    remove: [...removals(wanted, actual, devices)],
  };
}

function* puts(
  wanted: BridgeObjects,
  actual: BridgeObjects,
  { bridge, vxlan }: BridgeDevices,
): Generator<RouteRequest> {
  for (const [mac, destination] of wanted.vteps) {
    if (actual.vteps.get(mac) !== destination) {
      yield { kind: "fdb.replace", link: vxlan, mac, table: "self", destination, ...PERMANENT };
    }
  }
  for (const destination of wanted.flood) {
    if (!actual.flood.has(destination)) {
      const entry = { link: vxlan, mac: ANY_MAC, table: "self", destination } as const;
      yield { kind: "fdb.append", ...entry, ...PERMANENT };
    }
  }
  for (const [mac, link] of wanted.ports) {
    if (actual.ports.get(mac) !== link) {
      yield {
        kind: "fdb.replace",
        link,
        mac,
        table: "master",
        state: "dynamic",
        externLearn: true,
      };
    }
  }
  for (const [address, mac] of wanted.neighbours) {
    if (actual.neighbours.get(address) !== mac) {
      const entry = { link: bridge, address, mac, state: "permanent" } as const;
      yield { kind: "neighbour.replace", ...entry, protocol: ROUTE_PROTOCOL };
    }
  }
  for (const prefix of wanted.routes) {
    if (!actual.routes.has(prefix)) {
      yield { kind: "route.replace", ...hostRoute(prefix, bridge) };
    }
  }
}

function* removals(
  wanted: BridgeObjects,
  actual: BridgeObjects,
  { bridge, vxlan }: BridgeDevices,
): Generator<RouteRequest> {
  for (const prefix of actual.routes) {
    if (!wanted.routes.has(prefix)) {
      yield { kind: "route.delete", ...hostRoute(prefix, bridge) };
    }
  }
  for (const address of actual.neighbours.keys()) {
    if (!wanted.neighbours.has(address)) {
      yield { kind: "neighbour.delete", link: bridge, address };
    }
  }
  for (const [mac, link] of actual.ports) {
    if (!wanted.ports.has(mac)) {
      yield { kind: "fdb.delete", link, mac, table: "master" };
    }
  }
  for (const mac of actual.vteps.keys()) {
    if (!wanted.vteps.has(mac)) {
      yield { kind: "fdb.delete", link: vxlan, mac, table: "self" };
    }
  }
  for (const destination of actual.flood) {
    if (!wanted.flood.has(destination)) {
      yield { kind: "fdb.delete", link: vxlan, mac: ANY_MAC, table: "self", destination };
    }
  }
}

const PERMANENT = { state: "permanent", externLearn: true } as const;

function hostRoute(
  destination: IpPrefix,
  index: number,
): {
  readonly destination: IpPrefix;
  readonly via: { readonly kind: "link"; readonly index: number };
  readonly protocol: number;
  readonly metric: number;
} {
  const via = { kind: "link", index } as const;
  return { destination, via, protocol: ROUTE_PROTOCOL, metric: ROUTE_METRIC.endpoint };
}
