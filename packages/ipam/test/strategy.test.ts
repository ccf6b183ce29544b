import { expect, test } from "vitest";
import { LEAST_RECENTLY_RELEASED, LOWEST_FREE, randomFree } from "../src/strategy.ts";
import { MINUTE, PlannedPool } from "./plan.ts";
import { pool } from "./pools.ts";

const FREE = [{ ordinal: 1, releasedAt: 50 }, { ordinal: 2, releasedAt: 20 }, { ordinal: 3 }];

test("lowest free picks by ordinal", () => {
  expect(LOWEST_FREE.pickAddress(FREE)).toEqual({ ordinal: 1, releasedAt: 50 });
});

test("random picks each of them", () => {
  const picks = [0, 0.34, 0.99].map((value) => randomFree(() => value).pickAddress(FREE)?.ordinal);
  expect(picks).toEqual([1, 2, 3]);
});

test("least recently released picks one never given first, then the one released first", () => {
  expect(LEAST_RECENTLY_RELEASED.pickAddress(FREE)?.ordinal).toBe(3);
  expect(LEAST_RECENTLY_RELEASED.pickAddress(FREE.slice(0, 2))?.ordinal).toBe(2);
  expect(LEAST_RECENTLY_RELEASED.pickAddress([])).toBeUndefined();
});

test("least recently released goes through a block before it gives an address again", () => {
  const planned = new PlannedPool(pool({ cidrs: ["10.1.0.0/29"] }));
  planned.context = { ...planned.context, strategy: LEAST_RECENTLY_RELEASED };
  const given: unknown[] = [];
  for (let turn = 0; turn < 7; turn++) {
    given.push(planned.any(`a${turn}`, "h1"));
    planned.release(`a${turn}`);
    planned.wait(MINUTE);
  }
  expect(given.flat()).toEqual([1, 2, 3, 4, 5, 6, 1].map((last) => `10.1.0.${last}`));
});

test("hosts begin at different blocks, each always at the same", () => {
  const red = pool({ cidrs: ["10.1.0.0/16"] });
  const starts = Array.from({ length: 8 }, (_, index) =>
    LOWEST_FREE.firstBlock(`h${index}`, red, 1024n),
  );
  expect(new Set(starts).size).toBe(8);
  expect(LOWEST_FREE.firstBlock("h1", red, 1024n)).toBe(starts[1]);
  expect(LOWEST_FREE.firstBlock("h1", pool({ tenant: "blue", cidrs: [] }), 0n)).toBe(0n);
});

test("whatever a strategy picks, an address that is not free is not given", () => {
  const planned = new PlannedPool(pool({ cidrs: ["10.1.0.0/29"] }));
  const strategy = { ...LOWEST_FREE, pickAddress: () => ({ ordinal: 1 }) };
  planned.context = { ...planned.context, strategy };
  expect(planned.any("a", "h1")).toEqual(["10.1.0.1"]);
  expect(() => planned.any("b", "h1")).toThrow("a strategy picked ordinal 1 of 10.1.0.0/26");
});
