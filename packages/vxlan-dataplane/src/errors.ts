/**
 * The error class of this package, and what a refusal of the kernel means in its words.
 */
import { NetlinkError } from "@selvedge/netlink";

/** What is wrong. Stable: callers switch on it. */
export type DataplaneErrorCode =
  /** The kernel lacks what the object needs, for example the vxlan driver. */
  | "unsupported"
  /** The namespace of a VRF cannot be opened or made. */
  | "namespace-unavailable"
  /** Another device of the underlay namespace has the VNI. */
  | "vni-in-use"
  /** A device that is not ours has the name of one of ours, in the namespace of a VRF. */
  | "device-name-taken"
  /** The VRF that an endpoint names is not there. */
  | "vrf-missing"
  /** The bridge of the subnet that an endpoint names is not there. */
  | "bridge-missing"
  /** The namespace of a workload is not there: its container has not started or has ended. */
  | "workload-namespace-missing"
  /** The interface name of a workload belongs to another device. */
  | "interface-taken"
  /** Another endpoint of the VRF has the address. */
  | "address-in-use"
  /** The workload's namespace has a default route of somebody else. */
  | "default-route-taken"
  /** No next hop of a route is usable, for example because all VTEPs are IPv6. */
  | "unsupported-next-hop"
  /** Two VTEPs have the same router MAC, or one has two; one of them was chosen. */
  | "router-mac-conflict"
  /** The kernel refused for another reason; see `cause`. */
  | "kernel-refused";

/** Where it is wrong. */
export interface DataplaneSubject {
  readonly vrf?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** Something of the desired state that is not in the kernel, and why. */
export class DataplaneError extends Error {
  override readonly name: string = "DataplaneError";
  readonly code: DataplaneErrorCode;
  /** The thing concerned, for example `vxlan vx5001` or `10.0.0.0/24`. */
  readonly object: string;
  readonly vrf: string | undefined;
  readonly endpoint: string | undefined;

  constructor(
    code: DataplaneErrorCode,
    object: string,
    message: string,
    subject: DataplaneSubject,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.object = object;
    this.vrf = subject.vrf;
    this.endpoint = subject.endpoint;
  }
}

/** What a refusal of the kernel means for `subject`. */
export function refusal(error: NetlinkError, subject: DataplaneSubject): DataplaneError {
  const code = refusalCode(error);
  const message =
    code === "unsupported"
      ? `this kernel does not support what is needed: ${error.message}`
      : error.message;
  return new DataplaneError(code, error.object, message, subject, error);
}

/**
 * Runs `work` and returns the kernel's refusal, or `undefined` when there was none. Anything else
 * that is thrown is a broken invariant and passes through.
 */
export function refusedBy(work: () => void): NetlinkError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof NetlinkError) {
      return error;
    }
    throw error;
  }
}

function refusalCode(error: NetlinkError): DataplaneErrorCode {
  switch (error.code) {
    case "EOPNOTSUPP":
    case "EAFNOSUPPORT":
    case "EPROTONOSUPPORT":
      return "unsupported";
    default:
      return "kernel-refused";
  }
}
