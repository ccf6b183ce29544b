/** Octets as text: lower-case hexadecimal without separators. */

/** "0a630003". */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The octets of a text that `hex` wrote. Throws RangeError for any other text. */
export function bytesFromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new RangeError(`"${text}" is not hexadecimal`);
  return Uint8Array.from(Buffer.from(text, "hex"));
}
