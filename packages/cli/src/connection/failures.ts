/** What a failed request means for somebody who could try it again. */
import { ResourceRefusedError, TransportError } from "@selvedge/api";

/** Nobody answered, or not to the end. */
export function isUnanswered(error: unknown): error is TransportError {
  return (
    error instanceof TransportError && (error.code === "no-server" || error.code === "interrupted")
  );
}

/** The server has gone away, or has lost its datastore: it may be back soon. */
export function isPassing(error: unknown): error is Error {
  return isUnanswered(error) || isRefusedAs(error, "ServiceUnavailable");
}

/** Has the server refused it, and for that reason? */
export function isRefusedAs(error: unknown, reason: string): boolean {
  return error instanceof ResourceRefusedError && error.reason === reason;
}
