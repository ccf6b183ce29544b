import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IntentTable } from "../../src/intent/table.ts";

describe("an intent table", () => {
  test("tells of a new row, a changed one and a removed one, each once", () => {
    const table = new IntentTable<{ n: number }>();
    table.replace("a", { n: 1 });
    expect(table.takeChanges()).toEqual([{ kind: "set", key: "a", row: { n: 1 } }]);
    table.replace("a", { n: 2 });
    expect(table.takeChanges()).toEqual([
      { kind: "set", key: "a", row: { n: 2 }, before: { n: 1 } },
    ]);
    table.replace("a", undefined);
    expect(table.takeChanges()).toEqual([{ kind: "removed", key: "a", before: { n: 2 } }]);
    expect(table.takeChanges()).toEqual([]);
  });

  test("is silent about an equal row", () => {
    const table = new IntentTable<{ n: number }>();
    table.replace("a", { n: 1 });
    table.takeChanges();
    table.replace("a", { n: 1 });
    expect(table.takeChanges()).toEqual([]);
  });

  test("gives changes that carry any earlier state to the present one", () => {
    const edit = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      value: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
      take: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(edit), (edits) => {
        const table = new IntentTable<number>();
        const follower = new Map<string, number>();
        const follow = () => {
          for (const change of table.takeChanges()) {
            expect(follower.get(change.key)).toBe(change.before);
            if (change.kind === "set") follower.set(change.key, change.row);
            else follower.delete(change.key);
          }
        };
        for (const { key, value, take } of edits) {
          table.replace(key, value);
          if (take) follow();
        }
        follow();
        expect(follower).toEqual(new Map(table.entries()));
      }),
    );
  });
});
