import fc from "fast-check";
import { expect, test } from "vitest";
import { ChangeQueue } from "../../src/rib/change-queue.ts";
import { Uint8Column } from "../../src/rib/column.ts";

test("rows come out in the order in which they first went in, each once", () => {
  const step = fc.oneof(
    fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 500 }),
    fc.nat({ max: 400 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const queued = new Uint8Column();
      const queue = new ChangeQueue(queued);
      const target = new Int32Array(400);
      let expected: number[] = [];
      for (const one of steps) {
        if (typeof one === "number") {
          const count = queue.take(target, one);
          expect([...target.subarray(0, count)]).toEqual(expected.slice(0, one));
          expected = expected.slice(one);
        } else {
          for (const row of one) queue.push(row);
          expected = [...new Set([...expected, ...one])];
        }
        expect(queue.size).toBe(expected.length);
        expect(expected.every((row) => queued.get(row) === 1)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
