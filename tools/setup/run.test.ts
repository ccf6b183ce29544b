import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const RUN = fileURLToPath(new URL("./run.mjs", import.meta.url));

const run = (...args: string[]) =>
  spawnSync(process.execPath, [RUN, ...args], { encoding: "utf8" });

test("with everything in place it says nothing and runs the job with its arguments", () => {
  const outcome = run("bench", "--help");
  expect(outcome.stderr).toBe("");
  expect(outcome.stdout).toContain("npm run bench -- NAME");
  expect(outcome.status).toBe(0);
});

test("the exit status of the job is passed on", () => {
  const outcome = run("bench", "no-such-benchmark");
  expect(outcome.stderr).toContain("no-such-benchmark");
  expect(outcome.status).toBe(2);
});

test("an unknown job is refused with the usage", () => {
  const outcome = run("deploy");
  expect(outcome.stderr).toMatch(/^selvedge: usage: .*lab\|test\|setup\|bench/);
  expect(outcome.status).toBe(1);
});
