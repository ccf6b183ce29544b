import { describe, expect, it } from "vitest";
import { SLICE_MS, SlicedWork } from "../src/speaker-work.ts";
import { FakeClock } from "./session/fake-clock.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work of so many pieces, each of which takes `pieceMs` on the clock. */
const make = (pieces: number, pieceMs: number, held = false) => {
  const clock = new FakeClock();
  const log = { left: pieces, idle: 0 };
  const step = (): boolean => {
    clock.stall(pieceMs);
    log.left--;
    return log.left > 0;
  };
  const work = new SlicedWork(clock, { step, onIdle: () => log.idle++ }, held);
  return { clock, log, work };
};

describe("sliced work", () => {
  it("gives up the event loop after a slice, and goes on in the next turn", async () => {
    const { log, work } = make(12, SLICE_MS / 5);
    work.wake();
    expect(log.left).toBe(12);
    await turn();
    expect(log.left).toBe(7);
    await turn();
    expect(log.left).toBe(2);
    expect(log.idle).toBe(0);
    await turn();
    expect(log).toEqual({ left: 0, idle: 1 });
    await turn();
    expect(log.idle).toBe(1);
  });

  it("waits while it is held", async () => {
    const { log, work } = make(1, 1, true);
    work.wake();
    await turn();
    expect(log.left).toBe(1);
    work.release();
    await turn();
    expect(log).toEqual({ left: 0, idle: 1 });
  });

  it("does nothing more when the work itself stops it", async () => {
    let steps = 0;
    let idle = 0;
    const work: SlicedWork = new SlicedWork(
      new FakeClock(),
      {
        step: () => {
          steps++;
          work.hold();
          return true;
        },
        onIdle: () => idle++,
      },
      false,
    );
    work.wake();
    await turn();
    await turn();
    expect({ steps, idle }).toEqual({ steps: 1, idle: 0 });
  });

  it("does one piece at once where there is too much of it, and the rest in slices", async () => {
    const { log, work } = make(2, 1);
    work.relieve();
    expect(log).toEqual({ left: 1, idle: 0 });
    await turn();
    expect(log).toEqual({ left: 0, idle: 1 });
  });

  it("is not relieved while it is held", () => {
    const { log, work } = make(1, 1, true);
    work.relieve();
    expect(log.left).toBe(1);
  });

  it("does nothing more when it is stopped", async () => {
    const { log, work } = make(5, 1);
    work.wake();
    work.hold();
    work.wake();
    await turn();
    expect(log).toEqual({ left: 5, idle: 0 });
  });
});
