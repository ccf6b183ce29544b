import { expect, test } from "vitest";
import { ageText } from "../../src/resource-api/age.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

// The cases of k8s.io/apimachinery/pkg/util/duration.
test.each([
  [-5 * SECOND, "0s"],
  [0, "0s"],
  [SECOND - 1, "0s"],
  [2 * MINUTE - 1, "119s"],
  [2 * MINUTE, "2m"],
  [2 * MINUTE + 1 * SECOND, "2m1s"],
  [10 * MINUTE - 1, "9m59s"],
  [10 * MINUTE + 59 * SECOND, "10m"],
  [3 * HOUR - 1, "179m"],
  [3 * HOUR, "3h"],
  [8 * HOUR - 1, "7h59m"],
  [8 * HOUR + 1 * MINUTE, "8h"],
  [2 * DAY - 1, "47h"],
  [2 * DAY, "2d"],
  [8 * DAY - 1, "7d23h"],
  [8 * DAY, "8d"],
  [2 * 365 * DAY - 1, "729d"],
  [2 * 365 * DAY, "2y"],
  [8 * 365 * DAY - 1, "7y364d"],
  [8 * 365 * DAY + 364 * DAY, "8y"],
])("%d ms are %s", (age, text) => {
  expect(ageText(age)).toBe(text);
});
