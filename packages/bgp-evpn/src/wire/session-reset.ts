/**
 * The value by which the codec says that a session cannot go on: the NOTIFICATION to send, and why.
 *
 * RFC 4271 section 6: every error of a message has a code, a subcode and data.
 */
import { ERROR } from "./error-code.ts";

/** Code, subcode and data of a NOTIFICATION. */
export interface NotificationFields {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** A message that ends the session. Goes to `encodeNotification` as it is. */
export interface SessionReset extends NotificationFields {
  readonly kind: "session-reset";
  /** For the log: what was wrong, in words. */
  readonly reason: string;
}

const NO_DATA = new Uint8Array(0);

/** A reset with any error code. */
export function sessionReset(
  code: number,
  subcode: number,
  reason: string,
  data: Uint8Array = NO_DATA,
): SessionReset {
  return { kind: "session-reset", code, subcode, data, reason };
}

/** OPEN Message Error (RFC 4271 section 6.2). */
export function openError(subcode: number, reason: string, data?: Uint8Array): SessionReset {
  return sessionReset(ERROR.OPEN_MESSAGE, subcode, reason, data);
}
