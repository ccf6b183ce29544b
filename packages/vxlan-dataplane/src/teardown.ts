/**
 * Removes what is ours of a VRF's namespace.
 *
 * Order matters. First all devices go, and at once, since the kernel waits some 20 ms for each time that any do. With the
 * VXLAN device it removes the remote routes, groups, next-hop objects, FDB entries and neighbours that live on it, and its
 * VNI is free; with the endpoints the workloads' ends. Only then our socket is closed and the name removed: a namespace
 * whose name is gone lives, and forwards, as long as anything holds it.
 */
import type { RouteRequest } from "@selvedge/netlink";
import { type Changes, meansAbsent } from "./changes.ts";
import { type DataplaneSubject, refusedBy } from "./errors.ts";
import type { Kernel, KernelNamespace } from "./kernel.ts";
import { isOurDevice } from "./ownership.ts";

/** Nobody else's devices are in it; the kernel takes any number. */
const TEARDOWN_GROUP = 0x53_76_64_67;

/** Deletes our devices in a VRF's namespace. */
export function removeDevices(
  namespace: KernelNamespace,
  changes: Changes,
  subject: DataplaneSubject,
): void {
  const links = changes.attempt(subject, () => namespace.links())?.value ?? [];
  const ours = links.filter(isOurDevice);
  const requests = deletions(ours.map(({ index }) => index));
  changes.attempt(subject, () => changes.execute(namespace, requests, subject));
}

/** Requests that delete devices, by their indexes. One takes the kernel as long as a thousand do. */
export function deletions(indexes: readonly number[]): RouteRequest[] {
  return indexes.length === 0
    ? []
    : [
        ...indexes.map(
          (index): RouteRequest => ({ kind: "link.set", index, group: TEARDOWN_GROUP }),
        ),
        { kind: "link.deleteGroup", group: TEARDOWN_GROUP },
      ];
}

/** Removes our devices, closes `namespace` and removes its name. Its monitor must be closed already. */
export function removeNamespace(
  kernel: Kernel,
  name: string,
  namespace: KernelNamespace,
  changes: Changes,
  subject: DataplaneSubject,
): void {
  const isNamed = kernel.identify(name) === namespace.id;
  removeDevices(namespace, changes, subject);
  namespace.close();
  if (isNamed) {
    changes.count(1);
    const refused = refusedBy(() => kernel.delete(name));
    if (refused !== undefined && !meansAbsent(refused)) {
      changes.refuse(refused, subject);
    }
  }
}
