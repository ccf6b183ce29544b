/**
 * Makes the settings and the own devices of a VRF's namespace as wanted: sysctls, `lo`, VXLAN device,
 * the devices of bridged subnets.
 *
 * Does not: delete; a device that is wrong was deleted before, or may not be deleted yet.
 */
import { applyBridgeDomains } from "./bridge/bridge-devices.ts";
import type { Changes } from "./changes.ts";
import { vrfVxlan } from "./device-plan.ts";
import type { VrfIntent } from "./intent.ts";
import type { KernelNamespace } from "./kernel.ts";
import { loopbackAlias } from "./ownership.ts";
import { VRF_SYSCTLS } from "./sysctls.ts";
import type { VrfState } from "./vrf-state.ts";
import { applyVxlan, bringInOrder } from "./vxlan-device.ts";

/** What settings are made for. */
export interface VrfSettings {
  readonly intent: VrfIntent;
  /** Prefix of the names of VRF namespaces, which marks `lo` as ours. */
  readonly prefix: string;
}

/** Brings settings and devices in order; `state` is kept up to date. */
export function applyVrfSettings(
  namespace: KernelNamespace,
  { intent, prefix }: VrfSettings,
  state: VrfState,
  changes: Changes,
): void {
  const subject = { vrf: intent.name };
  for (const [path, value] of VRF_SYSCTLS) {
    const isOther = state.sysctls.get(path) !== value;
    if (isOther && changes.write(subject, () => namespace.setSysctl(path, value))) {
      state.sysctls.set(path, value);
    }
  }
  const site = { namespace, namespaceName: intent.namespace, changes, subject };
  const alias = loopbackAlias(intent.name, prefix);
  state.loopback = bringInOrder(state.loopback, { alias }, site);
  state.vxlan = applyVxlan(vrfVxlan(intent), state.vxlan, site);
  applyBridgeDomains(intent, state.bridges, site);
}
