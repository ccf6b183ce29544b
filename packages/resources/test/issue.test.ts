import { expect, test } from "vitest";
import { formatIssue } from "../src/issue.ts";

const issue = {
  key: "endpoints/red/web-1",
  path: ["spec", "host"],
  message: "is missing",
} as const;

test("an issue of a file starts with the place", () => {
  const position = { file: "examples/x.yaml", line: 14, column: 9 };
  expect(formatIssue({ ...issue, position })).toBe("examples/x.yaml:14:9: spec.host: is missing");
});

test("an issue of no file starts with the resource", () => {
  expect(formatIssue(issue)).toBe("endpoints/red/web-1: spec.host: is missing");
});

test("an issue of the whole resource has no path", () => {
  expect(formatIssue({ ...issue, path: [] })).toBe("endpoints/red/web-1: is missing");
  expect(formatIssue({ path: [], message: "is missing" })).toBe("is missing");
});
