import { type Asn, parseAsn } from "@selvedge/net";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  containsAs,
  countHops,
  mergeAs4Path,
  narrowAsPath,
  needsAs4Path,
  neighbourAs,
  prependAs,
  widenAsPath,
} from "../../src/rib/as-path.ts";
import {
  type AsPathSegment,
  decodeAsPath,
  encodeAsPath,
} from "../../src/wire/attribute/as-path.ts";
import { narrowSegments } from "./model/attributes.ts";

const OFFSET = 3;
const asn: fc.Arbitrary<Asn> = fc.oneof(
  fc.integer({ min: 1, max: 70_000 }).map(parseAsn),
  fc.constant(parseAsn(4200000000)),
);
const segment: fc.Arbitrary<AsPathSegment> = fc.record({
  kind: fc.constantFrom("sequence", "set"),
  asns: fc.oneof(
    fc.array(asn, { minLength: 1, maxLength: 5 }),
    fc.array(asn, { minLength: 255, maxLength: 255 }),
  ),
});
const path = fc.array(segment, { maxLength: 4 });

/** The octets of a path somewhere inside of an array, as the RIB has them. */
function embed(segments: readonly AsPathSegment[], width: 2 | 4 = 4): [Uint8Array, number, number] {
  const bytes = encodeAsPath(segments, width);
  const around = new Uint8Array(bytes.length + 2 * OFFSET).fill(0xaa);
  around.set(bytes, OFFSET);
  return [around, OFFSET, bytes.length];
}

function written(write: (target: Uint8Array, at: number) => number): Uint8Array {
  const target = new Uint8Array(10_000);
  return target.slice(OFFSET, write(target, OFFSET));
}

const sequence = (...asns: number[]): AsPathSegment => ({
  kind: "sequence",
  asns: asns.map(parseAsn),
});
const set = (...asns: number[]): AsPathSegment => ({ kind: "set", asns: asns.map(parseAsn) });

test("hops, members and the neighbouring AS are those of the decoded path", () => {
  fc.assert(
    fc.property(path, asn, (segments, other) => {
      const bytes = embed(segments);
      const hops = segments.map(({ asns, kind }) => (kind === "set" ? 1 : asns.length));
      expect(countHops(...bytes)).toBe(hops.reduce((sum, count) => sum + count, 0));
      const all = segments.flatMap(({ asns }) => asns);
      expect(containsAs(...bytes, other)).toBe(all.includes(other));
      for (const one of all.slice(0, 3)) expect(containsAs(...bytes, one)).toBe(true);
      const [first] = segments;
      expect(neighbourAs(...bytes)).toBe(first?.kind === "sequence" ? first.asns[0] : 0);
      expect(needsAs4Path(...bytes)).toBe(all.some((one) => one > 0xffff));
    }),
  );
});

test("narrowing puts AS_TRANS for what does not fit, and widening keeps what does", () => {
  fc.assert(
    fc.property(path, (segments) => {
      const narrow = narrowSegments(segments).segments;
      const narrowed = written((target, at) => narrowAsPath(...embed(segments), target, at));
      expect(decodeAsPath(narrowed, "AS_PATH", 2)).toEqual(narrow);
      const widened = written((target, at) => widenAsPath(...embed(narrow, 2), target, at));
      expect(decodeAsPath(widened, "AS_PATH", 4)).toEqual(narrow);
    }),
  );
});

test("AS_PATH and AS4_PATH of a two-octet speaker give the path back", () => {
  fc.assert(
    fc.property(path, (segments) => {
      const narrow = encodeAsPath(narrowSegments(segments).segments, 4);
      const merged = written((target, at) =>
        mergeAs4Path(narrow, encodeAsPath(segments, 4), target, at),
      );
      expect(decodeAsPath(merged, "AS_PATH", 4)).toEqual(segments);
    }),
  );
});

test.each([
  [
    "an old speaker has prepended itself",
    [sequence(300, 23456, 200)],
    [sequence(70_000, 200)],
    [sequence(300), sequence(70_000, 200)],
  ],
  [
    "whole segments are missing",
    [set(1, 2), sequence(23456)],
    [sequence(70_000)],
    [set(1, 2), sequence(70_000)],
  ],
  [
    "AS4_PATH is longer than AS_PATH and so wrong",
    [sequence(300)],
    [sequence(1, 2)],
    [sequence(300)],
  ],
  [
    "confederation segments are ignored",
    [sequence(23456)],
    [{ kind: "confederation-sequence", asns: [parseAsn(64512)] } as const, sequence(70_000)],
    [sequence(70_000)],
  ],
])("merging when %s", (_, as2, as4, expected) => {
  const merged = written((target, at) =>
    mergeAs4Path(encodeAsPath(as2, 4), encodeAsPath(as4, 4), target, at),
  );
  expect(decodeAsPath(merged, "AS_PATH", 4)).toEqual(expected);
});

test.each([
  ["an empty path", [], [sequence(65000)]],
  ["a sequence", [sequence(1, 2)], [sequence(65000, 1, 2)]],
  ["a set", [set(1, 2)], [sequence(65000), set(1, 2)]],
  [
    "a full sequence",
    [sequence(...Array.from({ length: 255 }, () => 7))],
    [sequence(65000), sequence(...Array.from({ length: 255 }, () => 7))],
  ],
])("prepending to %s", (_, segments, expected) => {
  const longer = written((target, at) => prependAs(...embed(segments), 65000, target, at));
  expect(decodeAsPath(longer, "AS_PATH", 4)).toEqual(expected);
});
