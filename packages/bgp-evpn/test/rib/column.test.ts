import { expect, test } from "vitest";
import {
  Float64Column,
  Int32Column,
  Uint8Column,
  Uint16Column,
  Uint32Column,
} from "../../src/rib/column.ts";

test.each([
  ["Int32Column", () => new Int32Column(), -5],
  ["Uint32Column", () => new Uint32Column(), 0xffffffff],
  ["Uint16Column", () => new Uint16Column(), 0xffff],
  ["Uint8Column", () => new Uint8Column(), 0xff],
] as const)("%s grows to the row that is written and reads 0 elsewhere", (_, make, value) => {
  const column = make();
  column.set(3, value);
  column.set(100_000, value);
  expect([3, 4, 99_999, 100_000, 1_000_000].map((row) => column.get(row))).toEqual([
    value,
    0,
    0,
    value,
    0,
  ]);
});

test.each([
  ["Int32Column", () => new Int32Column()],
  ["Uint32Column", () => new Uint32Column()],
  ["Float64Column", () => new Float64Column()],
  ["Uint16Column", () => new Uint16Column()],
  ["Uint8Column", () => new Uint8Column()],
] as const)("%s takes no memory for zeros beyond its end", (_, make) => {
  const column = make();
  column.set(100_000, 0);
  expect(column.memory).toBe(0);
  column.set(7, 1);
  column.set(7, 0);
  expect(column.get(7)).toBe(0);
});
