import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { NODE_FLAGS, nodeRuntime } from "../../bin/node-runtime.mjs";

const NODE = nodeRuntime(fileURLToPath(new URL("../..", import.meta.url))) ?? process.execPath;

/** Runs a benchmark and gives what it printed with --json; every one checks its own result and exits with 1. */
function bench(name: string, ...args: readonly string[]): unknown {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const run = spawnSync(NODE, [...NODE_FLAGS, file, ...args, "--json"], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  return JSON.parse(run.stdout);
}

const OURS = ["--reflectors", "selvedge"] as const;

const RUNS: readonly (readonly [name: string, ...args: string[]])[] = [
  ["vrfs", "--vrfs", "3", "--endpoints", "2", "--repetitions", "1"],
  ["churn", "--operations", "200", "--vrfs", "2", "--workloads", "8", "--patience", "0"],
  ["vtep-failure", "--routes", "500", "--moves", "3", "--repetitions", "1"],
  ["data-path", "--seconds", "1", "--repetitions", "1", "--mtu", "1500"],
  ["reflection", "--routes", "4000"],
  [
    "reflection-frr",
    ...["--routes", "4000", "--clients", "2:1", "--types", "mixed", "--tenants", "10"],
    ...["--repetitions", "1", "--warm"],
  ],
  ["held", "--routes", "4000", "--clients", "2:1", ...OURS],
  ["withdraw", "--routes", "4000", "--clients", "2:2", ...OURS],
  ["flaps", "--routes", "100", "--times", "10", "--clients", "2", ...OURS],
  ["stuck-client", "--routes", "2000", "--seconds", "1", "--clients", "2"],
  ["sessions", "--sessions", "300", "--seconds", "1"],
  ["allocations", "--routes", "4000"],
  ["datastore", "--seconds", "0.2", "--repetitions", "1"],
  ["admission", "--endpoints", "1000", "--bulk", "100", "--repetitions", "2"],
  ["first-sync", "--endpoints", "1000", "--repetitions", "1"],
  ["ipam", "--seconds", "0.2", "--repetitions", "1", "--hosts", "1"],
];

test.for(RUNS)(
  "benchmark %s runs, and its clients hold what they should",
  {
    timeout: 60_000,
  },
  ([name, ...args]) => {
    expect(bench(name, ...args)).toBeInstanceOf(Object);
  },
);

test("wrong arguments are refused with what would be right", () => {
  const file = fileURLToPath(new URL("./reflection-frr.ts", import.meta.url));
  const args = [...NODE_FLAGS, file, "--clients", "2:x"];
  const run = spawnSync(NODE, args, { encoding: "utf8" });
  expect(run.status).toBe(2);
  expect(run.stderr).toBe("--clients is a whole number from 0 on, not x\n");
});
