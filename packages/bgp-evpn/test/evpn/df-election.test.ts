import { compareIp, ipBytes, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  agreedAlgorithm,
  DF_ALGORITHM,
  DF_CAPABILITY,
  type DfCandidate,
  electDf,
  weight,
} from "../../src/evpn/df-election.ts";
import { esiBytes } from "../../src/wire/evpn/esi.ts";
import { esi, ip, u32 } from "../wire/value-arbitraries.ts";

const ESI = "03:02:00:00:00:e5:20:00:00:03";
const [ONE, TWO, THREE] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(parseIpAddress);

const candidate = (
  address: string,
  algorithm?: number,
  preference = 0,
  capabilities = 0,
): DfCandidate => ({
  address: parseIpAddress(address),
  ...(algorithm === undefined ? {} : { election: { algorithm, capabilities, preference } }),
});

const candidates = fc.array(
  fc.record({
    address: ip,
    election: fc.record({
      algorithm: fc.nat(3),
      capabilities: fc.constantFrom(0, 0x4000, 0x8000),
      preference: fc.nat(3),
    }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe("service carving", () => {
  // RFC 7432 section 8.5: ordinals by ascending address, the DF has ordinal V mod N.
  test.each([
    [3000, ONE, TWO],
    [3001, TWO, THREE],
    [3002, THREE, ONE],
  ])("gives tag %i to the router with the ordinal of its remainder", (tag, df, backup) => {
    const all = [candidate("192.0.2.3"), candidate("192.0.2.1"), candidate("192.0.2.2")];
    expect(electDf(all, ESI, tag)).toEqual({ algorithm: 0, designated: df, backup });
  });

  it("orders by number and not by text", () => {
    const all = [candidate("192.0.2.10"), candidate("192.0.2.9")];
    expect(electDf(all, ESI, 2).designated).toBe("192.0.2.9");
  });

  it("has no DF without candidates, and no backup with one", () => {
    expect(electDf([], ESI, 1)).toEqual({ algorithm: 0, designated: undefined, backup: undefined });
    expect(electDf([candidate("192.0.2.1")], ESI, 7)).toMatchObject({ designated: ONE });
    expect(electDf([candidate("192.0.2.1")], ESI, 7).backup).toBeUndefined();
  });
});

describe("highest random weight", () => {
  /** The affinity as RFC 8584 section 3.2 writes it, with integers of any size and a bit-by-bit CRC-32. */
  const reference = (address: string, segment: string, tag: number): number => {
    const octets = [...ipBytes(parseIpAddress(address))];
    const si = octets.reduce((value, octet) => value * 256n + BigInt(octet), 0n);
    const stream = [24, 16, 8, 0].map((shift) => (tag >>> shift) & 0xff);
    stream.push(...esiBytes(segment));
    let crc = 0xffffffffn;
    for (const octet of stream) {
      crc ^= BigInt(octet);
      for (let bit = 0; bit < 8; bit++)
        crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0xedb88320n : crc >> 1n;
    }
    const digest = (crc ^ 0xffffffffn) & 0x7fffffffn;
    const inner = (1103515245n * si + 12345n) ^ digest;
    return Number((1103515245n * inner + 12345n) % 2n ** 31n);
  };

  it("has the weights of the RFC's formula", () => {
    fc.assert(
      fc.property(ip, esi, u32, (address, segment, tag) => {
        expect(weight(address, segment, tag)).toBe(reference(address, segment, tag));
      }),
    );
  });

  it("moves only the tags of a router that leaves, to their backups", () => {
    const all = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((one) => candidate(one, 1));
    for (let tag = 1; tag <= 300; tag++) {
      const before = electDf(all, ESI, tag);
      const after = electDf(all.slice(1), ESI, tag);
      expect(after.designated).toBe(before.designated === ONE ? before.backup : before.designated);
    }
    const winners = new Set(all.flatMap((_, i) => electDf(all, ESI, i * 7 + 1).designated));
    expect(winners.size).toBeGreaterThan(1);
  });
});

describe("preference", () => {
  it("takes the highest, then the router that must not be preempted, then the lowest address", () => {
    const elect = (...all: DfCandidate[]) => electDf(all, ESI, 1).designated;
    const { DONT_PREEMPT } = DF_CAPABILITY;
    expect(elect(candidate("192.0.2.1", 2, 100), candidate("192.0.2.2", 2, 200))).toBe(TWO);
    expect(elect(candidate("192.0.2.1", 2, 200), candidate("192.0.2.2", 2, 200))).toBe(ONE);
    expect(
      elect(candidate("192.0.2.1", 2, 200), candidate("192.0.2.2", 2, 200, DONT_PREEMPT)),
    ).toBe(TWO);
    expect(
      elect(candidate("192.0.2.1", 2, 201), candidate("192.0.2.2", 2, 200, DONT_PREEMPT)),
    ).toBe(ONE);
  });

  it("takes the lowest under algorithm 3", () => {
    const all = [candidate("192.0.2.1", 3, 200), candidate("192.0.2.2", 3, 100)];
    expect(electDf(all, ESI, 1)).toEqual({ algorithm: 3, designated: TWO, backup: ONE });
  });
});

describe("negotiation", () => {
  it.each([
    ["one has no community", [candidate("192.0.2.1", 2, 9), candidate("192.0.2.2")]],
    ["two algorithms are asked for", [candidate("192.0.2.1", 2, 9), candidate("192.0.2.2", 1)]],
    ["capabilities differ", [candidate("192.0.2.1", 1, 0, 0x4000), candidate("192.0.2.2", 1)]],
    ["the algorithm is not known", [candidate("192.0.2.1", 9), candidate("192.0.2.2", 9)]],
  ])("falls back to the default when %s", (_, all) => {
    expect(agreedAlgorithm(all)).toBe(DF_ALGORITHM.DEFAULT);
    expect(electDf(all, ESI, 1)).toMatchObject({ algorithm: 0, designated: TWO });
  });

  it("does not need agreement on Don't Preempt", () => {
    const all = [candidate("192.0.2.1", 2, 1, 0x8000), candidate("192.0.2.2", 2, 1)];
    expect(agreedAlgorithm(all)).toBe(DF_ALGORITHM.HIGHEST_PREFERENCE);
  });
});

it("gives every router the same result, in whatever order it has heard of the others", () => {
  const orders = candidates.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(orders, esi, u32, ([all, shuffled], segment, tag) => {
      const distinct = [...new Map(all.map((one) => [one.address, one])).values()];
      fc.pre(distinct.length === all.length);
      const result = electDf(all, segment, tag);
      expect(electDf(shuffled, segment, tag)).toEqual(result);
      expect(all.map(({ address }) => address)).toContain(result.designated);
      if (result.algorithm !== DF_ALGORITHM.DEFAULT) return;
      const sorted = all.map(({ address }) => address).sort(compareIp);
      expect(result.designated).toBe(sorted[tag % sorted.length]);
    }),
  );
});
