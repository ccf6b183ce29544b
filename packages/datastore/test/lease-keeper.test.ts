import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepLease, type LeaseCalls } from "../src/lease-keeper.ts";
import type { Lease } from "../src/store.ts";

const TIME_TO_LIVE = 3000;

let closing: AbortController;
let renewals: number;
/** What the engine answers to the next renewals; at the end it is as if nobody answered. */
let answers: ("kept" | "gone")[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  closing = new AbortController();
  renewals = 0;
  answers = [];
});

afterEach(() => {
  closing.abort();
  vi.useRealTimers();
});

function keep(calls: Partial<LeaseCalls> = {}): Lease {
  return keepLease({
    id: "1",
    timeToLive: TIME_TO_LIVE,
    askedAt: performance.now(),
    closed: closing.signal,
    calls: {
      renew: async () => {
        renewals += 1;
        const answer = answers.shift();
        if (answer === undefined) throw new Error("nobody answers");
        return answer;
      },
      revoke: async () => undefined,
      ...calls,
    },
  });
}

test("a lease that is renewed is not lost, however long it is kept", async () => {
  answers = Array<"kept">(100).fill("kept");
  const lease = keep();
  await vi.advanceTimersByTimeAsync(30 * TIME_TO_LIVE);
  expect(lease.lost.aborted).toBe(false);
  expect(renewals).toBe(90);
});

test("without an answer it is lost when the time since it was last asked for is over, not before", async () => {
  answers = ["kept"];
  const lease = keep();
  await vi.advanceTimersByTimeAsync(TIME_TO_LIVE / 3 + TIME_TO_LIVE - 1);
  expect(lease.lost.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(lease.lost.aborted).toBe(true);
  const asked = renewals;
  await vi.advanceTimersByTimeAsync(10 * TIME_TO_LIVE);
  expect(renewals).toBe(asked);
});

test("an answer that takes longer than the time to live is too late", async () => {
  const lease = keep({ renew: () => new Promise(() => undefined) });
  await vi.advanceTimersByTimeAsync(TIME_TO_LIVE);
  expect(lease.lost.aborted).toBe(true);
});

test("it is lost at once when the engine says that it is gone", async () => {
  answers = ["gone"];
  const lease = keep();
  await vi.advanceTimersByTimeAsync(TIME_TO_LIVE / 3);
  expect(lease.lost.aborted).toBe(true);
});

test("it outlives failures that are shorter than its time to live", async () => {
  const outcomes = ["fails", "fails", "fails", "kept"];
  const lease = keep({
    renew: async () => {
      if (outcomes.shift() === "fails") throw new Error("nobody answers");
      return "kept";
    },
  });
  await vi.advanceTimersByTimeAsync(3 * TIME_TO_LIVE);
  expect(lease.lost.aborted).toBe(false);
});

test("it is lost when its store is closed, and not renewed any more", async () => {
  const lease = keep();
  closing.abort();
  expect(lease.lost.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(TIME_TO_LIVE);
  expect(renewals).toBe(0);
});

test("it is lost to its holder also where the store does not answer that it is revoked", async () => {
  const lease = keep({ revoke: () => Promise.reject(new Error("nobody answers")) });
  await expect(lease.revoke()).rejects.toThrow("nobody answers");
  expect(lease.lost.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(TIME_TO_LIVE);
  expect(renewals).toBe(0);
});
