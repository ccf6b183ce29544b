/** What the process does with its standard output, which the tests of the commands replace. */
import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const MAIN = join(import.meta.dirname, "../src/main.ts");

test("a standard output that cannot be written to is said, with exit code 1", () => {
  const args = ["--conditions=@selvedge/source", "--disable-warning=ExperimentalWarning", MAIN];
  const { status, stderr } = spawnSync(process.execPath, [...args, "--help"], {
    stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    encoding: "utf8",
  });
  expect(stderr).toMatch(/^selvedge: cannot write to standard output: .*ENOSPC/);
  expect(status).toBe(1);
});
