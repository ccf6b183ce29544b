import { parseMacAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Allocation,
  type Block,
  decodeBlock,
  EMPTY_BLOCK,
  encodeBlock,
} from "../src/block.ts";

const time = fc.integer({ min: 0, max: 2 ** 43 });
const allocation: fc.Arbitrary<Allocation> = fc
  .record({
    owner: fc.string({ minLength: 1 }),
    host: fc.string({ minLength: 1 }),
    time,
    reason: fc.string(),
  })
  .chain((value) =>
    fc
      .boolean()
      .map((hasMac) => (hasMac ? { ...value, mac: parseMacAddress("02:00:0a:01:00:0b") } : value)),
  );

/** Any block of 64 addresses. */
const anyBlock: fc.Arbitrary<Block> = fc
  .record({
    host: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    given: fc.dictionary(fc.integer({ min: 0, max: 63 }).map(String), allocation),
    released: fc.dictionary(fc.integer({ min: 0, max: 63 }).map(String), time),
  })
  .map(({ host, given, released }) => {
    const allocations = new Map(Object.entries(given).map(([key, value]) => [Number(key), value]));
    const free = Object.entries(released).filter(([key]) => !allocations.has(Number(key)));
    const block = {
      allocations,
      released: new Map(free.map(([key, value]) => [Number(key), value])),
    };
    return host === undefined ? block : { ...block, host };
  });

test("a block is read as it was written", () => {
  fc.assert(
    fc.property(anyBlock, (block) => {
      expect(decodeBlock(encodeBlock(block))).toEqual({ kind: "block", block });
    }),
  );
});

test("an empty block is written without what it does not have", () => {
  expect(encodeBlock(EMPTY_BLOCK)).toBe("{}");
  expect(encodeBlock({ ...EMPTY_BLOCK, host: "h1" })).toBe('{"host":"h1"}');
});

test("64 allocations with all fields take less than 12 KB", () => {
  const one: Allocation = {
    owner: "endpoints/a-tenant-with-a-name/an-endpoint-with-a-name",
    host: "host-0001.example",
    time: 1_800_000_000_000,
    reason: "automatic",
    mac: parseMacAddress("02:00:0a:01:00:0b"),
  };
  const allocations = new Map(Array.from({ length: 64 }, (_, ordinal) => [ordinal, one]));
  expect(encodeBlock({ host: "h1", allocations, released: new Map() }).length).toBeLessThan(12_000);
});

describe("what is no block is unreadable, with the reason", () => {
  test.each([
    ["no JSON", "{", /JSON/],
    ["a list", "[]", /expected object/],
    ["a field of a newer version", '{"colour":"red"}', /colour/],
    ["no number", '{"released":{"x":1}}', /released/],
    [
      "a MAC address that is none",
      '{"allocations":{"1":{"owner":"a","host":"h","time":1,"reason":"","mac":"x"}}}',
      /mac/,
    ],
    [
      "given and released at once",
      '{"allocations":{"1":{"owner":"a","host":"h","time":1,"reason":""}},"released":{"1":1}}',
      /ordinal 1/,
    ],
  ])("%s", (_, text, reason) => {
    expect(decodeBlock(text)).toEqual({
      kind: "unreadable",
      reason: expect.stringMatching(reason),
    });
  });

  test("and whatever the text is, nothing is thrown", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void decodeBlock(text)));
  });
});
