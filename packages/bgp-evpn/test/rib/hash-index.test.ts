import fc from "fast-check";
import { expect, test } from "vitest";
import { HashIndex } from "../../src/rib/hash-index.ts";

function numbersOf(index: HashIndex, hash: number): Set<number> {
  const numbers = new Set<number>();
  for (let number = index.first(hash); number !== 0; number = index.next()) numbers.add(number);
  return numbers;
}

test("gives the numbers of a hash and no others, also while it grows and where hashes are equal", () => {
  const hash = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 }), fc.constant(-1));
  const step = fc.record({ hash, removes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 900 }), fc.nat(300), (steps, before) => {
      const index = new HashIndex();
      const held = new Map<number, number>();
      let last = 0;
      const add = (value: number): void => {
        index.add(value, ++last);
        held.set(last, value);
      };
      for (let n = 0; n < before; n++) add(Math.imul(n, 0x9e3779b1));
      for (const one of steps) {
        const victim = [...held.keys()][last % Math.max(held.size, 1)];
        if (one.removes && victim !== undefined) {
          expect(index.remove(held.get(victim) ?? 0, victim)).toBe(true);
          held.delete(victim);
        } else {
          add(one.hash);
        }
      }
      expect(index.size).toBe(held.size);
      for (const value of new Set(held.values())) {
        const wanted = [...held].filter(([, other]) => other === value);
        expect(numbersOf(index, value)).toEqual(new Set(wanted.map(([number]) => number)));
      }
    }),
    { numRuns: 40 },
  );
});

test("what is not in it cannot be removed", () => {
  const index = new HashIndex();
  index.add(7, 1);
  expect([index.remove(7, 2), index.remove(7, 1), index.remove(7, 1)]).toEqual([
    false,
    true,
    false,
  ]);
});

test("churn does not make it grow", () => {
  const index = new HashIndex();
  const { memory } = index;
  for (let number = 1; number < 50_000; number++) {
    index.add(Math.imul(number, 0x9e3779b1), number);
    if (number > 100) index.remove(Math.imul(number - 100, 0x9e3779b1), number - 100);
  }
  expect(index.memory).toBe(memory);
});
