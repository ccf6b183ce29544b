import { describe, expect, it } from "vitest";
import { Convergence } from "../../src/session/convergence.ts";
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

  it("selects without a neighbour that has restarted too, but is complete only with its routes", () => {
    const { clock, ends, selections, convergence } = make("a", "b");
    convergence.start(20_000);
    convergence.yieldTo("b");
    expect(selections).toEqual([]);
    clock.advance(1000);
    convergence.settle("a");
    expect([selections, ends]).toEqual([[1000], []]);
    expect([convergence.isSelecting, convergence.isComplete]).toEqual([true, false]);
    clock.advance(1000);
    convergence.settle("b");
    expect([selections, ends]).toEqual([[1000], [2000]]);
  });

  it("is complete at the deferral time when such a neighbour tells nothing", () => {
    const { clock, ends, selections, convergence } = make("a");
    convergence.start(20_000);
    convergence.yieldTo("a");
    clock.advance(60_000);
    expect([selections, ends]).toEqual([[0], [20_000]]);
  });
});
