import fc from "fast-check";
import { expect, test } from "vitest";
import { hashBytes, InternTable } from "../../src/rib/intern-table.ts";

function bytesOf(number: number): Uint8Array {
  return new TextEncoder().encode(`entry ${number}`);
}

/** Applies steps to a table and a Map and compares after each. Positive numbers are put in, negative ones taken out. */
function run(steps: readonly number[]): void {
  const table = new InternTable();
  const ids = new Map<number, number>();
  for (const step of steps) {
    const number = Math.abs(step);
    const bytes = bytesOf(number);
    if (step >= 0) {
      const id = table.intern(bytes, 0, bytes.length);
      if (ids.has(number)) expect(id).toBe(ids.get(number));
      else expect([...ids.values()]).not.toContain(id);
      ids.set(number, id);
    } else {
      const id = ids.get(number);
      if (id !== undefined) table.remove(id);
      ids.delete(number);
      expect(table.find(bytes, 0, bytes.length)).toBe(0);
    }
  }
  expect(table.size).toBe(ids.size);
  for (const [number, id] of ids) {
    const bytes = bytesOf(number);
    expect(table.find(bytes, 0, bytes.length)).toBe(id);
    expect(table.view(id)).toEqual(bytes);
  }
}

test("equal bytes have one number, different bytes different ones, through any insertions and removals", () => {
  const step = fc.integer({ min: -40, max: 40 });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), run), { numRuns: 200 });
});

test("entries are found while the table grows, and those removed meanwhile are not", () => {
  const seeds = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(seeds, fc.integer({ min: 500, max: 2300 }), (removals, count) => {
      const table = new InternTable();
      const ids = new Map<number, number>();
      const add = (number: number): void => {
        const bytes = bytesOf(number);
        ids.set(number, table.intern(bytes, 0, bytes.length));
      };
      for (let number = 0; number < count; number++) {
        add(number);
        const victim = removals[number % removals.length] ?? 0;
        const id = ids.get(victim % (number + 1));
        if (number % 3 !== 0 || id === undefined) continue;
        table.remove(id);
        ids.delete(victim % (number + 1));
      }
      for (let number = 0; number < count; number++) {
        const bytes = bytesOf(number);
        expect(table.find(bytes, 0, bytes.length)).toBe(ids.get(number) ?? 0);
      }
      expect(new Set(ids.values()).size).toBe(table.size);
    }),
    { numRuns: 30 },
  );
});

test("numbers of removed entries are used again, so that churn does not make the table grow", () => {
  const table = new InternTable();
  for (let number = 0; number < 20_000; number++) {
    const bytes = bytesOf(number);
    const id = table.intern(bytes, 0, bytes.length);
    if (number >= 10) {
      const old = bytesOf(number - 10);
      table.remove(table.find(old, 0, old.length));
    }
    expect(id).toBeLessThanOrEqual(12);
  }
  expect(table.highest).toBeLessThanOrEqual(12);
});

test("removing a number that is not in use is an error", () => {
  const table = new InternTable();
  const id = table.intern(bytesOf(1), 0, 7);
  table.remove(id);
  expect(() => table.remove(id)).toThrow(RangeError);
});

test("the hash spreads keys that differ in one octet over the low bits", () => {
  const key = new Uint8Array(18).fill(5);
  for (const position of [0, 8, 13, 17]) {
    const slots = new Set<number>();
    for (let octet = 0; octet < 256; octet++) {
      key[position] = octet;
      slots.add(hashBytes(key, 0, key.length) & 1023);
    }
    expect(slots.size).toBeGreaterThan(200);
    key[position] = 5;
  }
});
