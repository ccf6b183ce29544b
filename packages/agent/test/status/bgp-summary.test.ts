import { expect, test } from "vitest";
import { formatUptime } from "../../src/status/bgp-summary.ts";

test.each([
  [undefined, "never"],
  [0, "00:00:00"],
  [61, "00:01:01"],
  [86_399, "23:59:59"],
  [86_400 + 2 * 3600 + 180, "1d02h03m"],
  [8 * 86_400 + 3 * 3600, "01w1d03h"],
])("%s seconds are written as FRR writes them: %s", (seconds, text) => {
  expect(formatUptime(seconds)).toBe(text);
});
