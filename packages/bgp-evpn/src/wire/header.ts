/**
 * The message header and the framing of a byte stream into messages.
 *
 *   marker (16 octets of 0xff) | length (2, header included) | type (1)
 *
 * Checks what RFC 4271 section 6.1 says, with the lengths of RFC 8654, and nothing of the bodies.
 */
import { type CodecContext, MAX_MESSAGE_LENGTH, maxMessageLength } from "./codec-context.ts";
import { ERROR, HEADER_ERROR } from "./error-code.ts";
import { readU8, readU16, writeU16 } from "./octets.ts";
import { type SessionReset, sessionReset } from "./session-reset.ts";

/** Octets of the header. */
export const HEADER_LENGTH = 19;
const MARKER_LENGTH = 16;

/** Message types (RFC 4271 section 4.1, RFC 2918). */
export const MESSAGE = {
  OPEN: 1,
  UPDATE: 2,
  NOTIFICATION: 3,
  KEEPALIVE: 4,
  ROUTE_REFRESH: 5,
} as const;

/** Shortest whole message by type (RFC 4271 section 6.1, RFC 7313 section 5); index 0 is no type. */
const MIN_LENGTH = [0, 29, 23, 21, HEADER_LENGTH, 23] as const;

/** The type octet of the message at `offset`. */
export function messageType(bytes: Uint8Array, offset: number): number {
  return readU8(bytes, offset + 18);
}

/**
 * Octets of the message at `offset`, which may end beyond `end`: then more has to arrive first. 0 when not
 * even the header is there; -1 when the header is wrong, and `headerError` says how. Allocates nothing.
 */
export function frameLength(
  bytes: Uint8Array,
  offset: number,
  end: number,
  context: CodecContext,
): number {
  if (end - offset < HEADER_LENGTH) return 0;
  for (let at = offset; at < offset + MARKER_LENGTH; at++) if (bytes[at] !== 0xff) return -1;
  const length = readU16(bytes, offset + MARKER_LENGTH);
  return lengthFits(length, messageType(bytes, offset), context) ? length : -1;
}

function lengthFits(length: number, type: number, context: CodecContext): boolean {
  const min = MIN_LENGTH[type];
  if (min === undefined || min === 0) return false;
  if (type === MESSAGE.KEEPALIVE) return length === min;
  const max = type === MESSAGE.OPEN ? MAX_MESSAGE_LENGTH : maxMessageLength(context);
  return length >= min && length <= max;
}

/** What is wrong with the header at `offset`, for which `frameLength` gave -1. */
export function headerError(bytes: Uint8Array, offset: number): SessionReset {
  for (let at = offset; at < offset + MARKER_LENGTH; at++) {
    if (bytes[at] === 0xff) continue;
    return sessionReset(
      ERROR.MESSAGE_HEADER,
      HEADER_ERROR.CONNECTION_NOT_SYNCHRONIZED,
      "the marker of a message header is not all ones",
    );
  }
  const type = messageType(bytes, offset);
  if (type === 0 || type >= MIN_LENGTH.length) {
    const data = bytes.slice(offset + 18, offset + 19);
    const reason = `unknown message type ${type}`;
    return sessionReset(ERROR.MESSAGE_HEADER, HEADER_ERROR.BAD_MESSAGE_TYPE, reason, data);
  }
  const data = bytes.slice(offset + MARKER_LENGTH, offset + 18);
  const reason = `a message of type ${type} cannot have length ${readU16(data, 0)}`;
  return sessionReset(ERROR.MESSAGE_HEADER, HEADER_ERROR.BAD_MESSAGE_LENGTH, reason, data);
}

/** Writes a header at `offset`; `length` is that of the whole message. */
export function writeHeader(bytes: Uint8Array, offset: number, length: number, type: number): void {
  bytes.fill(0xff, offset, offset + MARKER_LENGTH);
  writeU16(bytes, offset + MARKER_LENGTH, length);
  bytes[offset + 18] = type;
}

/** A whole message of its own around `body`. */
export function encodeMessage(type: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + body.length);
  writeHeader(message, 0, message.length, type);
  message.set(body, HEADER_LENGTH);
  return message;
}
