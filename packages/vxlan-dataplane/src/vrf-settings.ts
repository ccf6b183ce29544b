/**
 * Makes the settings and the own devices of a VRF's namespace as wanted: sysctls, `lo`, VXLAN device.
 *
 * Does not: delete; a VXLAN device that is wrong was deleted before, or may not be deleted yet.
 */
import { NetlinkError } from "@selvedge/netlink";
import type { Changes } from "./changes.ts";
import { judgeVxlan, linkChanges, vxlanDevice } from "./device-plan.ts";
import { DataplaneError, type DataplaneSubject, refusal } from "./errors.ts";
import type { VrfIntent } from "./intent.ts";
import type { KernelNamespace } from "./kernel.ts";
import { loopbackAlias, vrfAlias } from "./ownership.ts";
import { VRF_SYSCTLS } from "./sysctls.ts";
import type { VrfState } from "./vrf-state.ts";

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
  const alias = loopbackAlias(intent.name, prefix);
  state.loopback = bringInOrder(namespace, state.loopback, { alias }, changes, subject);
  applyVxlan(namespace, intent, state, changes, subject);
}

function applyVxlan(
  namespace: KernelNamespace,
  intent: VrfIntent,
  state: VrfState,
  changes: Changes,
  subject: DataplaneSubject,
): void {
  const device = vxlanDevice(intent);
  const verdict = judgeVxlan(intent, state.vxlan);
  switch (verdict.kind) {
    case "absent":
      changes.count(1);
      try {
        namespace.createVxlan(device);
        state.vxlan = namespace.links().find(({ name }) => name === device.name);
      } catch (error) {
        if (!(error instanceof NetlinkError)) {
          throw error;
        }
        changes.add(vxlanRefusal(error, intent));
        return;
      }
      break;
    case "taken":
      changes.fail(
        "device-name-taken",
        device.name,
        `${intent.namespace} has a device ${device.name} that is not a VXLAN device of Selvedge; remove or rename it`,
        subject,
      );
      return;
    case "wrong":
      // Only before the first full desired state: later on it was deleted before this is called.
      return;
    case "present":
      break;
    default:
      verdict satisfies never;
  }
  const { mac, mtu } = device;
  const wanted = { alias: vrfAlias(intent.name), mac, mtu };
  state.vxlan = bringInOrder(namespace, state.vxlan, wanted, changes, subject);
}

function bringInOrder(
  namespace: KernelNamespace,
  link: VrfState["vxlan"],
  wanted: Parameters<typeof linkChanges>[1],
  changes: Changes,
  subject: DataplaneSubject,
): VrfState["vxlan"] {
  const request = link === undefined ? undefined : linkChanges(link, wanted);
  if (link === undefined || request === undefined) {
    return link;
  }
  const { failed } = changes.execute(namespace, [request], subject);
  return failed.size === 0 ? { ...link, ...wanted, up: true } : link;
}

/** The device's name was free a moment ago, so that EEXIST speaks of the VNI. */
function vxlanRefusal(error: NetlinkError, intent: VrfIntent): DataplaneError {
  if (error.code !== "EEXIST") {
    return refusal(error, { vrf: intent.name });
  }
  return new DataplaneError(
    "vni-in-use",
    `VNI ${intent.l3vni}`,
    `another VXLAN device of this host has VNI ${intent.l3vni}: ${error.message}`,
    { vrf: intent.name },
    error,
  );
}
