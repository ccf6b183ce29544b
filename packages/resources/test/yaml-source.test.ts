import { expect, test } from "vitest";
import { LineCounter, parseDocument } from "yaml";
import { YamlSource } from "../src/yaml-source.ts";

const TEXT = `spec:
  host: h1
  addresses:
    - 10.1.0.11
    - 10.1.0.12
  flow: { a: 1, b: [2, 3] }
  alias: &x 5
  other: *x
`;

const lines = new LineCounter();
const source = new YamlSource("x.yaml", parseDocument(TEXT, { lineCounter: lines }), lines);

test.each([
  ["a scalar by itself", ["spec", "host"], "2:9"],
  ["an entry of a list by itself", ["spec", "addresses", 1], "5:7"],
  ["a list by its name", ["spec", "addresses"], "3:3"],
  ["an entry of a flow list by itself", ["spec", "flow", "b", 1], "6:24"],
  ["an alias by itself", ["spec", "other"], "8:10"],
  ["a missing field by the name of what lacks it", ["spec", "subnet"], "1:1"],
  ["a missing entry by the name of the list", ["spec", "addresses", 7], "3:3"],
  ["a field inside a scalar by the scalar's name", ["spec", "host", "name"], "2:3"],
  ["the whole by its start", [], "1:1"],
])("locates %s", (_, path, place) => {
  const { file, line, column } = source.locate(path);
  expect(`${file}:${line}:${column}`).toBe(`x.yaml:${place}`);
});

test("locates the name of a field", () => {
  expect(source.locateName(["spec", "host"])).toMatchObject({ line: 2, column: 3 });
});

test("locates from inside a part of the document", () => {
  expect(source.within(["spec"]).locate(["host"])).toMatchObject({ line: 2, column: 9 });
});
