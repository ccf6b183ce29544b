import { expect, test } from "vitest";
import { parseTimeSpan } from "../../src/commands/time-span.ts";

test.each([
  ["0", 0],
  ["30s", 30_000],
  ["1m30s", 90_000],
  ["1.5h", 5_400_000],
  ["500ms", 500],
])("%s is %d ms", (text, milliseconds) => {
  expect(parseTimeSpan(text)).toBe(milliseconds);
});

test.each(["", "30", "s", "-1s", "1d", "1s!", "700h"])("%j is no span", (text) => {
  expect(parseTimeSpan(text)).toBeUndefined();
});
