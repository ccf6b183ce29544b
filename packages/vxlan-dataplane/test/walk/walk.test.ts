import { primeThreadPool } from "@selvedge/netlink";
import { beforeAll, expect, test } from "vitest";
import { walk } from "./walk.ts";

beforeAll(async () => {
  if (process.getuid?.() !== 0) {
    throw new Error("this test makes network namespaces, which needs root: run it with sudo");
  }
  await primeThreadPool();
});

test("whatever was wanted, killed and deleted, one apply leaves what a fresh build does", async () => {
  // One that is known; `npm run walk` takes others, for longer.
  const seed = 44;
  const report = await walk({ seed, operations: 60 }).catch((cause: unknown) => {
    const again = `npm run walk -w @selvedge/vxlan-dataplane -- --seed ${seed} --operations 60`;
    throw new Error(`${again}\n${cause instanceof Error ? cause.message : cause}`, { cause });
  });
  expect(report.checks).toBeGreaterThan(1);
}, 120_000);
