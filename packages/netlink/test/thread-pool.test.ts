import { expect, test } from "vitest";
import { primeThreadPool } from "../src/thread-pool.ts";
import { childOutput, labNamespace } from "./kernel-lab.ts";

/** How many threads a fresh process has, and how many of them are not in its namespace. */
function threadsAfter(name: string, way: "run" | "setns"): { threads: number; strays: number } {
  const [threads, strays] = childOutput("pool.ts", name, way).split(" ").map(Number);
  return { threads: threads ?? 0, strays: strays ?? Number.NaN };
}

test("without care, threads of the pool stay in the namespace where work was first given to them", () => {
  const { name = "" } = labNamespace("pool");
  const { strays } = threadsAfter(name, "setns");
  expect(strays).toBeGreaterThan(0);
});

test("run() makes the pool's threads before it enters, though nobody called primeThreadPool", () => {
  const { name = "" } = labNamespace("pool");
  const { threads, strays } = threadsAfter(name, "run");
  expect(threads).toBeGreaterThan(1);
  expect(strays).toBe(0);
});

test("priming again is the same promise, and it is kept", async () => {
  const first = primeThreadPool();
  expect(primeThreadPool()).toBe(first);
  await expect(first).resolves.toBeUndefined();
});
