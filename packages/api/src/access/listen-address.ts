/** `ADDRESS:PORT`, as a configuration has it: `10.0.1.1:6443`, `[2001:db8::1]:6443`, `0.0.0.0:6443`. */
import { isIPv4, isIPv6 } from "node:net";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Undefined for any other text: names are not taken, since they may come to mean another address. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === "" || port > 65_535) return undefined;
  if (bracketed !== undefined && isIPv6(bracketed)) return { host: bracketed, port };
  if (plain !== undefined && isIPv4(plain)) return { host: plain, port };
  return undefined;
}
