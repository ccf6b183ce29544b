import fc from "fast-check";
import { expect, test } from "vitest";
import { Backlog, WINDOW_ROWS } from "../../src/rib/backlog.ts";

const row = fc.integer({ min: 1, max: 3 * WINDOW_ROWS });

/** All pending rows, window by window, until the backlog is empty. */
function drain(backlog: Backlog): number[] {
  const rows: number[] = [];
  const target = new Int32Array(WINDOW_ROWS);
  while (backlog.size > 0) {
    const count = backlog.readWindow(backlog.nextWindow(), target);
    for (const one of target.subarray(0, count)) {
      rows.push(one);
      backlog.clear(one);
    }
  }
  return rows;
}

test("every row that was marked is given once, with what the peer held when it was marked first", () => {
  const marks = fc.array(fc.record({ row, told: fc.boolean() }), { maxLength: 200 });
  fc.assert(
    fc.property(marks, fc.array(row, { maxLength: 20 }), (all, cleared) => {
      const backlog = new Backlog();
      const expected = new Map<number, boolean>();
      for (const mark of all) {
        backlog.mark(mark.row, mark.told);
        if (!expected.has(mark.row)) expected.set(mark.row, mark.told);
      }
      for (const one of cleared) {
        backlog.clear(one);
        expected.delete(one);
      }
      expect(backlog.size).toBe(expected.size);
      for (const [one, told] of expected) expect(backlog.isTold(one)).toBe(told);
      const told: number[] = [];
      backlog.forEachTold((one) => told.push(one));
      const held = [...expected].filter(([, isTold]) => isTold).map(([one]) => one);
      expect(told).toEqual(held.sort((a, b) => a - b));
      expect(drain(backlog).sort((a, b) => a - b)).toEqual(
        [...expected.keys()].sort((a, b) => a - b),
      );
    }),
  );
});

test.each([0, 1, 31, 32, 33, 2047, 2048, 5000])("a new peer lacks rows 1 to %i", (highest) => {
  const backlog = new Backlog();
  backlog.markAllUntold(highest);
  expect(backlog.size).toBe(highest);
  expect(drain(backlog)).toEqual(Array.from({ length: highest }, (_, i) => i + 1));
});

test("backlogs are equal in a window when pending and told bits are, whatever is elsewhere", () => {
  const [a, b, c] = [new Backlog(), new Backlog(), new Backlog()];
  a.mark(5, true);
  b.mark(5, true);
  b.mark(WINDOW_ROWS + 5, false);
  c.mark(5, false);
  expect([a.equalsIn(0, b), b.equalsIn(0, a), a.equalsIn(0, c)]).toEqual([true, true, false]);
});

test("a backlog takes two bits a row, however often rows are marked", () => {
  const backlog = new Backlog();
  for (let round = 0; round < 3; round++) {
    for (let one = 1; one <= 100_000; one++) backlog.mark(one, true);
  }
  expect(backlog.memory).toBeLessThanOrEqual((2 * 131_072) / 8);
});
