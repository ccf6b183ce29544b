/**
 * NOTIFICATION: the last message of a session, saying why it ends.
 *
 *   error code (1) | subcode (1) | data
 *
 * RFC 4271 section 4.5, RFC 9003 (shutdown communication), RFC 8538 section 3.1 (hard reset).
 */
import { MAX_MESSAGE_LENGTH } from "./codec-context.ts";
import { CEASE, ERROR, errorName } from "./error-code.ts";
import { encodeMessage, HEADER_LENGTH, MESSAGE } from "./header.ts";
import { bytesFromHex, hex } from "./hex.ts";
import { readU8 } from "./octets.ts";
import type { NotificationFields } from "./session-reset.ts";

/** A NOTIFICATION as a plain value. */
export interface NotificationMessage {
  readonly kind: "notification";
  readonly code: number;
  readonly subcode: number;
  /** "Cease/Administrative Shutdown". */
  readonly name: string;
  /** The text that an operator gave with an administrative shutdown or reset (RFC 9003), also inside a hard reset. */
  readonly shutdownText?: string;
  /** The error for which the session is reset without graceful restart (RFC 8538 section 3.1). */
  readonly hardReset?: { readonly code: number; readonly subcode: number; readonly name: string };
  /** All of the data, as hex. */
  readonly data: string;
}

const FIELDS_LENGTH = 2;
/** RFC 9003 section 2. */
const MAX_SHUTDOWN_TEXT_LENGTH = 255;

/** Decodes the NOTIFICATION of `length` octets at `offset`, header included. */
export function decodeNotification(
  bytes: Uint8Array,
  offset: number,
  length: number,
): NotificationMessage {
  const code = readU8(bytes, offset + HEADER_LENGTH);
  const subcode = readU8(bytes, offset + HEADER_LENGTH + 1);
  const data = bytes.subarray(offset + HEADER_LENGTH + FIELDS_LENGTH, offset + length);
  const inner = hardReset(code, subcode, data);
  const text =
    inner === undefined
      ? shutdownText(code, subcode, data)
      : shutdownText(inner.code, inner.subcode, data.subarray(FIELDS_LENGTH));
  return {
    kind: "notification",
    code,
    subcode,
    name: errorName(code, subcode),
    ...(text === undefined ? {} : { shutdownText: text }),
    ...(inner === undefined ? {} : { hardReset: inner }),
    data: hex(data),
  };
}

/** A whole NOTIFICATION; data that does not fit into 4096 octets is cut. */
export function encodeNotification(fields: NotificationFields): Uint8Array {
  const room = MAX_MESSAGE_LENGTH - HEADER_LENGTH - FIELDS_LENGTH;
  const data = fields.data.subarray(0, room);
  const body = new Uint8Array(FIELDS_LENGTH + data.length);
  body[0] = fields.code;
  body[1] = fields.subcode;
  body.set(data, FIELDS_LENGTH);
  return encodeMessage(MESSAGE.NOTIFICATION, body);
}

/** The fields of a decoded NOTIFICATION, to encode it again. */
export function notificationFields(message: NotificationMessage): NotificationFields {
  const { code, subcode, data } = message;
  return { code, subcode, data: bytesFromHex(data) };
}

/**
 * The data of an administrative shutdown or reset with a text for the operator of the other end: a length octet and
 * UTF-8, cut after the last character that fits into 255 octets.
 */
export function shutdownData(text: string): Uint8Array {
  const room = new Uint8Array(1 + MAX_SHUTDOWN_TEXT_LENGTH);
  const { written } = new TextEncoder().encodeInto(text, room.subarray(1));
  room[0] = written;
  return room.slice(0, 1 + written);
}

function shutdownText(code: number, subcode: number, data: Uint8Array): string | undefined {
  const isAdministrative =
    code === ERROR.CEASE &&
    (subcode === CEASE.ADMINISTRATIVE_SHUTDOWN || subcode === CEASE.ADMINISTRATIVE_RESET);
  const length = data[0] ?? 0;
  if (!isAdministrative || length === 0 || data.length < 1 + length) return undefined;
  // For a log and a terminal (RFC 9003 section 4): what is not UTF-8, or would steer a terminal, is replaced.
  const text = new TextDecoder().decode(data.subarray(1, 1 + length));
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

function hardReset(
  code: number,
  subcode: number,
  data: Uint8Array,
): NotificationMessage["hardReset"] {
  if (code !== ERROR.CEASE || subcode !== CEASE.HARD_RESET || data.length < FIELDS_LENGTH) {
    return undefined;
  }
  const inner = { code: readU8(data, 0), subcode: readU8(data, 1) };
  return { ...inner, name: errorName(inner.code, inner.subcode) };
}
