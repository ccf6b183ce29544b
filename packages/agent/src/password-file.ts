/**
 * A password in a file of its own, so that the configuration may be read by those who may not know it. Its text never
 * appears in a message.
 */
import { readFileSync } from "node:fs";

/** The password, or why the file has none. */
export type PasswordResult =
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "refused"; readonly reason: string };

/** What TCP-MD5 takes (RFC 2385 as Linux has it). */
const MAX_OCTETS = 80;

/** Reads the one line of a file; the newline at its end is not part of the password. */
export function readPassword(file: string): PasswordResult {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
  const password = text.replace(/\r?\n$/, "");
  const octets = new TextEncoder().encode(password).length;
  if (octets < 1 || octets > MAX_OCTETS) {
    const reason = `${file}: the password has ${octets} octets; it must have 1 to ${MAX_OCTETS}`;
    return { kind: "refused", reason };
  }
  if (/[\r\n]/.test(password)) {
    return {
      kind: "refused",
      reason: `${file}: there is more than one line; write the password only`,
    };
  }
  return { kind: "password", password };
}
