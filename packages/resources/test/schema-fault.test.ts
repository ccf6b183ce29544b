import { describe, expect, test } from "vitest";
import { z } from "zod";
import { faultsOf } from "../src/schema-fault.ts";

const schema = z.strictObject({
  name: z.string().describe("a name"),
  rows: z
    .array(z.strictObject({ count: z.int().min(1).max(9).describe("a count") }))
    .min(1)
    .optional()
    .describe("a list of rows"),
  colour: z.enum(["red", "blue"]).optional(),
  nested: z.strictObject({}).prefault({}),
});

function messages(value: unknown): string[] {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return [];
  return faultsOf(parsed.error, schema).map(({ path, message }) => `${path.join("/")}: ${message}`);
}

describe("a fault", () => {
  test.each([
    [{}, "name: is missing; write a name"],
    [{ name: null }, "name: is empty; write a name"],
    [{ name: [] }, "name: a list is not text; write a name"],
    [{ name: "a", rows: {} }, "rows: a set of fields is not a list; write a list of rows"],
    [{ name: "a", rows: [] }, "rows: the list is empty; write a list of rows"],
    [{ name: "a", rows: [{ count: 0 }] }, "rows/0/count: the number 0 is below 1, the least"],
    [{ name: "a", rows: [{ count: 10 }] }, "rows/0/count: the number 10 is above 9, the most"],
    [
      { name: "a", rows: [{ count: 1.5 }] },
      "rows/0/count: the number 1.5 is not a whole number; write a count",
    ],
    [{ name: "a", rows: [true] }, "rows/0: true is not a set of fields"],
    [{ name: "a", rows: [{}] }, "rows/0/count: is missing; write a count"],
    [{ name: "a", colour: "rde" }, 'colour: "rde" is not possible here; did you mean "red"?'],
    [
      { name: "a", colour: "green" },
      'colour: "green" is not possible here; write one of red, blue',
    ],
    [{ name: "a", color: "red" }, 'color: unknown field "color"; did you mean "colour"?'],
    [
      { name: "a", rows: [{ count: 1, z: 2 }] },
      'rows/0/z: unknown field "z"; the fields here are count',
    ],
    [{ name: "a", nested: { z: 2 } }, 'nested/z: unknown field "z"; remove it'],
  ])("of %j is told in words", (value, message) => {
    expect(messages(value)).toEqual([message]);
  });

  test("is told of each unknown field by itself", () => {
    expect(messages({ name: "a", colr: 1, nmae: 2 })).toHaveLength(2);
  });
});
