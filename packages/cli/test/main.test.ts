/** What the process does with its standard output, which the tests of the commands replace. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NETWORK } from "./declared.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const NODE_ARGS = ["--conditions=@selvedge/source", "--disable-warning=ExperimentalWarning", MAIN];

test("a standard output that cannot be written to is said, with exit code 1", () => {
  const { status, stderr } = spawnSync(process.execPath, [...NODE_ARGS, "--help"], {
    stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    encoding: "utf8",
  });
  expect(stderr).toMatch(/^selvedge: cannot write to standard output: .*ENOSPC/);
  expect(status).toBe(1);
});

test("a command that waits on a datastore within the process goes on until its time is over", () => {
  const directory = mkdtempSync(join(tmpdir(), "selvedge-main-"));
  try {
    const command = (args: readonly string[], input = "") =>
      spawnSync(process.execPath, [...NODE_ARGS, ...args], {
        env: { ...process.env, SELVEDGE_DATASTORE: join(directory, "datastore.db") },
        encoding: "utf8",
        input,
      });
    expect(command(["apply", "-f", "-"], NETWORK).status).toBe(0);
    const { status, stderr } = command([
      "wait",
      "tenant/red",
      "--for",
      "delete",
      "--timeout",
      "1s",
    ]);
    expect(stderr).toBe("selvedge: timed out waiting for tenants/red to be deleted\n");
    expect(status).toBe(3);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
