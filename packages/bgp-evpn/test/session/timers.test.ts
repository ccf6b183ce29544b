import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jittered, MAX_DELAY_MS, Timer } from "../../src/session/timers.ts";
import { FakeClock } from "./fake-clock.ts";

describe("a timer", () => {
  it("expires once, at its deadline", () => {
    const clock = new FakeClock();
    const expiries: number[] = [];
    const timer = new Timer(clock, () => expiries.push(clock.now()));
    timer.start(1000);
    clock.advance(999);
    expect(expiries).toEqual([]);
    clock.advance(5000);
    expect(expiries).toEqual([1000]);
    expect(timer.running).toBe(false);
  });

  it("started again before it expires counts from the last start", () => {
    const clock = new FakeClock();
    const expiries: number[] = [];
    const timer = new Timer(clock, () => expiries.push(clock.now()));
    timer.start(1000);
    clock.advance(600);
    timer.start(1000);
    clock.advance(5000);
    expect(expiries).toEqual([1600]);
  });

  it("of half a year expires at its deadline, though no runtime can be asked for that at once", () => {
    const clock = new FakeClock();
    const delays: number[] = [];
    const expiries: number[] = [];
    const schedule = (delayMs: number, callback: () => void) => {
      delays.push(delayMs);
      return clock.schedule(delayMs, callback);
    };
    const timer = new Timer({ now: () => clock.now(), schedule }, () => expiries.push(clock.now()));
    const halfYear = 16_777_215_000;
    timer.start(halfYear);
    clock.advance(2 * halfYear);
    expect(expiries).toEqual([halfYear]);
    expect(Math.max(...delays)).toBe(MAX_DELAY_MS);
    expect(delays).toHaveLength(8);
  });

  it("started again with a shorter time expires at the shorter time", () => {
    const clock = new FakeClock();
    const expiries: number[] = [];
    const timer = new Timer(clock, () => expiries.push(clock.now()));
    timer.start(240_000);
    timer.start(9000);
    clock.advance(300_000);
    expect(expiries).toEqual([9000]);
  });

  it("schedules nothing new for a later deadline, so restarting it for each message is cheap", () => {
    const clock = new FakeClock();
    const timer = new Timer(clock, () => undefined);
    for (let i = 0; i < 1000; i++) {
      timer.start(9000);
      clock.advance(1);
    }
    expect(clock.pending).toBe(1);
  });

  it("never expires after it was stopped", () => {
    const clock = new FakeClock();
    let expired = false;
    const timer = new Timer(clock, () => {
      expired = true;
    });
    timer.start(10);
    timer.stop();
    clock.advance(100);
    expect(expired).toBe(false);
    expect(clock.pending).toBe(0);
    expect(timer.remainingMs).toBeUndefined();
  });

  it("says by how much a stalled process made it late", () => {
    const clock = new FakeClock();
    const late: number[] = [];
    const timer = new Timer(clock, (lateMs) => late.push(lateMs));
    timer.start(1000);
    clock.stall(5000);
    clock.advance(0);
    expect(late).toEqual([4000]);
  });

  it("expires at the deadline of its last start for any sequence of starts and waits", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ delay: fc.integer({ min: 1, max: 50 }), wait: fc.nat(30) }), {
          maxLength: 30,
        }),
        (steps) => {
          const clock = new FakeClock();
          const expiries: number[] = [];
          const timer = new Timer(clock, () => expiries.push(clock.now()));
          const expected: number[] = [];
          for (const { delay, wait } of steps) {
            const deadline = clock.now() + delay;
            timer.start(delay);
            clock.advance(wait);
            if (deadline <= clock.now()) expected.push(deadline);
          }
          expect(expiries).toEqual(expected);
        },
      ),
    );
  });
});

describe("jitter", () => {
  it("takes off at most a quarter and adds nothing (RFC 4271, section 10)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (milliseconds, random) => {
          const value = jittered(milliseconds, () => random);
          expect(value).toBeGreaterThanOrEqual(0.75 * milliseconds);
          expect(value).toBeLessThanOrEqual(milliseconds);
        },
      ),
    );
  });
});
