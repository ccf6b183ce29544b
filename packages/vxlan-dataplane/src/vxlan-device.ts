/**
 * Makes a VXLAN device as wanted, that of a VRF or that of a bridged subnet.
 *
 * Does not: delete; a device that is wrong was deleted before, or may not be deleted yet.
 */
import { type Link, NetlinkError } from "@selvedge/netlink";
import type { Changes } from "./changes.ts";
import { judgeVxlan, linkChanges, type WantedVxlan } from "./device-plan.ts";
import { DataplaneError, type DataplaneSubject, refusal } from "./errors.ts";
import type { KernelNamespace } from "./kernel.ts";

/** Where a device is made, and for what. */
export interface DeviceSite {
  readonly namespace: KernelNamespace;
  /** Name of the namespace. */
  readonly namespaceName: string;
  readonly changes: Changes;
  readonly subject: DataplaneSubject;
}

/** Makes the device, or brings the one that has its name in order. Returns what has the name then. */
export function applyVxlan(
  wanted: WantedVxlan,
  present: Link | undefined,
  site: DeviceSite,
): Link | undefined {
  const { namespace, namespaceName, changes, subject } = site;
  const { device, alias } = wanted;
  const verdict = judgeVxlan(wanted, present);
  let link = present;
  switch (verdict.kind) {
    case "absent":
      changes.count(1);
      try {
        namespace.createVxlan(device);
        link = namespace.links().find(({ name }) => name === device.name);
      } catch (error) {
        if (!(error instanceof NetlinkError)) {
          throw error;
        }
        changes.add(vxlanRefusal(error, wanted, subject));
        return link;
      }
      break;
    case "taken":
      changes.fail(
        "device-name-taken",
        device.name,
        `${namespaceName} has a device ${device.name} that is not a VXLAN device of Selvedge; remove or rename it`,
        subject,
      );
      return link;
    case "wrong":
      // Only before the first full desired state: later on it was deleted before this is called.
      return link;
    case "present":
      break;
    default:
      verdict satisfies never;
  }
  const { mac, mtu } = device;
  return bringInOrder(link, { alias, mac, mtu }, site);
}

/** Gives a device these properties and brings it up. Returns it as it is then. */
export function bringInOrder(
  link: Link | undefined,
  wanted: Parameters<typeof linkChanges>[1],
  { namespace, changes, subject }: DeviceSite,
): Link | undefined {
  const request = link === undefined ? undefined : linkChanges(link, wanted);
  if (link === undefined || request === undefined) {
    return link;
  }
  const { failed } = changes.execute(namespace, [request], subject);
  return failed.size === 0 ? { ...link, ...wanted, up: true } : link;
}

/** The device's name was free a moment ago, so that EEXIST speaks of the VNI. */
function vxlanRefusal(
  error: NetlinkError,
  { device: { vni } }: WantedVxlan,
  subject: DataplaneSubject,
): DataplaneError {
  if (error.code !== "EEXIST") {
    return refusal(error, subject);
  }
  return new DataplaneError(
    "vni-in-use",
    `VNI ${vni}`,
    `another VXLAN device of this host has VNI ${vni}: ${error.message}`,
    subject,
    error,
  );
}
