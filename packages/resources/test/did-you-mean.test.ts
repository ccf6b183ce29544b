import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, nearestWord } from "../src/did-you-mean.ts";

describe("nearestWord", () => {
  test.each([
    ["adresses", "addresses"],
    ["hsot", "host"],
    ["Subnet", "subnet"],
    ["subnets", "subnet"],
    ["mca", "mac"],
  ])("finds what %s was meant to be", (word, meant) => {
    expect(nearestWord(word, ["subnet", "host", "addresses", "mac"])).toBe(meant);
  });

  test.each(["x", "gateway", "ho", ""])("finds nothing near to %j", (word) => {
    expect(nearestWord(word, ["subnet", "host", "addresses", "mac"])).toBeUndefined();
  });

  test("finds the word itself among any others", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.array(fc.string()), (word, others) => {
        expect(nearestWord(word, [...others, word])?.toLowerCase()).toBe(word.toLowerCase());
      }),
    );
  });
});

test("didYouMean falls back to what it is given", () => {
  expect(didYouMean("hots", ["host"], "")).toBe('; did you mean "host"?');
  expect(didYouMean("xyz", ["host"], "; remove it")).toBe("; remove it");
});
