import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareMacPlaces,
  localMac,
  MAX_SEQUENCE,
  type MacPlace,
  remoteMac,
} from "../../src/evpn/mac-mobility.ts";
import { ZERO_ESI } from "../../src/wire/evpn/esi.ts";

const SEGMENT = "03:02:00:00:00:e5:20:00:00:03";

const place = (vtep: string, sequence = 0, more: Partial<MacPlace> = {}): MacPlace => ({
  vtep: parseIpAddress(vtep),
  sequence,
  sticky: false,
  esi: ZERO_ESI,
  ...more,
});
const ours = (sequence = 0, more: Partial<MacPlace> = {}) => place("192.0.2.5", sequence, more);

const anyPlace: fc.Arbitrary<MacPlace> = fc.record({
  vtep: fc.constantFrom("192.0.2.1", "192.0.2.10", "192.0.2.9", "2001:db8::1").map(parseIpAddress),
  sequence: fc.oneof(fc.nat(2), fc.constant(MAX_SEQUENCE)),
  sticky: fc.boolean(),
  esi: fc.constantFrom(ZERO_ESI, SEGMENT),
});

describe("of two places of a MAC", () => {
  it("a sticky one counts, then the higher sequence number, then the lower address", () => {
    const ascending = [
      place("192.0.2.9", 0, { sticky: true }),
      place("192.0.2.9", 8),
      place("192.0.2.9", 7),
      place("192.0.2.10", 7),
    ];
    for (const [i, better] of ascending.entries()) {
      for (const worse of ascending.slice(i + 1)) {
        expect(compareMacPlaces(better, worse)).toBeLessThan(0);
        expect(compareMacPlaces(worse, better)).toBeGreaterThan(0);
      }
    }
  });

  it("the order is total: antisymmetric and transitive", () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, anyPlace, (a, b, c) => {
        expect(Math.sign(compareMacPlaces(a, b))).toBe(-Math.sign(compareMacPlaces(b, a)) + 0);
        fc.pre(compareMacPlaces(a, b) <= 0 && compareMacPlaces(b, c) <= 0);
        expect(compareMacPlaces(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("a MAC that is learned here", () => {
  const local = { esi: ZERO_ESI, sticky: false };

  it("is announced with 0 when no other has it, and with one more than the other has", () => {
    expect(localMac(local, undefined)).toEqual({ kind: "announce", sequence: 0 });
    expect(localMac(local, place("192.0.2.1"))).toEqual({ kind: "announce", sequence: 1 });
    expect(localMac(local, place("192.0.2.1", 41))).toEqual({ kind: "announce", sequence: 42 });
    expect(localMac(local, place("192.0.2.1", MAX_SEQUENCE))).toEqual({
      kind: "announce",
      sequence: MAX_SEQUENCE,
    });
  });

  it("has not moved when the other has it on the same segment", () => {
    const held = place("192.0.2.1", 3, { esi: SEGMENT });
    expect(localMac({ ...local, esi: SEGMENT }, held)).toEqual({ kind: "announce", sequence: 3 });
    expect(localMac(local, held)).toEqual({ kind: "announce", sequence: 4 });
  });

  it("is not announced when it is sticky at the other", () => {
    const held = place("192.0.2.1", 0, { sticky: true });
    expect(localMac(local, held)).toEqual({ kind: "sticky-elsewhere", vtep: "192.0.2.1" });
    expect(localMac({ ...local, sticky: true }, held)).toEqual({ kind: "announce", sequence: 0 });
  });

  it("wins over the place it came from, unless that is sticky or at the end of the numbers", () => {
    fc.assert(
      fc.property(anyPlace, (held) => {
        fc.pre(held.sequence < MAX_SEQUENCE && held.esi === ZERO_ESI);
        const decision = localMac(local, held);
        if (decision.kind === "sticky-elsewhere") expect(held.sticky).toBe(true);
        else expect(compareMacPlaces(ours(decision.sequence), held)).toBeLessThan(0);
      }),
    );
  });
});

describe("a remote route for a MAC that is announced here", () => {
  it.each([
    ["a higher number", ours(1), place("192.0.2.1", 2), "withdraw"],
    ["a lower number", ours(2), place("192.0.2.1", 1), "keep"],
    ["the same number from a lower address", ours(1), place("192.0.2.1", 1), "withdraw"],
    ["the same number from a higher address", ours(1), place("192.0.2.9", 1), "keep"],
    ["a sticky one", ours(7), place("192.0.2.9", 0, { sticky: true }), "withdraw"],
    [
      "any number while it is sticky here",
      ours(0, { sticky: true }),
      place("192.0.2.1", 9),
      "sticky-here",
    ],
    [
      "the same segment",
      ours(0, { esi: SEGMENT }),
      place("192.0.2.1", 9, { esi: SEGMENT }),
      "keep",
    ],
  ])("with %s", (_, local, remote, verdict) => {
    expect(remoteMac(local, remote)).toBe(verdict);
  });

  it("leaves exactly one of two routers with the MAC, when both judge alone", () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, (a, b) => {
        fc.pre(a.vtep !== b.vtep && !(a.esi === b.esi && a.esi !== ZERO_ESI));
        const withdrawn = [remoteMac(a, b), remoteMac(b, a)].filter((one) => one === "withdraw");
        expect(withdrawn).toHaveLength(1);
      }),
    );
  });
});
