/**
 * Counts failed attempts to authenticate, by address, in bounded memory. It slows nobody down who has good credentials:
 * tokens cannot be guessed, so what is limited is what failures cost (entries of the audit log). Pure but for its state.
 */
import { isIPv6 } from "node:net";

export interface FailedAttemptsOptions {
  /** Failures of one address that are answered and recorded as such. Default 10 ... */
  readonly limit?: number;
  /** ... in so many milliseconds. Default a minute. */
  readonly window?: number;
  /** Addresses that are remembered. Default 10,000; the ones without failures for longest are forgotten. */
  readonly capacity?: number;
  /** Milliseconds of any clock that does not go back. */
  readonly now: () => number;
}

export type AttemptVerdict =
  /** `isLast`: further ones in the window will not be recorded. */
  | { readonly kind: "recorded"; readonly isLast: boolean }
  | { readonly kind: "limited"; readonly retryAfterSeconds: number };

interface Window {
  readonly since: number;
  readonly failures: number;
}

export class FailedAttempts {
  readonly #limit: number;
  readonly #window: number;
  readonly #capacity: number;
  readonly #now: () => number;
  /** In the order of their latest failures. */
  readonly #windows = new Map<string, Window>();

  constructor({ limit = 10, window = 60_000, capacity = 10_000, now }: FailedAttemptsOptions) {
    this.#limit = limit;
    this.#window = window;
    this.#capacity = capacity;
    this.#now = now;
  }

  /** Notes a failure. */
  fail(address: string): AttemptVerdict {
    const who = networkOf(address);
    const now = this.#now();
    const known = this.#windows.get(who);
    const isOpen = known !== undefined && now - known.since < this.#window;
    const window = isOpen
      ? { ...known, failures: known.failures + 1 }
      : { since: now, failures: 1 };
    this.#windows.delete(who);
    this.#windows.set(who, window);
    if (this.#windows.size > this.#capacity) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest);
        break;
      }
    }
    if (window.failures > this.#limit) {
      const left = window.since + this.#window - now;
      return { kind: "limited", retryAfterSeconds: Math.max(1, Math.ceil(left / 1000)) };
    }
    return { kind: "recorded", isLast: window.failures === this.#limit };
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#windows.size;
  }
}

/** One customer has a /64 of IPv6 addresses at least, so its addresses count as one. */
function networkOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!isIPv6(bare)) return bare;
  const [head = "", tail] = (bare.split("%")[0] ?? "").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":");
}
