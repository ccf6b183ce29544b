/** Work on stretches of byte arrays without making views of them. */

/** Up to this many octets a loop beats `Uint8Array.set` on a view, which has to be allocated. */
const LOOP_LIMIT = 64;

/** Copies `length` octets and returns the position after them. */
export function copyBytes(
  source: Uint8Array,
  from: number,
  length: number,
  target: Uint8Array,
  at: number,
): number {
  if (length <= LOOP_LIMIT) {
    for (let i = 0; i < length; i++) target[at + i] = source[from + i] ?? 0;
  } else {
    target.set(source.subarray(from, from + length), at);
  }
  return at + length;
}

/** Whether `length` octets are all zero. */
export function areZero(bytes: Uint8Array, from: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[from + i] !== 0) return false;
  return true;
}

/** Whether the octets from `from` on begin with those of `other`. */
export function startsWith(bytes: Uint8Array, from: number, other: Uint8Array): boolean {
  for (let i = 0; i < other.length; i++) if (bytes[from + i] !== other[i]) return false;
  return true;
}
