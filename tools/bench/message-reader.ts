/**
 * From chunks of a socket to BGP messages, for the clients of benchmarks: no checks but of lengths, no allocation.
 *
 * Does not: validate. A benchmark that reads nonsense fails at the sum of its routes.
 */

const HEADER_LENGTH = 19;
const MAX_MESSAGE = 4096;

/** Takes the whole message at `offset`; the bytes are only valid until it returns. */
export type OnMessage = (view: DataView, offset: number) => void;

/** One direction of a session. */
export class MessageReader {
  readonly #onMessage: OnMessage;
  /** A message that has not arrived whole yet. */
  readonly #held = new Uint8Array(MAX_MESSAGE);
  readonly #heldView = new DataView(this.#held.buffer);
  #heldLength = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  push(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = this.#complete(bytes);
    for (;;) {
      const left = bytes.length - at;
      const length = left < HEADER_LENGTH ? 0 : messageLength(view, at);
      if (length === 0 || length > left) break;
      this.#onMessage(view, at);
      at += length;
    }
    this.#hold(bytes, at, bytes.length);
  }

  /** Hands on the message that was begun before, if `bytes` ends it; returns where the next one starts. */
  #complete(bytes: Uint8Array): number {
    if (this.#heldLength === 0) return 0;
    let at = this.#hold(bytes, 0, HEADER_LENGTH - this.#heldLength);
    if (this.#heldLength < HEADER_LENGTH) return at;
    const length = messageLength(this.#heldView, 0);
    at = this.#hold(bytes, at, at + length - this.#heldLength);
    if (this.#heldLength < length) return at;
    this.#heldLength = 0;
    this.#onMessage(this.#heldView, 0);
    return at;
  }

  #hold(bytes: Uint8Array, from: number, to: number): number {
    const end = Math.min(Math.max(from, to), bytes.length);
    if (end > from) this.#held.set(bytes.subarray(from, end), this.#heldLength);
    this.#heldLength += end - from;
    return end;
  }
}

function messageLength(view: DataView, at: number): number {
  const length = view.getUint16(at + 16);
  if (length >= HEADER_LENGTH && length <= MAX_MESSAGE) return length;
  throw new RangeError(`a message cannot have ${length} octets`);
}
