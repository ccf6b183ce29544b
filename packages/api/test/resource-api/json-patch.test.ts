import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applyJsonPatch,
  JsonPatchError,
  jsonPatchSchema,
} from "../../src/resource-api/json-patch.ts";

function patched(value: unknown, patch: unknown): unknown {
  return applyJsonPatch(value, jsonPatchSchema.parse(patch));
}

// RFC 6902, appendix A, by its numbers.
test.each([
  [
    "A.1 adding a field",
    { foo: "bar" },
    [{ op: "add", path: "/baz", value: "qux" }],
    { foo: "bar", baz: "qux" },
  ],
  [
    "A.2 adding to a list",
    { foo: ["bar", "baz"] },
    [{ op: "add", path: "/foo/1", value: "qux" }],
    { foo: ["bar", "qux", "baz"] },
  ],
  [
    "A.3 removing a field",
    { baz: "qux", foo: "bar" },
    [{ op: "remove", path: "/baz" }],
    { foo: "bar" },
  ],
  [
    "A.4 removing from a list",
    { foo: ["bar", "qux", "baz"] },
    [{ op: "remove", path: "/foo/1" }],
    { foo: ["bar", "baz"] },
  ],
  [
    "A.5 replacing",
    { baz: "qux", foo: "bar" },
    [{ op: "replace", path: "/baz", value: "boo" }],
    { baz: "boo", foo: "bar" },
  ],
  [
    "A.6 moving a field",
    { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
    [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
    { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
  ],
  [
    "A.7 moving in a list",
    { foo: ["all", "grass", "cows", "eat"] },
    [{ op: "move", from: "/foo/1", path: "/foo/3" }],
    { foo: ["all", "cows", "eat", "grass"] },
  ],
  [
    "A.8 testing",
    { baz: "qux", foo: ["a", 2, "c"] },
    [
      { op: "test", path: "/baz", value: "qux" },
      { op: "test", path: "/foo/1", value: 2 },
    ],
    { baz: "qux", foo: ["a", 2, "c"] },
  ],
  [
    "A.10 adding what is nested",
    { foo: "bar" },
    [{ op: "add", path: "/child", value: { grandchild: {} } }],
    { foo: "bar", child: { grandchild: {} } },
  ],
  [
    "A.11 ignoring what is unknown",
    { foo: "bar" },
    [{ op: "add", path: "/baz", value: "qux", xyz: 123 }],
    { foo: "bar", baz: "qux" },
  ],
  [
    "A.14 escapes",
    { "/": 9, "~1": 10 },
    [{ op: "test", path: "/~01", value: 10 }],
    { "/": 9, "~1": 10 },
  ],
  [
    "A.16 adding a list",
    { foo: ["bar"] },
    [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
    { foo: ["bar", ["abc", "def"]] },
  ],
  ["replacing all", { foo: 1 }, [{ op: "replace", path: "", value: { a: 1 } }], { a: 1 }],
  ["adding over a field", { foo: 1 }, [{ op: "add", path: "/foo", value: 2 }], { foo: 2 }],
  [
    "copying",
    { a: { b: 1 } },
    [{ op: "copy", from: "/a", path: "/c" }],
    { a: { b: 1 }, c: { b: 1 } },
  ],
  [
    "deep in lists",
    { a: [{ b: [1] }] },
    [{ op: "replace", path: "/a/0/b/0", value: 2 }],
    { a: [{ b: [2] }] },
  ],
])("%s", (_, value, patch, result) => {
  const before = structuredClone(value);
  expect(patched(value, patch)).toEqual(result);
  expect(value).toEqual(before);
});

test.each([
  ["A.9 a test that fails", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }]],
  ["A.12 no parent", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }]],
  ["A.15 a number is no text", { "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }]],
  ["nothing to replace", {}, [{ op: "replace", path: "/a", value: 1 }]],
  ["nothing to remove", {}, [{ op: "remove", path: "/a" }]],
  ["everything removed", {}, [{ op: "remove", path: "" }]],
  ["an index beyond the end", { a: [1] }, [{ op: "add", path: "/a/2", value: 1 }]],
  ["an index with a zero first", { a: [1, 2] }, [{ op: "remove", path: "/a/01" }]],
  ["an index that is a word", { a: [1] }, [{ op: "replace", path: "/a/length", value: 0 }]],
  ["a field of a text", { a: "x" }, [{ op: "add", path: "/a/b", value: 1 }]],
  ["a move into itself", { a: { b: {} } }, [{ op: "move", from: "/a", path: "/a/b" }]],
  ["what every object has", {}, [{ op: "copy", from: "/constructor", path: "/a" }]],
])("%s is refused, with the number of the operation", (_, value, patch) => {
  expect(() => patched(value, patch)).toThrow(JsonPatchError);
  expect(() => patched(value, patch)).toThrow("operation 0");
});

test("copies that double the value are refused in time", () => {
  const patch = Array.from({ length: 1000 }, (_, index) => ({
    op: "copy",
    from: "",
    path: `/a${index}`,
  }));
  expect(() => patched({ text: "x".repeat(100) }, patch)).toThrow("copies too much");
});

test("a field named __proto__ is one like any other", () => {
  const result = patched({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
  expect(Object.keys(Object(result))).toEqual(["__proto__"]);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

describe("the schema", () => {
  test.each([
    [{}],
    [[{ op: "merge", path: "/a" }]],
    [[{ op: "add", path: "a", value: 1 }]],
    [[{ op: "add", path: "/~2", value: 1 }]],
    [[{ op: "move", path: "/a" }]],
    [[{ op: "remove", path: `/${"a/".repeat(100)}` }]],
  ])("refuses %j", (patch) => {
    expect(jsonPatchSchema.safeParse(patch).success).toBe(false);
  });
});

test("adding a field and removing it again changes nothing, wherever it is", () => {
  const value = { a: [1, { b: [] }], c: { d: {} } };
  const places = fc.constantFrom("/x", "/a/0", "/a/-", "/a/1/x", "/a/1/b/0", "/c/d/x");
  fc.assert(
    fc.property(places, fc.jsonValue(), (path, added) => {
      const last = path === "/a/-" ? "/a/2" : path;
      const patch = [
        { op: "add", path, value: added },
        { op: "test", path: last, value: added },
        { op: "remove", path: last },
      ];
      expect(patched(value, patch)).toEqual(value);
    }),
  );
});
