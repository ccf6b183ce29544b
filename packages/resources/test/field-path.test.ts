import { expect, test } from "vitest";
import { formatFieldPath } from "../src/field-path.ts";

test.each([
  [[], ""],
  [["spec", "addresses", 1], "spec.addresses[1]"],
  [["items", 0, "spec"], "items[0].spec"],
  [["metadata", "labels", "example.org/role"], 'metadata.labels["example.org/role"]'],
])("%j is written %s", (path, text) => {
  expect(formatFieldPath(path)).toBe(text);
});
