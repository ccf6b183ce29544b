import { describe, expect, it } from "vitest";
import {
  ATTRIBUTE_RULES,
  attributeName,
  attributeRule,
  lengthFits,
  treatmentOf,
} from "../../../src/wire/attribute/rules.ts";

const WITHDRAW = "treat-as-withdraw";
const DISCARD = "attribute-discard";
const RESET = "session-reset";

describe("the rules of RFC 7606", () => {
  it.each([
    ["ORIGIN", 1, WITHDRAW],
    ["AS_PATH", 2, WITHDRAW],
    ["NEXT_HOP", 3, WITHDRAW],
    ["MULTI_EXIT_DISC", 4, WITHDRAW],
    ["LOCAL_PREF", 5, WITHDRAW],
    ["ATOMIC_AGGREGATE", 6, DISCARD],
    ["AGGREGATOR", 7, DISCARD],
    ["COMMUNITIES", 8, WITHDRAW],
    ["ORIGINATOR_ID", 9, WITHDRAW],
    ["CLUSTER_LIST", 10, WITHDRAW],
    ["MP_REACH_NLRI", 14, RESET],
    ["MP_UNREACH_NLRI", 15, RESET],
    ["EXTENDED_COMMUNITIES", 16, WITHDRAW],
    ["AS4_PATH", 17, DISCARD],
    ["AS4_AGGREGATOR", 18, DISCARD],
    ["PMSI_TUNNEL", 22, WITHDRAW],
    ["LARGE_COMMUNITIES", 32, WITHDRAW],
  ])("treat a malformed %s (%i) with %s", (name, type, treatment) => {
    expect(attributeName(type)).toBe(name);
    expect(treatmentOf("length", type)).toBe(treatment);
  });

  it("make wrong flags a withdrawal, and of an MP attribute a reset (3 c, 5.3)", () => {
    const resets = ATTRIBUTE_RULES.filter(({ type }) => treatmentOf("flags", type) === RESET);
    expect(resets.map(({ type }) => type)).toEqual([14, 15]);
    const withdrawals = ATTRIBUTE_RULES.filter(
      ({ type }) => treatmentOf("flags", type) === WITHDRAW,
    );
    expect(withdrawals).toHaveLength(ATTRIBUTE_RULES.length - 2);
  });

  it("discard a duplicate, and reset for that of an MP attribute (3 g)", () => {
    const resets = ATTRIBUTE_RULES.filter(({ type }) => treatmentOf("duplicate", type) === RESET);
    expect(resets.map(({ type }) => type)).toEqual([14, 15]);
    expect(treatmentOf("duplicate", 99)).toBe(DISCARD);
  });

  it("accept LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST from inside only (7.5, 7.9, 7.10)", () => {
    const internal = ATTRIBUTE_RULES.filter(({ internalOnly }) => internalOnly);
    expect(internal.map(({ type }) => type)).toEqual([5, 9, 10]);
  });

  it("allow a zero length for AS_PATH and ATOMIC_AGGREGATE alone (4)", () => {
    const empty = ATTRIBUTE_RULES.filter((rule) => lengthFits(rule, 0, true));
    expect(empty.map(({ type }) => type)).toEqual([2, 6]);
  });

  it("let the length of AGGREGATOR follow the width of AS numbers (7.7)", () => {
    const rule = attributeRule(7);
    if (rule === undefined) throw new Error("no rule for AGGREGATOR");
    expect([6, 7, 8].map((length) => lengthFits(rule, length, true))).toEqual([false, false, true]);
    expect([6, 7, 8].map((length) => lengthFits(rule, length, false))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("have a source for every attribute", () => {
    for (const { source } of ATTRIBUTE_RULES) expect(source).toMatch(/^RFC \d+ section/);
  });
});
