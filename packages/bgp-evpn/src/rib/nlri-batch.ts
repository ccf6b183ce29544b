/**
 * A batch of NLRIs of one field, with the hash of the key of each.
 *
 * Taken apart together before any of them is looked up, so that the table can fetch the slots of all of them while it
 * waits for the first. One object serves all fields; nothing of it outlives the field.
 */
import { checkEvpnRoute } from "../wire/evpn/nlri-check.ts";
import { evpnNlriLength } from "../wire/evpn/nlri-key.ts";
import { nlriHash } from "./nlri-hash.ts";

/** NLRIs in a batch at most. */
const BATCH_LENGTH = 64;
const NO_BYTES = new Uint8Array(0);

/** Up to 64 NLRIs. */
export class NlriBatch {
  count = 0;
  /** The array that holds the NLRIs; not a copy. */
  bytes: Uint8Array = NO_BYTES;
  /** Where each NLRI starts, type and length included. */
  readonly offset: Int32Array = new Int32Array(BATCH_LENGTH);
  /** Octets of each NLRI. */
  readonly length: Int32Array = new Int32Array(BATCH_LENGTH);
  /** Of each NLRI of which a key can be made; the others are to be passed over. */
  readonly keyHash: Int32Array = new Int32Array(BATCH_LENGTH);
  readonly hasKey: Uint8Array = new Uint8Array(BATCH_LENGTH);

  /** Takes NLRIs from `start` on and returns where those begin that did not fit; `end` when there are none. */
  read(bytes: Uint8Array, start: number, end: number): number {
    this.bytes = bytes;
    let count = 0;
    let at = start;
    while (at < end && count < BATCH_LENGTH) {
      const length = evpnNlriLength(bytes, at, end);
      if (length < 0) {
        at = end;
        break;
      }
      const isFaulty = checkEvpnRoute(bytes, at) !== undefined;
      this.offset[count] = at;
      this.length[count] = length;
      this.hasKey[count] = isFaulty ? 0 : 1;
      this.keyHash[count] = isFaulty ? 0 : nlriHash(bytes, at);
      at += length;
      count++;
    }
    this.count = count;
    return at;
  }
}
