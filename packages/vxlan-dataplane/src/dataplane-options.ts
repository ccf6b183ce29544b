/**
 * What a dataplane is made with, and what its `apply` reports.
 */
import type { NetworkNamespace } from "@selvedge/netlink";
import type { DataplaneError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import type { DataplaneLog } from "./log.ts";

/** What a dataplane is made with. */
export interface DataplaneOptions {
  /** Where the VTEP's address is and VXLAN packets go. Default: the namespace of the process. */
  readonly underlay?: NetworkNamespace;
  /** Namespaces of VRFs are named with this and a dot in front. Default "vrf". */
  readonly namespacePrefix?: string;
  readonly guards?: GuardOptions;
  readonly log: DataplaneLog;
  /** Milliseconds from any origin, for budgets. Default: a monotonic clock. */
  readonly now?: () => number;
  /** Default: the Linux kernel of this host. */
  readonly kernel?: Kernel;
}

/** Which guards there are. Both by default; one that is switched off is removed. */
export interface GuardOptions {
  /** Endpoints send only from their own MAC and IP addresses, and play no DHCP server, router or VTEP. */
  readonly endpoints?: boolean;
  /** VXLAN is accepted only from known VTEPs and for VNIs of this host. */
  readonly underlay?: boolean;
}

/** What an `apply` did. */
export interface ApplyReport {
  /** Write requests made, refused ones included. 0 when the kernel was as wanted. */
  readonly operations: number;
  /** What is wanted and was refused in this `apply`. It is tried again after `retryFailed`. */
  readonly failures: readonly DataplaneError[];
  /** The budget ran out before the work did: call again. */
  readonly more: boolean;
}
