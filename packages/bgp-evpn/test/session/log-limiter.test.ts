import { expect, it } from "vitest";
import { LINES_PER_PERIOD, LogLimiter, PERIOD_MS } from "../../src/session/log-limiter.ts";
import { FakeClock } from "./fake-clock.ts";

it("a log limiter lets some lines through in each period and counts the others", () => {
  const clock = new FakeClock();
  const limiter = new LogLimiter(clock);
  const write = (lines: number) => Array.from({ length: lines }, () => limiter.admit());
  expect(write(LINES_PER_PERIOD + 3).filter((line) => line === 0)).toHaveLength(LINES_PER_PERIOD);
  clock.advance(PERIOD_MS);
  expect(write(2)).toEqual([3, 0]);
  clock.advance(PERIOD_MS);
  expect(write(1)).toEqual([0]);
});
