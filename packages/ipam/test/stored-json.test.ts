import { expect, test } from "vitest";
import { jsonOf } from "../src/stored-json.ts";

test("a value is what its JSON says, and undefined where it is none", () => {
  expect(jsonOf('{"a":[1]}')).toEqual({ a: [1] });
  for (const text of ["", "{", "nothing"]) expect(jsonOf(text)).toBeUndefined();
});
