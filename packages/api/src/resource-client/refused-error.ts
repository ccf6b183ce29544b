/** A refusal of the resource API, as its client throws it. */
import type { StatusCause, StatusDetails, StatusDocument } from "../documents/status.ts";

/**
 * The server understood the request and refuses it. Switch on `reason` (NotFound, AlreadyExists, Conflict, Invalid,
 * Forbidden, Expired, ... as k8s.io/apimachinery names them); `message` is written for the user.
 */
export class ResourceRefusedError extends Error {
  override readonly name = "ResourceRefusedError";
  readonly reason: string;
  /** HTTP status. */
  readonly code: number;
  readonly details: StatusDetails;

  constructor({ message, reason, code, details }: StatusDocument, httpStatus: number) {
    super(message ?? `refused with HTTP status ${code ?? httpStatus}`);
    this.reason = reason ?? "Unknown";
    this.code = code ?? httpStatus;
    this.details = details ?? {};
  }

  /** The faulty fields, each with what is wrong with it. */
  get causes(): readonly StatusCause[] {
    return this.details.causes ?? [];
  }
}
