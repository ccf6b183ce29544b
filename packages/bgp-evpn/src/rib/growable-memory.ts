/**
 * Memory that grows where it is: for tables that begin small and may become very large.
 *
 * A small one is an ordinary buffer that is copied to twice its size. A larger one is a reservation of addresses, of
 * which only as much is memory as is asked for, so that growth copies nothing, touches no page twice and leaves no
 * garbage. It is a SharedArrayBuffer not to be shared, but because that kind of growable buffer alone has views of a
 * fixed length, which are as fast as those of ordinary buffers; nor does it count as pressure on the garbage
 * collector, which would otherwise mark the whole heap again and again while tables grow.
 */

/** Up to this size buffers are copied. Most tables of most processes stay below it. */
const SMALL_BYTES = 0x10000;
/** Addresses reserved for one buffer; one that becomes larger is copied to a larger reservation. */
const RESERVED_BYTES = 0x20000000;
/** Reservations grow by this many bytes, or the given share of their size if that is more. */
const STEP_BYTES = 0x10000;
const STEP_SHARE = 1 / 16;
const MINIMUM_BYTES = 64;

/** A buffer of at least `bytes` bytes with the content of `buffer`, and zeros after it; perhaps `buffer` itself. */
export function growMemory(buffer: ArrayBufferLike, bytes: number): ArrayBufferLike {
  if (bytes <= buffer.byteLength) return buffer;
  if (buffer instanceof SharedArrayBuffer && bytes <= buffer.maxByteLength) {
    const wanted = Math.max(bytes, buffer.byteLength * (1 + STEP_SHARE));
    buffer.grow(Math.min(roundUp(wanted), buffer.maxByteLength));
    return buffer;
  }
  const larger = bytes <= SMALL_BYTES ? new ArrayBuffer(doubled(bytes)) : reserve(bytes);
  new Uint8Array(larger).set(new Uint8Array(buffer));
  return larger;
}

function reserve(bytes: number): SharedArrayBuffer {
  const maxByteLength = Math.max(RESERVED_BYTES, 2 * roundUp(bytes));
  return new SharedArrayBuffer(roundUp(bytes), { maxByteLength });
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
}

function doubled(bytes: number): number {
  let length = MINIMUM_BYTES;
  while (length < bytes) length *= 2;
  return length;
}
