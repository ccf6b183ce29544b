/**
 * Removes namespaces of ours that no VRF wants: what a VRF has left behind that is wanted no more, or an agent before
 * this one.
 */
import { NetlinkError } from "@selvedge/netlink";
import type { Kernel, KernelNamespace } from "./kernel.ts";
import type { DataplaneLog } from "./log.ts";
import { vrfOfLoopback } from "./ownership.ts";
import { removeNamespace } from "./teardown.ts";
import type { VrfPass } from "./vrf-build.ts";
import { LOOPBACK_INDEX } from "./vrf-objects.ts";

/** Where leftovers are looked for. */
export interface LeftoverSite {
  readonly kernel: Kernel;
  /** Prefix of the names of VRF namespaces. */
  readonly prefix: string;
  readonly log: DataplaneLog;
}

/** Removes those that are not `wanted`. Returns whether that is finished, or the time was over before. */
export function removeLeftovers(
  site: LeftoverSite,
  wanted: ReadonlySet<string>,
  pass: VrfPass,
): boolean {
  for (const name of site.kernel.list()) {
    if (name.startsWith(`${site.prefix}.`) && !wanted.has(name)) {
      removeIfOurs(site, name, pass);
      if (pass.deadline.exhausted()) {
        return false;
      }
    }
  }
  return true;
}

function removeIfOurs({ kernel, prefix, log }: LeftoverSite, name: string, pass: VrfPass): void {
  const { changes } = pass;
  const namespace = changes.attempt({}, () => openIfPresent(kernel, name))?.value;
  if (namespace === undefined) {
    return;
  }
  if (namespace === "plain file") {
    // What is left under the name when an agent died while it made a namespace.
    changes.write({}, () => kernel.delete(name));
    return;
  }
  const links = changes.attempt({}, () => namespace.links())?.value ?? [];
  const loopback = links.find(({ index }) => index === LOOPBACK_INDEX);
  const vrf = vrfOfLoopback(loopback?.alias, prefix);
  if (vrf === undefined) {
    namespace.close();
    return;
  }
  removeNamespace(kernel, name, namespace, changes, { vrf });
  log.info({ vrf, namespace: name }, "removed the namespace of a VRF");
}

/** `undefined` when the name is gone meanwhile. */
function openIfPresent(kernel: Kernel, name: string): KernelNamespace | "plain file" | undefined {
  try {
    return kernel.open(name);
  } catch (error) {
    if (!(error instanceof NetlinkError)) {
      throw error;
    }
    switch (error.code) {
      case "EINVAL":
        return "plain file";
      case "ENOENT":
        return undefined;
      default:
        throw error;
    }
  }
}
