/**
 * The last message of a neighbour that was malformed: what a person who asks why a route is missing wants to see, and
 * what the log may have suppressed.
 */

import { hex } from "../wire/hex.ts";

/** A message that was not as the RFCs want it. */
export interface MalformedMessageRecord {
  /** When it came, by the clock, in milliseconds. */
  readonly at: number;
  /** What is wrong with it and what was done. */
  readonly reason: string;
  /** The whole message; what there is of it when its header is wrong. */
  readonly hex: string;
}

/** Keeps the last one. */
export class LastMalformedMessage {
  #at = 0;
  #reason = "";
  #bytes: Uint8Array | undefined;

  /** `bytes` are copied. */
  note(at: number, reason: string, bytes: Uint8Array): void {
    this.#at = at;
    this.#reason = reason;
    this.#bytes = bytes.slice();
  }

  /** Undefined as long as everything was well-formed. */
  get record(): MalformedMessageRecord | undefined {
    if (this.#bytes === undefined) return undefined;
    return { at: this.#at, reason: this.#reason, hex: hex(this.#bytes) };
  }
}
