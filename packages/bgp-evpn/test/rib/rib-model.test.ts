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
