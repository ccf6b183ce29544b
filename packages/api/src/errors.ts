/** Errors of the API: refusals of the agent, and failures to reach it. */
import type { FailureReason } from "./documents/failure.ts";

/** The agent understood the request and refuses it. `message` is written for the caller's user. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export type UnreachableCode = "no-agent" | "no-permission" | "timeout" | "bad-answer";

/** No answer, or none that the schema of the document accepts. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  readonly code: UnreachableCode;
  readonly socketPath: string;

  constructor(code: UnreachableCode, socketPath: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.socketPath = socketPath;
  }
}
