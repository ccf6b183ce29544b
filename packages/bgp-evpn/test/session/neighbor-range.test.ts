import { parseAsn, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { describe, expect, it } from "vitest";
import {
  type NeighborRangeOptions,
  NeighborRanges,
  neighborRange,
} from "../../src/session/neighbor-range.ts";

const AS = parseAsn(65000);
const A = parseIpAddress("10.0.0.1");
const B = parseIpAddress("10.0.0.2");
const C = parseIpAddress("10.1.0.1");

const range = (prefix: string, options: Partial<NeighborRangeOptions> = {}) =>
  neighborRange({ prefix: parseIpPrefix(prefix), asn: AS, ...options }, AS);

describe("a range of neighbours", () => {
  it("makes passive, dynamic neighbours with its options, and the limit is 100 unless said otherwise", () => {
    const { limit, template } = range("10.0.0.0/8", { reflectorClient: true, holdTime: 9 });
    expect(limit).toBe(100);
    expect(template).toMatchObject({
      asn: AS,
      passive: true,
      dynamic: true,
      reflectorClient: true,
      holdTime: 9,
    });
  });

  it("knows the AS by number, as the speaker's own, or as any other", () => {
    expect(range("10.0.0.0/8", { asn: "internal" }).template).toMatchObject({
      asn: AS,
      socket: { ttl: undefined },
    });
    expect(range("10.0.0.0/8", { asn: "external" }).template).toMatchObject({
      asn: "external",
      socket: { ttl: 1 },
    });
  });

  it.each([0, 65_536, 1.5])("refuses a limit of %d", (limit) => {
    expect(() => range("10.0.0.0/8", { limit })).toThrow(
      `range 10.0.0.0/8: limit is ${limit}; it must be 1 to 65535 neighbours`,
    );
  });

  it("refuses what a neighbour refuses", () => {
    expect(() => range("10.0.0.0/8", { holdTime: 1 })).toThrow("holdTime is 1");
    expect(() => range("fe80::/10")).toThrow("a link-local address needs sourceInterface");
  });
});

describe("the ranges of a speaker", () => {
  it("let in by the longest range that contains the address", () => {
    const ranges = new NeighborRanges();
    ranges.set(range("10.0.0.0/8", { description: "long" }));
    ranges.set(range("10.1.0.0/16", { description: "longer" }));
    const described = (address: typeof A) => {
      const admission = ranges.admit(address);
      return admission.kind === "admitted" ? admission.settings : undefined;
    };
    expect(described(A)).toMatchObject({ address: A, description: "long" });
    expect(described(C)).toMatchObject({ address: C, description: "longer" });
    expect(ranges.admit(parseIpAddress("11.0.0.1"))).toEqual({
      kind: "refused",
      reason: "no neighbour has that address",
    });
    expect(ranges.admit(parseIpAddress("::1"))).toMatchObject({ kind: "refused" });
  });

  it("keep to the limit of each, and count again who has gone", () => {
    const ranges = new NeighborRanges();
    ranges.set(range("10.0.0.0/16", { limit: 1 }));
    ranges.set(range("10.1.0.0/16", { limit: 1 }));
    expect(ranges.admit(A).kind).toBe("admitted");
    expect(ranges.admit(B)).toEqual({
      kind: "full",
      reason: "the range 10.0.0.0/16 has its 1 neighbours",
      members: [A],
    });
    expect(ranges.admit(C).kind).toBe("admitted");
    ranges.forget(A);
    ranges.forget(A);
    expect(ranges.admit(B).kind).toBe("admitted");
  });

  it("name the neighbours to be changed, whether they must begin anew, and go with their range", () => {
    const ranges = new NeighborRanges();
    expect(ranges.set(range("10.0.0.0/16")).members).toEqual([]);
    ranges.admit(A);
    ranges.admit(B);
    expect(ranges.set(range("10.0.0.0/16", { description: "x", limit: 5 }))).toEqual({
      members: [A, B],
      needsNewSessions: false,
    });
    expect(ranges.set(range("10.0.0.0/16", { password: "new" }))).toEqual({
      members: [A, B],
      needsNewSessions: true,
    });
    ranges.forget(A);
    expect(ranges.remove(parseIpPrefix("10.0.0.0/16"))).toEqual([B]);
    expect(ranges.admit(A).kind).toBe("refused");
    expect(ranges.remove(parseIpPrefix("10.9.0.0/16"))).toEqual([]);
  });

  it("let nobody in while they are shut down", () => {
    const ranges = new NeighborRanges();
    ranges.set(range("10.0.0.0/16", { shutdown: true }));
    expect(ranges.admit(A)).toEqual({
      kind: "refused",
      reason: "the range 10.0.0.0/16 is shut down",
    });
    expect(ranges.remove(parseIpPrefix("10.0.0.0/16"))).toEqual([]);
  });
});
