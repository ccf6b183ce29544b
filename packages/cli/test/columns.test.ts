import { expect, test } from "vitest";
import { Columns } from "../src/columns.ts";

test("columns are as wide as their widest cell, and lines that come later keep to them", () => {
  const columns = new Columns(["NAME", "ADDRESS"]);
  expect(
    columns.table([
      ["web-1", "10.1.0.11"],
      ["a", ""],
    ]),
  ).toBe("NAME   ADDRESS\nweb-1  10.1.0.11\na\n");
  expect(columns.line(["b", "10.1.0.1"])).toBe("b      10.1.0.1\n");
  expect(columns.line(["longer-name", "x"])).toBe("longer-name  x\n");
});
