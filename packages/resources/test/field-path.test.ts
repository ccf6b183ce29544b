import fc from "fast-check";
import { expect, test } from "vitest";
import { formatFieldPath, parseFieldPath } from "../src/field-path.ts";

test.each([
  [[], ""],
  [["spec", "addresses", 1], "spec.addresses[1]"],
  [["items", 0, "spec"], "items[0].spec"],
  [["metadata", "labels", "example.org/role"], 'metadata.labels["example.org/role"]'],
])("%j is written %s", (path, text) => {
  expect(formatFieldPath(path)).toBe(text);
});

test("what is written is read back, whatever the steps are", () => {
  const step = fc.oneof(
    fc.nat(),
    fc.string({ minLength: 1 }),
    fc.constantFrom("spec", "a-b", "x.y/z"),
  );
  fc.assert(
    fc.property(fc.array(step), (path) => {
      expect(parseFieldPath(formatFieldPath(path))).toEqual(path);
    }),
  );
});

test("no other text is read", () => {
  for (const text of [".spec", "a..b", "[x]", "a[1", "a b", '["spec"]', '["\\x"]', "a["]) {
    expect(parseFieldPath(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const path = parseFieldPath(text);
      if (path !== undefined) expect(formatFieldPath(path)).toBe(text);
    }),
  );
});
