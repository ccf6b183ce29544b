/**
 * The error class of this package.
 */
import { constants } from "node:os";
import { type ErrnoName, errnoName, errnoText } from "./errno.ts";
import type { NftRequest } from "./nftables/request.ts";
import type { RouteRequest } from "./request.ts";
import { MalformedMessage } from "./wire/malformed-message.ts";

/** What was being done when the kernel refused. */
export type NetlinkOperation =
  | RouteRequest["kind"]
  | NftRequest["kind"]
  | "transaction"
  | `dump.${"links" | "addresses" | "routes" | "neighbours" | "fdb" | "nexthops"}`
  | `dump.${"tables" | "chains" | "rules" | "sets" | "elements" | "generation"}`
  | `namespace.${"open" | "create" | "delete" | "enter" | "list"}`
  | `sysctl.${"get" | "set"}`
  | `socket.${"open" | "send" | "receive"}`
  | "monitor.open";

/** What a {@link NetlinkError} is made of. */
export interface NetlinkErrorFields {
  /** Positive errno. */
  readonly errno: number;
  readonly request: NetlinkOperation;
  /** The thing acted upon, for example `vxlan vx5001`. */
  readonly object: string;
  /** The kernel's own explanation (NLMSGERR_ATTR_MSG), when it gave one. */
  readonly extack?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A refusal of the kernel. Callers switch on `code`; the message is for people, for example
 * `link.create vxlan vx5001: File exists: A VXLAN device with the specified VNI already exists`.
 */
export class NetlinkError extends Error {
  override readonly name: string = "NetlinkError";
  /** Name of the errno, for example "EEXIST"; "EUNKNOWN" when Linux has no name for it. */
  readonly code: ErrnoName | "EUNKNOWN";
  readonly errno: number;
  readonly request: NetlinkOperation;
  readonly object: string;
  readonly extack: string | undefined;

  constructor(fields: NetlinkErrorFields) {
    const { errno, request, object, extack, cause } = fields;
    const reason = extack === undefined ? errnoText(errno) : `${errnoText(errno)}: ${extack}`;
    super(`${request} ${object}: ${reason}`, cause === undefined ? undefined : { cause });
    this.code = errnoName(errno);
    this.errno = errno;
    this.request = request;
    this.object = object;
    this.extack = extack;
  }
}

/**
 * A {@link NetlinkError} for an error of a Node file operation. Anything that is none is a bug and
 * thrown on as it is.
 */
export function systemError(
  cause: unknown,
  request: NetlinkOperation,
  object: string,
): NetlinkError {
  if (cause instanceof Error && "errno" in cause && typeof cause.errno === "number") {
    return new NetlinkError({ errno: -cause.errno, request, object, cause });
  }
  throw cause;
}

/** A {@link NetlinkError} (EBADMSG) for octets of the kernel that make no sense; other errors stay. */
export function malformedAnswer(cause: unknown): unknown {
  if (!(cause instanceof MalformedMessage)) {
    return cause;
  }
  return new NetlinkError({
    errno: constants.errno.EBADMSG,
    request: "socket.receive",
    object: "answer",
    extack: cause.message,
    cause,
  });
}
