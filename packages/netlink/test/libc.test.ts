import { expect, test } from "vitest";
import { childOutput } from "./kernel-lab.ts";

test("native code is loaded by the first call, not by the import of the package", () => {
  expect(childOutput("lazy.ts")).toBe("false true\n");
});
