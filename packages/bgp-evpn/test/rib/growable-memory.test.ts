import fc from "fast-check";
import { expect, test } from "vitest";
import { growMemory } from "../../src/rib/growable-memory.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

test("keeps its content, has zeros after it, and is as large as asked for, whatever the sizes", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 600 * KIB }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sizes, (wanted) => {
      let buffer: ArrayBufferLike = new ArrayBuffer(0);
      let used = 0;
      for (const [index, size] of wanted.entries()) {
        buffer = growMemory(buffer, size);
        expect(buffer.byteLength).toBeGreaterThanOrEqual(size);
        const bytes = new Uint8Array(buffer);
        expect(bytes.subarray(used).every((octet) => octet === 0)).toBe(true);
        expect(used === 0 || bytes[used - 1] === index).toBe(true);
        used = Math.max(used, size);
        bytes.fill(index + 1, 0, used);
      }
    }),
    { numRuns: 30 },
  );
});

test("a large one grows where it is: views of it go on showing it", () => {
  const before = growMemory(new ArrayBuffer(0), MIB);
  const view = new Uint8Array(before, 0, MIB);
  const after = growMemory(before, 300 * MIB);
  new Uint8Array(after)[7] = 9;
  expect([after === before, view[7]]).toEqual([true, 9]);
});

test("little more is taken than asked for", () => {
  const sizes = [100 * KIB, 10 * MIB, 50 * MIB];
  let buffer: ArrayBufferLike = new ArrayBuffer(0);
  for (const size of sizes) {
    buffer = growMemory(buffer, size);
    expect(buffer.byteLength - size).toBeLessThanOrEqual(Math.max(64 * KIB, size / 8));
  }
});

test("what no longer fits its reservation of addresses is moved to a larger one", () => {
  const before = growMemory(new ArrayBuffer(0), MIB);
  new Uint8Array(before)[MIB - 1] = 5;
  const after = growMemory(before, 513 * MIB);
  expect([after === before, new Uint8Array(after)[MIB - 1]]).toEqual([false, 5]);
  expect(growMemory(after, 600 * MIB)).toBe(after);
});
