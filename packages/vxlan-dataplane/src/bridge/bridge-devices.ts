/**
 * Makes the devices of the bridge domains of a VRF as wanted: bridge, VXLAN device, how that is a port.
 *
 * Does not: delete; a device that is wrong was deleted before, or may not be deleted yet.
 */
import type { BridgePort, Link, LinkSetRequest } from "@selvedge/netlink";
import { judgeVxlan, subnetVxlan } from "../device-plan.ts";
import type { BridgeDomainIntent, VrfIntent } from "../intent.ts";
import { bridgeName, GATEWAY_MAC, isOurBridge, subnetAlias } from "../ownership.ts";
import { applyVxlan, bringInOrder, type DeviceSite } from "../vxlan-device.ts";
import type { BridgeState } from "./bridge-state.ts";

/** Brings the devices in order; the states are kept up to date. */
export function applyBridgeDomains(
  intent: VrfIntent,
  states: ReadonlyMap<string, BridgeState>,
  site: DeviceSite,
): void {
  for (const domain of intent.bridgeDomains ?? []) {
    const state = states.get(domain.name);
    if (state !== undefined) {
      applyBridgeDomain(intent, domain, state, site);
    }
  }
}

/** Indexes of devices of bridge domains that have a property that cannot be changed. */
export function wrongDevices(
  intent: VrfIntent,
  states: ReadonlyMap<string, BridgeState>,
): number[] {
  const wrong: number[] = [];
  for (const domain of intent.bridgeDomains ?? []) {
    const { bridge, vxlan } = states.get(domain.name) ?? {};
    if (bridge !== undefined && isOurBridge(bridge) && !isRightBridge(bridge)) {
      wrong.push(bridge.index);
    }
    const verdict = judgeVxlan(subnetVxlan(intent, domain), vxlan);
    if (verdict.kind === "wrong") {
      wrong.push(verdict.link.index);
    }
  }
  return wrong;
}

/**
 * How the VXLAN device is a port. Nothing is learned: what a remote frame says of its sender is not
 * compared with what the control plane says.
 */
export function overlayPort({ flooding }: BridgeDomainIntent): BridgePort {
  const floods = flooding === "head-end-replication";
  return {
    learning: false,
    unicastFlood: floods,
    multicastFlood: floods,
    broadcastFlood: floods,
    neighSuppress: true,
    isolated: false,
  };
}

function applyBridgeDomain(
  intent: VrfIntent,
  domain: BridgeDomainIntent,
  state: BridgeState,
  site: DeviceSite,
): void {
  const { bridge: before } = state;
  state.bridge = applyBridge(intent, domain, before, site);
  if (before?.mac !== state.bridge?.mac) {
    // The kernel forgets all neighbours of a device whose MAC address changes, permanent ones too.
    state.objects.neighbours.clear();
  }
  state.vxlan = applyVxlan(subnetVxlan(intent, domain), state.vxlan, site);
  const { bridge, vxlan } = state;
  if (bridge !== undefined && isOurBridge(bridge) && vxlan?.detail.kind === "vxlan") {
    state.vxlan = applyPort(vxlan, bridge.index, overlayPort(domain), site);
  }
}

function applyBridge(
  { mtu, namespace: namespaceName }: VrfIntent,
  { name: subnet, l2vni }: BridgeDomainIntent,
  present: Link | undefined,
  site: DeviceSite,
): Link | undefined {
  const { namespace, changes, subject } = site;
  const name = bridgeName(l2vni);
  const wanted = { alias: subnetAlias(subnet), mac: GATEWAY_MAC, mtu };
  if (present === undefined) {
    const { failed } = changes.execute(
      namespace,
      [
        {
          kind: "link.create",
          name,
          link: { kind: "bridge", multicastSnooping: false },
          mac: GATEWAY_MAC,
          mtu,
        },
      ],
      subject,
    );
    const made = failed.size > 0 ? undefined : namespace.links().find((link) => link.name === name);
    return bringInOrder(made, wanted, site);
  }
  if (!isOurBridge(present)) {
    const message = `${namespaceName} has a device ${name} that is not a bridge of Selvedge; remove or rename it`;
    changes.fail("device-name-taken", name, message, subject);
    return present;
  }
  return bringInOrder(present, wanted, site);
}

/** A device is a port before it can be said what it does as one. */
function applyPort(
  link: Link,
  master: number,
  port: BridgePort,
  { namespace, changes, subject }: DeviceSite,
): Link {
  const { index } = link;
  const requests: LinkSetRequest[] = [];
  const isMember = link.master === master;
  if (!isMember) {
    requests.push({ kind: "link.set", index, master });
  }
  if (!isMember || !isSamePort(link.bridgePort, port)) {
    requests.push({ kind: "link.set", index, bridgePort: port });
  }
  const { failed } = changes.execute(namespace, requests, subject);
  return failed.size > 0 ? link : { ...link, master, bridgePort: port };
}

/** Whether a port does what it is to do. */
export function isSamePort(actual: BridgePort | undefined, wanted: BridgePort): boolean {
  return (
    actual !== undefined &&
    actual.learning === wanted.learning &&
    actual.unicastFlood === wanted.unicastFlood &&
    actual.multicastFlood === wanted.multicastFlood &&
    actual.broadcastFlood === wanted.broadcastFlood &&
    actual.neighSuppress === wanted.neighSuppress &&
    actual.isolated === wanted.isolated
  );
}

/** A bridge that snoops would keep multicast from hosts that have not asked for it here. */
function isRightBridge({ detail }: Link): boolean {
  return detail.kind === "bridge" && !detail.multicastSnooping;
}
