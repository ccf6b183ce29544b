import { expect, test } from "vitest";
import { Backoff } from "../src/backoff.ts";

test("a backoff doubles up to its limit and starts again after a success", () => {
  const backoff = new Backoff(100, 450);
  expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 450, 450]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});
