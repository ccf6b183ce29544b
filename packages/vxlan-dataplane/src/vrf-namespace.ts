/**
 * The network namespace of one VRF while it is held open: opened or made, watched, and let go.
 */
import { type MonitorEvent, NetlinkError, type NftEvent } from "@selvedge/netlink";
import type { Changes } from "./changes.ts";
import { refusedBy } from "./errors.ts";
import type { Kernel, KernelNamespace } from "./kernel.ts";

/** An open namespace of a VRF. */
export class VrfNamespace {
  readonly name: string;
  readonly handle: KernelNamespace;
  #monitors: { close(): void }[] = [];

  private constructor(name: string, handle: KernelNamespace) {
    this.name = name;
    this.handle = handle;
  }

  /** Opens the namespace, or makes it with the alias for its `lo`. Throws NetlinkError. */
  static open(kernel: Kernel, name: string, alias: string, changes: Changes): VrfNamespace {
    return new VrfNamespace(name, openOrCreate(kernel, name, alias, changes));
  }

  /** Reports what happens in the namespace. Has no effect the second time. */
  watch(
    onEvent: (event: MonitorEvent) => void,
    onFilterEvent: ((event: NftEvent) => void) | undefined,
  ): void {
    if (this.#monitors.length === 0) {
      this.#monitors.push(this.handle.monitor(onEvent));
      if (onFilterEvent !== undefined) {
        // A kernel without packet filters is reported where the guard is made.
        refusedBy(() => {
          this.#monitors.push(this.handle.monitorFilter(onFilterEvent));
        });
      }
    }
  }

  /** Whether the name still leads to the namespace that is held. */
  isCurrent(kernel: Kernel): boolean {
    return kernel.identify(this.name) === this.handle.id;
  }

  /** Stops watching and lets go. */
  close(): void {
    for (const monitor of this.#monitors) {
      monitor.close();
    }
    this.#monitors = [];
    this.handle.close();
  }
}

function openOrCreate(
  kernel: Kernel,
  name: string,
  alias: string,
  changes: Changes,
): KernelNamespace {
  try {
    return kernel.open(name);
  } catch (error) {
    if (!(error instanceof NetlinkError)) {
      throw error;
    }
    switch (error.code) {
      case "ENOENT":
        break;
      case "EINVAL":
        // A plain file: what is left under the name when somebody died while making a namespace.
        changes.count(1);
        kernel.delete(name);
        break;
      default:
        throw error;
    }
  }
  changes.count(1);
  return kernel.create(name, alias);
}
