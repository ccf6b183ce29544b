import { describe, expect, it } from "vitest";
import { Convergence, YIELD_MS } from "../../src/session/convergence.ts";
import { FakeClock } from "./fake-clock.ts";

const make = (...expected: readonly string[]) => {
  const clock = new FakeClock();
  const ends: number[] = [];
  const selections: number[] = [];
  const convergence = new Convergence<string>(clock, {
    onSelecting: () => selections.push(clock.now()),
    onComplete: () => ends.push(clock.now()),
  });
  for (const neighbor of expected) convergence.expect(neighbor);
  return { clock, ends, selections, convergence };
};

describe("convergence", () => {
  it("ends when the last of the expected neighbours has settled", () => {
    const { ends, convergence } = make("a", "b");
    convergence.start(20_000);
    convergence.settle("a");
    convergence.settle("a");
    expect(convergence.isSelecting).toBe(false);
    convergence.settle("b");
    expect(ends).toEqual([0]);
  });

  it("ends at the deferral time when a neighbour does not settle", () => {
    const { clock, ends, convergence } = make("a", "b");
    convergence.start(20_000);
    convergence.settle("a");
    clock.advance(60_000);
    expect(ends).toEqual([20_000]);
  });

  it("ends at once without neighbours, but never before it is started", () => {
    const { ends, convergence } = make();
    convergence.settle("a");
    expect(ends).toEqual([]);
    convergence.start(20_000);
    expect(ends).toEqual([0]);
  });

  it("waits for a neighbour that is added on the way, and ends once", () => {
    const { clock, ends, convergence } = make("a");
    convergence.start(20_000);
    convergence.expect("b");
    convergence.settle("a");
    expect(ends).toEqual([]);
    convergence.settle("b");
    convergence.expect("c");
    convergence.settle("c");
    clock.advance(60_000);
    expect(ends).toEqual([0]);
  });

  it("does not end after it was stopped", () => {
    const { clock, ends, convergence } = make("a");
    convergence.start(20_000);
    convergence.stop();
    convergence.settle("a");
    clock.advance(60_000);
    expect(ends).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("selects without a neighbour that has restarted too, when that says nothing for a while", () => {
    const { clock, ends, selections, convergence } = make("a", "b");
    convergence.start(20_000);
    convergence.yieldTo("b");
    clock.advance(2000);
    convergence.settle("a");
    clock.advance(YIELD_MS - 1);
    expect(selections).toEqual([]);
    clock.advance(1);
    expect([selections, ends]).toEqual([[2000 + YIELD_MS], []]);
    expect([convergence.isSelecting, convergence.isComplete]).toEqual([true, false]);
    clock.advance(1000);
    convergence.settle("b");
    expect(ends).toEqual([2000 + YIELD_MS + 1000]);
  });

  it("selects at once when such a neighbour speaks first", () => {
    const { clock, ends, selections, convergence } = make("a", "b");
    convergence.start(20_000);
    convergence.yieldTo("b");
    convergence.settle("a");
    clock.advance(10);
    convergence.settle("b");
    expect([selections, ends]).toEqual([[10], [10]]);
    expect(clock.pending).toBe(0);
  });

  it("waits on for a neighbour that is added while it gives way", () => {
    const { clock, selections, convergence } = make("a");
    convergence.start(20_000);
    convergence.yieldTo("a");
    convergence.expect("b");
    clock.advance(10_000);
    expect(selections).toEqual([]);
    convergence.settle("b");
    clock.advance(YIELD_MS);
    expect(selections).toEqual([10_000 + YIELD_MS]);
  });

  it("is complete at the deferral time when such a neighbour tells nothing", () => {
    const { clock, ends, selections, convergence } = make("a");
    convergence.start(20_000);
    convergence.yieldTo("a");
    clock.advance(60_000);
    expect([selections, ends]).toEqual([[YIELD_MS], [20_000]]);
  });
});
