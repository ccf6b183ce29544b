/** `--expires`: how long something is good for. */

export type Expiry =
  | { readonly kind: "at"; readonly at: Date }
  | { readonly kind: "never" }
  | { readonly kind: "refused"; readonly reason: string };

const HOUR = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: 24 * HOUR };

/** `90d`, `12h`, a day (its beginning, UTC), or `never`. */
export function parseExpiry(text: string, now: Date): Expiry {
  if (text === "never") return { kind: "never" };
  const [, count, unit = ""] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  const at =
    count === undefined
      ? parseDay(text)
      : new Date(now.getTime() + Number(count) * (UNITS[unit] ?? 0));
  if (at === undefined) {
    return { kind: "refused", reason: `"${text}" is no time; write 90d, 12h, 2030-01-31 or never` };
  }
  if (at <= now) return { kind: "refused", reason: `${text} is over already` };
  return { kind: "at", at };
}

/** Undefined also for the 31st of February. */
function parseDay(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? day : undefined;
}
