/** Spans of time as users type them: `30s`, `1m30s`, `500ms`, `2h`. */
import { InvalidArgumentError, Option } from "commander";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** What a timer takes. */
const MOST = 2 ** 31 - 1;

/** Milliseconds, or undefined for what is no span. */
export function parseTimeSpan(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  const span = [...parts].reduce((sum, [, count, unit = ""]) => {
    return sum + Number(count) * (UNITS[unit] ?? 0);
  }, 0);
  return span <= MOST ? Math.round(span) : undefined;
}

/** `--timeout`, in milliseconds. */
export function timeoutOption(description: string): Option {
  return new Option("--timeout <time>", description)
    .argParser((text: string) => {
      const span = parseTimeSpan(text);
      if (span !== undefined) return span;
      throw new InvalidArgumentError("write 30s, 1m30s or 2h, up to 24 days.");
    })
    .default(30_000, "30s");
}

/** A signal that aborts after so many milliseconds. */
export function timeLimit(milliseconds: number): AbortSignal {
  return milliseconds === 0 ? AbortSignal.abort() : AbortSignal.timeout(milliseconds);
}
