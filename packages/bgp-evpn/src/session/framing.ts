/**
 * From a stream of chunks to whole messages.
 *
 * A message that lies whole in a chunk is handed on where it lies; only one that is cut by a chunk's end is copied,
 * into one buffer that is used again. What is inside the messages is not looked at beyond the header.
 *
 * RFC 4271 section 4.1 and 6.1; lengths as negotiated, RFC 8654.
 */

import {
  type CodecContext,
  DEFAULT_CONTEXT,
  MAX_EXTENDED_MESSAGE_LENGTH,
  MAX_MESSAGE_LENGTH,
} from "../wire/codec-context.ts";
import { frameLength, HEADER_LENGTH, headerError } from "../wire/header.ts";
import type { SessionReset } from "../wire/session-reset.ts";

/** Takes one message; the bytes are only valid until it returns. False stops: the connection is gone. */
export type MessageSink = (bytes: Uint8Array, offset: number, length: number) => boolean;

/** The receiving half of one connection. */
export class MessageStream {
  /** Decides how long a message may be; changes when the OPENs have been exchanged. */
  context: CodecContext = DEFAULT_CONTEXT;
  #held = 0;
  #buffer = new Uint8Array(0);

  /** Octets of a message that has not arrived whole yet. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Hands the messages that `chunk` completes to `sink`. Returns what is wrong with a header, if anything is. */
  push(chunk: Uint8Array, sink: MessageSink): SessionReset | undefined {
    let at = 0;
    if (this.#held > 0) {
      at = this.#fill(chunk, 0, HEADER_LENGTH);
      if (this.#held < HEADER_LENGTH) return undefined;
      const length = frameLength(this.#buffer, 0, this.#held, this.context);
      if (length < 0) return headerError(this.#buffer, 0);
      at = this.#fill(chunk, at, length);
      if (this.#held < length) return undefined;
      this.#held = 0;
      if (!sink(this.#buffer, 0, length)) return undefined;
    }
    return this.#pass(chunk, at, sink);
  }

  #pass(chunk: Uint8Array, start: number, sink: MessageSink): SessionReset | undefined {
    let at = start;
    while (at < chunk.length) {
      const length = frameLength(chunk, at, chunk.length, this.context);
      if (length < 0) return headerError(chunk, at);
      if (length === 0 || at + length > chunk.length) {
        this.#fill(chunk, at, chunk.length - at);
        return undefined;
      }
      if (!sink(chunk, at, length)) return undefined;
      at += length;
    }
    return undefined;
  }

  /** Copies from `chunk` until `wanted` octets are held; returns where it stopped reading. */
  #fill(chunk: Uint8Array, at: number, wanted: number): number {
    const count = Math.max(0, Math.min(wanted - this.#held, chunk.length - at));
    this.#reserve(this.#held + count);
    this.#buffer.set(chunk.subarray(at, at + count), this.#held);
    this.#held += count;
    return at + count;
  }

  #reserve(length: number): void {
    if (this.#buffer.length >= length) return;
    const size = length <= MAX_MESSAGE_LENGTH ? MAX_MESSAGE_LENGTH : MAX_EXTENDED_MESSAGE_LENGTH;
    const buffer = new Uint8Array(size);
    buffer.set(this.#buffer.subarray(0, this.#held));
    this.#buffer = buffer;
  }
}
