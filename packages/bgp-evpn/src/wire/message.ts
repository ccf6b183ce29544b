/**
 * Any BGP message, and streams of them, as plain values: what a person reads of a capture.
 *
 * The session does not use this: it takes each message to the decoder of its type.
 *
 * RFC 4271 section 4, RFC 2918.
 */
import type { CodecContext } from "./codec-context.ts";
import { errorName } from "./error-code.ts";
import { frameLength, headerError, MESSAGE, messageType } from "./header.ts";
import { hex } from "./hex.ts";
import { decodeNotification, type NotificationMessage } from "./notification.ts";
import { decodeOpen, type OpenMessage } from "./open.ts";
import { decodeRouteRefresh, type RouteRefreshMessage } from "./route-refresh.ts";
import type { SessionReset } from "./session-reset.ts";
import { decodeUpdate } from "./update-decode.ts";
import type { UpdateMessage } from "./update-message.ts";

/** KEEPALIVE has nothing to say. */
export interface KeepaliveMessage {
  readonly kind: "keepalive";
}

/** A message other than UPDATE that ends the session, with the NOTIFICATION that it is answered with. */
export interface MalformedMessage {
  readonly kind: "malformed";
  readonly treatment: "session-reset";
  readonly reason: string;
  readonly code: number;
  readonly subcode: number;
  /** "OPEN Message Error/Unacceptable Hold Time". */
  readonly name: string;
  /** The data of the NOTIFICATION, as hex. */
  readonly data: string;
  /** The message as hex; all that is left of the stream where its header is wrong. */
  readonly message: string;
}

/** The octets end before the message does. */
export interface TruncatedMessage {
  readonly kind: "truncated";
  /** How long the message says that it is; absent when not even the header is there. */
  readonly expectedLength?: number;
  /** What is there, as hex. */
  readonly message: string;
}

/** One message, or why there is none. */
export type DecodedMessage =
  | OpenMessage
  | UpdateMessage
  | NotificationMessage
  | KeepaliveMessage
  | RouteRefreshMessage
  | MalformedMessage
  | TruncatedMessage;

/** Decodes the message at the beginning of `bytes`; what follows it is not looked at. Never throws. */
export function decodeMessage(bytes: Uint8Array, context: CodecContext): DecodedMessage {
  return decodeAt(bytes, 0, context);
}

/**
 * Decodes messages one after the other; after one that is truncated or whose header is wrong there is nothing more.
 * All are read in the same context, whatever an OPEN among them says. Never throws.
 */
export function decodeStream(bytes: Uint8Array, context: CodecContext): readonly DecodedMessage[] {
  const messages: DecodedMessage[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    messages.push(decodeAt(bytes, offset, context));
    const length = frameLength(bytes, offset, bytes.length, context);
    offset = length > 0 ? offset + length : bytes.length;
  }
  return messages;
}

function decodeAt(bytes: Uint8Array, offset: number, context: CodecContext): DecodedMessage {
  const length = frameLength(bytes, offset, bytes.length, context);
  if (length < 0) return malformed(headerError(bytes, offset), bytes.subarray(offset));
  if (length === 0 || offset + length > bytes.length) {
    const expected = length === 0 ? {} : { expectedLength: length };
    return { kind: "truncated", ...expected, message: hex(bytes.subarray(offset)) };
  }
  const message = decodeWhole(bytes, offset, length, context);
  return message.kind === "session-reset"
    ? malformed(message, bytes.subarray(offset, offset + length))
    : message;
}

function decodeWhole(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: CodecContext,
): DecodedMessage | SessionReset {
  switch (messageType(bytes, offset)) {
    case MESSAGE.OPEN:
      return decodeOpen(bytes, offset, length);
    case MESSAGE.UPDATE:
      return decodeUpdate(bytes, offset, length, context);
    case MESSAGE.NOTIFICATION:
      return decodeNotification(bytes, offset, length);
    case MESSAGE.ROUTE_REFRESH:
      return decodeRouteRefresh(bytes, offset, length);
    default:
      // `frameLength` lets no other type through.
      return { kind: "keepalive" };
  }
}

function malformed(reset: SessionReset, message: Uint8Array): MalformedMessage {
  const { reason, code, subcode, data } = reset;
  return {
    kind: "malformed",
    treatment: "session-reset",
    reason,
    code,
    subcode,
    name: errorName(code, subcode),
    data: hex(data),
    message: hex(message),
  };
}
