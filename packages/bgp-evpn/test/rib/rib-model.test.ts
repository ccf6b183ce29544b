import fc from "fast-check";
import { expect, test } from "vitest";
import { history } from "./model/arbitraries.ts";
import { World } from "./model/world.ts";

test("whatever happens in whatever order, table, peers and VRFs end up as the reference says", () => {
  fc.assert(
    fc.property(history, (events) => {
      const world = new World();
      for (const one of events) world.apply(one);
      world.settle();
      world.expectAgreement();
      expect(world.rib.hasWork).toBe(false);
      world.expectNoLeak();
    }),
    { numRuns: 300 },
  );
});

test("one RIB lives through many such histories without a wrong table, and without growing", () => {
  const world = new World();
  const memory: number[] = [];
  for (const [round, events] of fc.sample(history, { numRuns: 200, seed: 9 }).entries()) {
    for (const one of events) world.apply(one);
    world.settle();
    world.expectAgreement();
    if (round % 50 < 49) continue;
    world.expectNoLeak();
    memory.push(world.rib.view.counts().memory);
  }
  // What the first rounds have not met may still make a column longer once.
  expect(memory.at(-1)).toBeLessThan((memory[0] ?? 0) * 1.1);
});
