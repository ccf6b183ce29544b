import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesLabels, parseLabelSelector } from "../../src/resource-api/label-selector.ts";
import { ApiStatusError } from "../../src/resource-api/status.ts";

const WORLD: Readonly<Record<string, Record<string, string>>> = {
  web: { role: "web", tier: "1" },
  db: { role: "db", tier: "20" },
  plain: { role: "" },
  bare: {},
};

function matching(selector: string): string[] {
  const requirements = parseLabelSelector(selector);
  return Object.keys(WORLD).filter((name) => matchesLabels(requirements, WORLD[name] ?? {}));
}

test.each([
  ["", ["web", "db", "plain", "bare"]],
  [" ", ["web", "db", "plain", "bare"]],
  ["role=web", ["web"]],
  ["role==web", ["web"]],
  ["role = web", ["web"]],
  ["role!=web", ["db", "plain", "bare"]],
  ["role=", ["plain"]],
  ["role=,tier", []],
  ["role in (web,db)", ["web", "db"]],
  ["role in ( web , db )", ["web", "db"]],
  ["role in (,db)", ["db", "plain"]],
  ["role in ()", ["plain"]],
  ["role notin (web)", ["db", "plain", "bare"]],
  ["role", ["web", "db", "plain"]],
  ["!role", ["bare"]],
  ["! role", ["bare"]],
  ["role,!tier", ["plain"]],
  ["role in (web,db),tier!=1", ["db"]],
  ["tier>1", ["db"]],
  ["tier > 0", ["web", "db"]],
  ["tier<20", ["web"]],
  ["in", []],
  ["example.org/role!=x", ["web", "db", "plain", "bare"]],
  ["toString", []],
  ["constructor=x", []],
])('"%s" is true of %j', (selector, names) => {
  expect(matching(selector)).toEqual(names);
});

describe("what is no label selector", () => {
  test.each([
    [",", "the key"],
    ["a,", "the key"],
    ["a b", "one of ="],
    ["a=b c", "a comma"],
    ["a in b", "("],
    ["a in (b", ") or a comma"],
    ["a in (b c)", ") or a comma"],
    ["a>b", "a whole number"],
    ["-a=b", "the key"],
    ["a=-b", "the value"],
    ["a/b/c=d", "the key"],
    [`a=${"b".repeat(64)}`, "the value"],
    ["(a)", "the key"],
    ["=a", "the key"],
    ["ä=b", "the key"],
  ])('"%s" is refused with what was wanted: %s', (selector, wanted) => {
    expect(() => parseLabelSelector(selector)).toThrow(`is not ${wanted}`);
  });

  test("is refused and nothing else, whatever it is", () => {
    const part = fc.constantFrom(
      "a",
      "b/c",
      "=",
      "==",
      "!=",
      "!",
      "in",
      "notin",
      "(",
      ")",
      ",",
      " ",
      ">",
      "<",
      "5",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (selector) => {
        try {
          matching(selector);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiStatusError);
        }
      }),
    );
  });
});

test("what requirements say together is what they say one by one", () => {
  const requirement = fc.constantFrom(
    "role=web",
    "role!=web",
    "tier",
    "!tier",
    "tier in (1,20)",
    "role notin (db)",
    "tier>5",
  );
  fc.assert(
    fc.property(fc.array(requirement, { minLength: 1 }), (parts) => {
      const each = parts.map(matching);
      const all = Object.keys(WORLD).filter((name) => each.every((names) => names.includes(name)));
      expect(matching(parts.join(","))).toEqual(all);
    }),
  );
});
