/**
 * What a failed call to etcd means. The one question that matters: is it certain that the call changed nothing? An
 * answer of the server is; a connection that broke, a time limit, or a server without a leader is not.
 */
import {
  EtcdAuthenticationFailedError,
  EtcdInvalidAuthTokenError,
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  GRPCInvalidArgumentError,
  GRPCOutOfRangeError,
  GRPCResourceExhastedError,
  GRPCUnauthenticatedError,
} from "etcd3";
import { StoreError } from "../store-error.ts";

export type EtcdFailure =
  /** The server has refused; asking again gives the same answer. */
  | { readonly kind: "refused"; readonly error: StoreError }
  /** The revision asked for is no longer, or not yet, there. */
  | { readonly kind: "out-of-range" }
  | { readonly kind: "lease-gone" }
  /** Nobody knows what became of the call; another member may answer. */
  | { readonly kind: "unanswered"; readonly message: string };

/** `location` is for messages. */
export function failureOf(error: unknown, location: string): EtcdFailure {
  const message = error instanceof Error ? error.message : String(error);
  const refused = (code: StoreError["code"], text: string): EtcdFailure => ({
    kind: "refused",
    error: new StoreError(code, location, text, { cause: error }),
  });
  if (error instanceof StoreError) return { kind: "refused", error };
  if (error instanceof EtcdPermissionDeniedError) {
    return refused(
      "denied",
      `the user of ${location} may not do this: grant its role read and write of the prefix`,
    );
  }
  if (error instanceof EtcdAuthenticationFailedError || /user name is empty/.test(message)) {
    return refused(
      "denied",
      `${location} does not accept the user name or password: correct them in the configuration`,
    );
  }
  if (error instanceof EtcdLeaseInvalidError) return { kind: "lease-gone" };
  if (error instanceof GRPCOutOfRangeError) return { kind: "out-of-range" };
  if (error instanceof GRPCResourceExhastedError && /space exceeded/.test(message)) {
    return refused(
      "full",
      `${location} has used up its space quota: compact and defragment it, then \`etcdctl alarm disarm\``,
    );
  }
  if (error instanceof GRPCInvalidArgumentError || isMessageTooLarge(error, message)) {
    return refused("too-large", `${location} refuses a transaction of this size: ${message}`);
  }
  // The client gets a new token for the next attempt.
  if (error instanceof EtcdInvalidAuthTokenError) return { kind: "unanswered", message };
  if (error instanceof GRPCUnauthenticatedError) return refused("denied", message);
  return { kind: "unanswered", message: causeOf(message) };
}

/**
 * gRPC wraps what the kernel said of a connection in words about itself, and puts the milliseconds of each call into those
 * about a time limit, so that one and the same fault would be news with every call.
 */
function causeOf(message: string): string {
  const [, limit] = /Deadline exceeded after ([\d.]+)s/.exec(message) ?? [];
  if (limit !== undefined) return `no answer within ${Math.round(Number(limit))} s`;
  return /Last error: (?:Error: )?(.+?)(?:\. Resolution note:.*)?$/s.exec(message)?.[1] ?? message;
}

function isMessageTooLarge(error: unknown, message: string): boolean {
  return error instanceof GRPCResourceExhastedError && /larger than max/.test(message);
}
