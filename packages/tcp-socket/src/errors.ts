/** The error class of this package. No message of it ever contains a key. */
import { getSystemErrorMessage, getSystemErrorName } from "node:util";

/** What was being done when the kernel refused. */
export type TcpOperation =
  | "socket"
  | "bind"
  | "listen"
  | "accept"
  | "tcp-md5"
  | "ttl"
  | "minimum-ttl"
  | "type-of-service"
  | "device"
  | "link-local"
  | "namespace";

/** A refusal of the kernel. Callers switch on `code` and `operation`; the message is for people. */
export class TcpSocketError extends Error {
  override readonly name = "TcpSocketError";
  /** Name of the errno, for example "ENOPROTOOPT". */
  readonly code: string;
  readonly operation: TcpOperation;

  /** `object` is what the operation was for: an address, a device. */
  constructor(operation: TcpOperation, object: string, errno: number, options?: ErrorOptions) {
    super(`${operation} ${object}: ${getSystemErrorMessage(-errno)}`, options);
    this.code = getSystemErrorName(-errno);
    this.operation = operation;
  }
}
