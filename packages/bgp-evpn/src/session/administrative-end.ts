/**
 * How an operator ends a session, and the text that the operator of the other end is given: Cease/Administrative
 * Shutdown and Cease/Administrative Reset with a shutdown communication.
 *
 * RFC 4486 section 4, RFC 9003.
 */

import { SpeakerError } from "../errors.ts";
import { CEASE, ERROR } from "../wire/error-code.ts";
import { shutdownData } from "../wire/notification.ts";
import { type SessionReset, sessionReset } from "../wire/session-reset.ts";

/** RFC 9003 section 2: the length of the text is one octet. */
const MAX_OCTETS = 255;

/** Throws `SpeakerError` (`invalid-option`) for a text that cannot be sent whole; `option` is what it was given as. */
export function requireShutdownText(option: string, text: string): void {
  const octets = new TextEncoder().encode(text).length;
  if (octets <= MAX_OCTETS && text.isWellFormed()) return;
  throw new SpeakerError(
    "invalid-option",
    `${option} has ${octets} octets of UTF-8; it must be a text of at most ${MAX_OCTETS}`,
  );
}

/** The neighbour is shut down and stays so. `text` may be empty. */
export function administrativeShutdown(text: string): SessionReset {
  return administrativeEnd(
    CEASE.ADMINISTRATIVE_SHUTDOWN,
    text || "shut down by the operator",
    text,
  );
}

/** The session ends, and a new one follows. `text` may be empty. */
export function administrativeReset(text: string): SessionReset {
  return administrativeEnd(CEASE.ADMINISTRATIVE_RESET, text || "cleared by the operator", text);
}

function administrativeEnd(subcode: number, reason: string, text: string): SessionReset {
  const data = text === "" ? undefined : shutdownData(text);
  return sessionReset(ERROR.CEASE, subcode, reason, data);
}
