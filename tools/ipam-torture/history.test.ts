import { describe, expect, test } from "vitest";
import { checkHistory, type Event, holdingsOf, operationsOf } from "./history.ts";

const CAPACITY = { size: 2, coolDown: 10 };

type Step = readonly [from: number, to: number, what: string, outcome: string];

/** "a+" is an allocation for a, "a-" a release; the outcome is an address, "", "full", or "?" for none. */
function history(steps: readonly Step[]): string[] {
  const events = steps.flatMap(([from, to, what, outcome], index): Event[] => {
    const operation = String(index);
    const action = what.endsWith("+") ? "allocate" : "release";
    const call = {
      kind: "call",
      at: from,
      operation,
      action,
      pool: "red",
      owner: what.slice(0, -1),
    } as const;
    if (outcome === "?") return [call];
    if (outcome === "full") return [call, { kind: "full", at: to, operation }];
    return [call, { kind: "done", at: to, operation, addresses: outcome === "" ? [] : [outcome] }];
  });
  return checkHistory(operationsOf(events), CAPACITY);
}

describe("a history is right", () => {
  const cases: readonly (readonly [string, readonly Step[]])[] = [
    [
      "with two owners and two addresses",
      [
        [0, 1, "a+", "x"],
        [0, 2, "b+", "y"],
      ],
    ],
    [
      "with an address that goes on after its release",
      [
        [0, 1, "a+", "x"],
        [2, 3, "a-", ""],
        [4, 5, "b+", "x"],
      ],
    ],
    [
      "with an address given between call and answer of its release",
      [
        [0, 1, "a+", "x"],
        [2, 9, "a-", ""],
        [4, 5, "b+", "x"],
      ],
    ],
    [
      "with an address given after a release that nobody answered",
      [
        [0, 1, "a+", "x"],
        [2, 0, "a-", "?"],
        [4, 5, "b+", "x"],
      ],
    ],
    [
      "with an address of an allocation that nobody answered",
      [
        [0, 0, "a+", "?"],
        [1, 2, "b+", "x"],
      ],
    ],
    [
      "with an owner that asks again",
      [
        [0, 1, "a+", "x"],
        [2, 3, "a+", "x"],
      ],
    ],
    [
      "with a pool that is full",
      [
        [0, 1, "a+", "x"],
        [0, 1, "b+", "y"],
        [2, 3, "c+", "full"],
      ],
    ],
    [
      "with a pool that is full as one cools down",
      [
        [0, 1, "a+", "x"],
        [0, 1, "b+", "y"],
        [2, 3, "a-", ""],
        [12, 13, "c+", "full"],
      ],
    ],
    [
      "with a pool that is full if an unanswered one happened",
      [
        [0, 1, "a+", "x"],
        [0, 0, "b+", "?"],
        [2, 3, "c+", "full"],
      ],
    ],
  ];
  test.each(cases)("%s", (_, steps) => {
    expect(history(steps)).toEqual([]);
  });
});

describe("a history is wrong", () => {
  const cases: readonly (readonly [string, readonly Step[], RegExp])[] = [
    [
      "with an address given to two",
      [
        [0, 1, "a+", "x"],
        [2, 3, "b+", "x"],
      ],
      /red x was given to b while a had it/,
    ],
    [
      "with an address given just before its release is called",
      [
        [0, 1, "a+", "x"],
        [0, 2, "b+", "x"],
        [3, 4, "a-", ""],
      ],
      /while a had it/,
    ],
    [
      "with an address given again though the first of its holders kept it",
      [
        [0, 1, "a+", "x"],
        [2, 3, "a+", "x"],
        [4, 5, "b+", "x"],
        [6, 7, "b-", ""],
      ],
      /while a had it/,
    ],
    [
      "with two addresses for an owner that asked twice",
      [
        [0, 1, "a+", "x"],
        [2, 3, "a+", "y"],
      ],
      /red a was given y while it had x/,
    ],
    [
      "with a pool called full that was not",
      [
        [0, 1, "a+", "x"],
        [2, 3, "c+", "full"],
      ],
      /1 addresses were free/,
    ],
    [
      "with a pool called full when all had cooled down",
      [
        [0, 1, "a+", "x"],
        [0, 1, "b+", "y"],
        [2, 3, "a-", ""],
        [14, 15, "c+", "full"],
      ],
      /1 addresses were free/,
    ],
  ];
  test.each(cases)("%s", (_, steps, fault) => {
    expect(history(steps)).toEqual([expect.stringMatching(fault)]);
  });
});

test("a holding lasts from the answer of its allocation to the call of its release", () => {
  const call = { pool: "red", owner: "a" };
  const operations = operationsOf([
    { kind: "call", at: 1, operation: "1", action: "allocate", ...call },
    { kind: "done", at: 2, operation: "1", addresses: ["x"] },
    { kind: "call", at: 5, operation: "2", action: "release", ...call },
    { kind: "unknown", at: 9, operation: "2", reason: "" },
  ]);
  expect(holdingsOf(operations)).toEqual([{ ...call, address: "x", from: 2, to: 5 }]);
});

test("an answer that belongs to no call is refused", () => {
  expect(() => operationsOf([{ kind: "full", at: 1, operation: "7" }])).toThrow("7 was answered");
});
