/**
 * What is known of a VRF's namespace: a read-back, kept up to date with what was written since.
 */
import type { Address, Link, Route } from "@selvedge/netlink";
import { type BridgeState, readBridges } from "./bridge/bridge-state.ts";
import type { HostEnd } from "./endpoint-plan.ts";
import type { VrfIntent } from "./intent.ts";
import type { KernelNamespace } from "./kernel.ts";
import {
  isOurHostInterface,
  isOurVxlan,
  ROUTE_METRIC,
  ROUTE_PROTOCOL,
  vxlanName,
  WORKLOAD_GATEWAY_V6,
} from "./ownership.ts";
import { VRF_SYSCTLS } from "./sysctls.ts";
import { LOOPBACK_INDEX, readObjects, type VrfDevices, type VrfObjects } from "./vrf-objects.ts";

/** What is known of a VRF's namespace, its remote routes excepted. Mutable. */
export interface VrfState {
  loopback: Link | undefined;
  /** The device that has the name of the VXLAN device, whatever it is. */
  vxlan: Link | undefined;
  /** Indexes of VXLAN devices of ours that the VRF is not to have. */
  staleVxlans: readonly number[];
  /** The bridge domains that are wanted, by name. */
  readonly bridges: ReadonlyMap<string, BridgeState>;
  /** Indexes of devices of ours of bridge domains that are not wanted. */
  readonly staleBridgeDevices: readonly number[];
  objects: VrfObjects;
  /** Host ends of endpoints by device name. */
  readonly hosts: Map<string, HostEnd>;
  /** Values of `VRF_SYSCTLS` by path. */
  readonly sysctls: Map<string, string>;
}

/** A read-back of a VRF's namespace. */
export interface VrfReadBack {
  readonly state: VrfState;
  /** Our routes, the remote ones among them. */
  readonly routes: readonly Route[];
}

/** Reads everything of ours. Throws NetlinkError. */
export function readVrf(namespace: KernelNamespace, intent: VrfIntent): VrfReadBack {
  const links = namespace.links();
  const addresses = namespace.addresses();
  const routes = namespace.routes({ protocol: ROUTE_PROTOCOL });
  const neighbours = namespace.neighbours();
  const fdb = namespace.fdb();
  const nexthops = namespace.nexthops();
  const own = vxlanName(intent.l3vni);
  const vxlan = links.find(({ name }) => name === own);
  const objects = readObjects({ addresses, neighbours, fdb, nexthops, routes }, devicesOf(vxlan));
  const { bridges, stale } = readBridges(intent.bridgeDomains ?? [], {
    links,
    addresses,
    neighbours,
    fdb,
    routes,
  });
  const subnetVxlans = new Set([...bridges.values()].map((bridge) => bridge.vxlan));
  const sysctls = new Map<string, string>();
  for (const [path] of VRF_SYSCTLS) {
    sysctls.set(path, namespace.getSysctl(path));
  }
  const state: VrfState = {
    loopback: links.find(({ index }) => index === LOOPBACK_INDEX),
    vxlan,
    staleVxlans: links
      .filter((link) => isOurVxlan(link) && link !== vxlan && !subnetVxlans.has(link))
      .map(({ index }) => index),
    bridges,
    staleBridgeDevices: stale,
    objects,
    hosts: readHostEnds(links, addresses, routes),
    sysctls,
  };
  return { state, routes };
}

/** Interface indexes of a VRF's devices; `vxlan` is whatever has the VXLAN device's name. */
export function devicesOf(vxlan: Link | undefined): VrfDevices {
  const isOurs = vxlan !== undefined && isOurVxlan(vxlan);
  return { loopback: LOOPBACK_INDEX, vxlan: isOurs ? vxlan.index : undefined };
}

/** Index of the VXLAN device. */
export function vxlanIndex(state: VrfState): number | undefined {
  return devicesOf(state.vxlan).vxlan;
}

/** Remote routes among ours: prefix and id of the next-hop object. */
export function* remoteRoutes(
  routes: readonly Route[],
): Generator<readonly [prefix: Route["destination"], nexthop: number]> {
  for (const { destination, via, metric } of routes) {
    if (via.kind === "nexthop" && metric === ROUTE_METRIC.remote) {
      yield [destination, via.id];
    }
  }
}

function readHostEnds(
  links: readonly Link[],
  addresses: readonly Address[],
  routes: readonly Route[],
): Map<string, HostEnd> {
  const byName = new Map<string, HostEnd>();
  const byIndex = new Map<number, HostEnd>();
  for (const link of links) {
    if (isOurHostInterface(link)) {
      const { index, peer, up, mtu, mac, alias, master, bridgePort } = link;
      const routes = new Set<Route["destination"]>();
      const host: HostEnd = {
        ...{ index, peer, up, mtu, mac, alias, master },
        learning: bridgePort?.learning === true,
        hasGateway: false,
        routes,
      };
      byName.set(link.name, host);
      byIndex.set(index, host);
    }
  }
  for (const { link, address } of addresses) {
    const host = byIndex.get(link);
    if (host !== undefined && address === WORKLOAD_GATEWAY_V6) {
      host.hasGateway = true;
    }
  }
  for (const { destination, via, metric } of routes) {
    if (via.kind === "link" && metric === ROUTE_METRIC.endpoint) {
      byIndex.get(via.index)?.routes.add(destination);
    }
  }
  return byName;
}
