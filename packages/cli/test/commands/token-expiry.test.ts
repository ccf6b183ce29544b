import { expect, test } from "vitest";
import { parseExpiry } from "../../src/commands/token-expiry.ts";

const NOW = new Date("2026-06-01T12:00:00Z");

test.each([
  ["90d", "2026-08-30T12:00:00.000Z"],
  ["12h", "2026-06-02T00:00:00.000Z"],
  ["2030-01-31", "2030-01-31T00:00:00.000Z"],
])("%s is a time", (text, at) => {
  expect(parseExpiry(text, NOW)).toEqual({ kind: "at", at: new Date(at) });
});

test("never is never", () => {
  expect(parseExpiry("never", NOW)).toEqual({ kind: "never" });
});

test.each(["", "0d", "90", "d", "-1d", "2026-06-01", "2030-02-31", "tomorrow", "1y", "999999d"])(
  "%j is refused",
  (text) => {
    expect(parseExpiry(text, NOW).kind).toBe("refused");
  },
);
