import fc from "fast-check";
import { expect, test } from "vitest";
import { CommitSlots, formatSlot, parseSlot } from "../../src/etcd/commit-slot.ts";

test("a value is read as it was written", () => {
  const kind = fc.constantFrom("commit" as const, "void" as const);
  fc.assert(
    fc.property(fc.record({ kind, time: fc.nat() }), (value) => {
      expect(parseSlot(formatSlot(value))).toEqual(value);
    }),
  );
});

test.each(["", "1", "void", "commit x", "1 2", "commit 2 3"])(
  "%j is no value of a slot",
  (text) => {
    expect(parseSlot(text)).toBeUndefined();
  },
);

test("a slot serves one commit at a time, and is used again", () => {
  const slots = new CommitSlots();
  const [first, second] = [slots.take(), slots.take()];
  expect(first.key).not.toBe(second.key);
  slots.give(first);
  expect(slots.take()).toBe(first);
});

test("slots of two stores never meet", () => {
  expect(new CommitSlots().take().key).not.toBe(new CommitSlots().take().key);
});
