import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import {
  type MaximumPrefixes,
  maximumPrefixesReached,
  PrefixWatch,
  prefixLimit,
} from "../../src/session/prefix-limit.ts";
import { hex } from "../../src/wire/hex.ts";

const NEIGHBOR = parseIpAddress("10.0.0.2");
const limit = prefixLimit(NEIGHBOR, { limit: 10, action: "shutdown" });

describe("a limit of prefixes", () => {
  it("warns at three quarters unless it says otherwise", () => {
    expect(limit).toEqual({
      limit: 10,
      warningAt: 8,
      action: "shutdown",
      restartSeconds: undefined,
    });
    const early = prefixLimit(NEIGHBOR, { limit: 10, warningPercent: 1, action: "warn" });
    expect(early.warningAt).toBe(1);
  });

  it.each<[string, MaximumPrefixes]>([
    ["limit is 0; it must be 1 to 4294967295", { limit: 0, action: "warn" }],
    ["limit is 1.5", { limit: 1.5, action: "warn" }],
    ["warningPercent is 101", { limit: 1, warningPercent: 101, action: "warn" }],
    ["restartSeconds is 0", { limit: 1, action: "shutdown", restartSeconds: 0 }],
    ['needs the action "shutdown"', { limit: 1, action: "warn", restartSeconds: 5 }],
  ])("is refused: %s", (message, options) => {
    expect(() => prefixLimit(NEIGHBOR, options)).toThrow(SpeakerError);
    expect(() => prefixLimit(NEIGHBOR, options)).toThrow(message);
  });

  it("is told to the peer with family and number (RFC 4486 section 4)", () => {
    const { code, subcode, data } = maximumPrefixesReached(limit);
    expect([code, subcode, hex(data)]).toEqual([6, 1, "001946" + "0000000a"]);
  });
});

describe("the watch over a count", () => {
  it("tells each mark once on the way up, and again only from below the warning", () => {
    const watch = new PrefixWatch();
    const counts = [7, 8, 9, 8, 9, 7, 8, 10, 11, 10, 11, 12, 8, 11, 7, 11, 8];
    expect(counts.map((count) => watch.check(count, count, limit))).toEqual([
      ...[undefined, "near", undefined, undefined, undefined, undefined, "near", undefined],
      ...["over", undefined, undefined, undefined, undefined, undefined, undefined],
      ...["over", undefined],
    ]);
  });

  it("tells nothing again while the same paths are refreshed", () => {
    const watch = new PrefixWatch();
    expect(watch.check(9, 9, limit)).toBe("near");
    expect([0, 5, 9].map((fresh) => watch.check(fresh, 9, limit))).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect(watch.check(11, 13, limit)).toBe("over");
  });

  it("never stays silent on a count that is over the limit and was below the warning before", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (counts) => {
        const watch = new PrefixWatch();
        for (const count of counts) watch.check(count, count, limit);
        watch.check(0, 0, limit);
        expect(watch.check(11, 11, limit)).toBe("over");
      }),
    );
  });
});
