/** KEEPALIVE: a header and nothing else (RFC 4271 section 4.4). */
import { encodeMessage, MESSAGE } from "./header.ts";

const KEEPALIVE = encodeMessage(MESSAGE.KEEPALIVE, new Uint8Array(0));

/** The KEEPALIVE message: the same array each time, not to be written to. */
export function encodeKeepalive(): Uint8Array {
  return KEEPALIVE;
}
