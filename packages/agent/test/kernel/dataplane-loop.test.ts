import { setImmediate as nextTurn } from "node:timers/promises";
import { type ApplyReport, DataplaneError } from "@selvedge/vxlan-dataplane";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DataplaneLoop } from "../../src/kernel/dataplane-loop.ts";
import { recordingLog } from "../fixtures.ts";

const failure = (message: string) =>
  new DataplaneError("kernel-refused", "vxlan vx5001", message, { vrf: "red/main" });

/** A dataplane that reports what the test has prepared, then that all is well. */
class ScriptedDataplane {
  readonly reports: ApplyReport[] = [];
  applied = 0;
  retried = 0;
  resynced = 0;

  apply(): ApplyReport {
    this.applied += 1;
    return this.reports.shift() ?? { operations: 0, failures: [], more: false };
  }

  retryFailed(): void {
    this.retried += 1;
  }

  resync(): void {
    this.resynced += 1;
  }
}

let dataplane: ScriptedDataplane;
let loop: DataplaneLoop;
let lines: Record<string, unknown>[];
let slices: number;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  dataplane = new ScriptedDataplane();
  slices = 0;
  const recording = recordingLog();
  lines = recording.lines;
  loop = new DataplaneLoop({
    dataplane,
    log: recording.log,
    onApplied: () => {
      slices += 1;
    },
  });
});

afterEach(() => {
  loop[Symbol.dispose]();
  vi.useRealTimers();
});

/** Lets the loop finish what a timer has begun. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

describe("the dataplane's turns", () => {
  test("go on until there is no more to do, and each is told of", async () => {
    dataplane.reports.push(
      { operations: 9, failures: [], more: true },
      { operations: 9, failures: [], more: true },
    );
    await loop.settled();
    expect(dataplane.applied).toBe(3);
    expect(slices).toBe(3);
  });

  test("are one however often it is woken in between", async () => {
    loop.wake();
    loop.wake();
    await loop.settled();
    expect(dataplane.applied).toBe(1);
  });

  test("come again after a failure, with growing waits, until there is none", async () => {
    for (const message of ["no", "no", "no"]) {
      dataplane.reports.push({ operations: 1, failures: [failure(message)], more: false });
    }
    await loop.settled();
    for (const [retries, wait] of [500, 1000, 2000].entries()) {
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(dataplane.retried).toBe(retries);
      await vi.advanceTimersByTimeAsync(1);
      await turns();
      expect(dataplane.applied).toBe(retries + 2);
    }
    expect(dataplane.retried).toBe(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(dataplane.retried).toBe(3);
  });

  test("say how long it is until what failed is tried again", async () => {
    expect(loop.retryIn).toBeUndefined();
    for (const message of ["no", "no"]) {
      dataplane.reports.push({ operations: 1, failures: [failure(message)], more: false });
    }
    await loop.settled();
    expect(loop.retryIn).toBeGreaterThan(0);
    expect(loop.retryIn).toBeLessThanOrEqual(500);
    await vi.advanceTimersByTimeAsync(500);
    await turns();
    expect(loop.retryIn).toBeGreaterThan(500);
    expect(loop.retryIn).toBeLessThanOrEqual(1000);
    await vi.advanceTimersByTimeAsync(1000);
    await turns();
    expect(loop.retryIn).toBeUndefined();
  });

  test("come again after a failure though others had theirs without one meanwhile", async () => {
    dataplane.reports.push({ operations: 1, failures: [failure("no")], more: false });
    await loop.settled();
    await vi.advanceTimersByTimeAsync(300);
    await loop.settled();
    await vi.advanceTimersByTimeAsync(199);
    expect(dataplane.retried).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    await turns();
    expect(dataplane.retried).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(dataplane.retried).toBe(1);
  });

  test("log a standing failure once, and again when it has changed", async () => {
    for (const message of ["no", "no", "still no"]) {
      dataplane.reports.push({ operations: 1, failures: [failure(message)], more: false });
    }
    await loop.settled();
    await loop.settled();
    await loop.settled();
    expect(lines.map(({ msg }) => msg)).toEqual(["no", "still no"]);
    expect(lines[0]).toMatchObject({ code: "kernel-refused", object: "vxlan vx5001" });
  });

  test("include a full comparison every five minutes", async () => {
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    await loop.settled();
    expect(dataplane.resynced).toBe(1);
  });

  test("end with the loop", async () => {
    dataplane.reports.push({ operations: 1, failures: [], more: true });
    loop.wake();
    loop[Symbol.dispose]();
    await loop.settled();
    expect(dataplane.applied).toBe(0);
  });
});
