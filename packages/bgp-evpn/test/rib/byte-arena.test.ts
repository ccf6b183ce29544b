import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteArena } from "../../src/rib/byte-arena.ts";

interface Block {
  readonly reference: number;
  readonly bytes: Uint8Array;
}

function store(arena: ByteArena, bytes: Uint8Array): Block {
  return { reference: arena.store(bytes, 0, bytes.length), bytes };
}

function isIntact(arena: ByteArena, { bytes, reference }: Block): boolean {
  return arena.equals(reference, bytes, 0, bytes.length);
}

test("blocks keep their bytes while others come and go, and freed room is used again", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("store" as const), length: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({ kind: fc.constant("release" as const), choice: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const arena = new ByteArena();
      const blocks: Block[] = [];
      for (const [index, one] of steps.entries()) {
        if (one.kind === "store") {
          blocks.push(store(arena, new Uint8Array(one.length).fill(index + 1)));
        } else {
          const [block] = blocks.splice(one.choice % Math.max(blocks.length, 1), 1);
          if (block !== undefined) arena.release(block.reference, block.bytes.length);
        }
        expect(blocks.every((block) => isIntact(arena, block))).toBe(true);
      }
      for (const { bytes, reference } of blocks) arena.release(reference, bytes.length);
      expect(arena.used).toBe(0);
    }),
  );
});

test("no reference is 0, so that 0 can stand for none", () => {
  const arena = new ByteArena();
  expect(arena.store(Uint8Array.of(1), 0, 1)).not.toBe(0);
});

test("churn of one size does not make the arena grow", () => {
  const arena = new ByteArena();
  const bytes = new Uint8Array(36);
  const references = Array.from({ length: 100 }, () => arena.store(bytes, 0, 36));
  const memory = arena.memory;
  for (let round = 0; round < 1000; round++) {
    for (const [i, reference] of references.entries()) {
      arena.release(reference, 36);
      references[i] = arena.store(bytes, 0, 36);
    }
  }
  expect(arena.memory).toBe(memory);
});

test("a block may have 65536 bytes and no more", () => {
  const arena = new ByteArena();
  const largest = store(arena, new Uint8Array(65536).fill(7));
  expect(isIntact(arena, largest)).toBe(true);
  expect(() => arena.store(new Uint8Array(65537), 0, 65537)).toThrow(RangeError);
  expect(() => arena.store(new Uint8Array(0), 0, 0)).toThrow(RangeError);
});
