/**
 * What is known of the bridge domains in a VRF's namespace: a read-back, kept up to date with what was
 * written since.
 */
import type { Link } from "@selvedge/netlink";
import type { BridgeDomainIntent } from "../intent.ts";
import { bridgeName, isOurBridge, isOurSubnetVxlan, isOurVxlan, vxlanName } from "../ownership.ts";
import {
  type BridgeDevices,
  type BridgeObjects,
  type BridgeReading,
  emptyBridgeObjects,
  readBridgeObjects,
} from "./bridge-objects.ts";

/** What is known of one bridge domain. Mutable. */
export interface BridgeState {
  /** The device that has the name of the bridge, whatever it is. */
  bridge: Link | undefined;
  /** The device that has the name of the VXLAN device, whatever it is. */
  vxlan: Link | undefined;
  objects: BridgeObjects;
}

/** What was read of all bridge domains of a VRF. */
export interface BridgesReadBack {
  /** Those that are wanted, by name. */
  readonly bridges: ReadonlyMap<string, BridgeState>;
  /** Indexes of devices of ours of other ones. */
  readonly stale: readonly number[];
}

/** Finds the bridge domains that are wanted in what was read, and what is ours beyond. */
export function readBridges(
  wanted: readonly BridgeDomainIntent[],
  reading: Omit<BridgeReading, "ports"> & { readonly links: readonly Link[] },
): BridgesReadBack {
  const { links } = reading;
  const bridges = new Map<string, BridgeState>();
  const known = new Set<Link>();
  for (const { name, l2vni } of wanted) {
    const bridge = links.find((link) => link.name === bridgeName(l2vni));
    const vxlan = links.find((link) => link.name === vxlanName(l2vni));
    const state: BridgeState = { bridge, vxlan, objects: emptyBridgeObjects() };
    if (bridge !== undefined && isOurBridge(bridge)) {
      const members = links.filter(({ master }) => master === bridge.index);
      const ports = new Set(members.map(({ index }) => index));
      const devices = { bridge: bridge.index, vxlan: bridgeDevices(state)?.vxlan };
      state.objects = readBridgeObjects({ ...reading, ports }, devices);
    }
    bridges.set(name, state);
    for (const link of [bridge, vxlan]) {
      if (link !== undefined) {
        known.add(link);
      }
    }
  }
  const stale = links
    .filter((link) => (isOurBridge(link) || isOurSubnetVxlan(link)) && !known.has(link))
    .map(({ index }) => index);
  return { bridges, stale };
}

/** The devices of a bridge domain, once it has both. */
export function bridgeDevices({ bridge, vxlan }: BridgeState): BridgeDevices | undefined {
  const isComplete =
    bridge !== undefined &&
    isOurBridge(bridge) &&
    vxlan !== undefined &&
    (isOurSubnetVxlan(vxlan) || isOurVxlan(vxlan));
  return isComplete ? { bridge: bridge.index, vxlan: vxlan.index } : undefined;
}
