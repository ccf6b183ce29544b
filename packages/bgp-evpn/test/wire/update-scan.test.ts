import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CodecContext, DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { MESSAGE } from "../../src/wire/header.ts";
import { hex } from "../../src/wire/hex.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { framed, mutated } from "./mutation.ts";
import { codecContext, updateFields } from "./update-arbitraries.ts";
import { brokenUpdate } from "./update-mutation.ts";
import { contextOf, updateVectors } from "./vectors.ts";
import { decodeVerdict, scanVerdict } from "./verdict.ts";

const UPDATES = updateVectors();
const WELL_FORMED = UPDATES.filter(
  ({ value }) => value.kind === "update" && value.errors.length === 0,
);

/** An UPDATE and the session in which it is received. */
type Received = readonly [bytes: Uint8Array, context: CodecContext];

const wellFormed: fc.Arbitrary<Received> = codecContext.chain((context) =>
  fc.tuple(
    updateFields(context).map((fields) => encodeUpdate(fields, context)),
    fc.constant(context),
  ),
);
const ofAPeer: fc.Arbitrary<Received> = fc
  .constantFrom(...WELL_FORMED)
  .map((vector) => [vector.bytes, contextOf(vector)]);
const broken: fc.Arbitrary<Received> = fc
  .oneof(wellFormed, ofAPeer)
  .chain(([bytes, context]) =>
    fc.tuple(
      fc.oneof(
        { weight: 4, arbitrary: brokenUpdate(bytes) },
        { weight: 1, arbitrary: mutated(fc.constant(bytes)) },
      ),
      fc.oneof({ weight: 3, arbitrary: fc.constant(context) }, codecContext),
    ),
  );
const noise: fc.Arbitrary<Received> = fc.tuple(
  fc.uint8Array({ maxLength: 300 }).map((body) => framed(MESSAGE.UPDATE, body)),
  codecContext,
);

function expectSameVerdict([bytes, context]: Received, scan?: UpdateScan): void {
  expect(scanVerdict(bytes, 0, bytes.length, context, scan)).toEqual(
    decodeVerdict(bytes, 0, bytes.length, context),
  );
}

describe("scanUpdate against decodeUpdate", () => {
  it.each(UPDATES)("finds what decodeUpdate finds in: $name", (vector) => {
    expectSameVerdict([vector.bytes, contextOf(vector)]);
  });

  it("finds the same in well-formed messages", () => {
    fc.assert(fc.property(wellFormed, (received) => expectSameVerdict(received)));
  });

  it("finds the same in broken messages, with one scan for all of them", () => {
    const scan = new UpdateScan();
    fc.assert(
      fc.property(broken, (received) => expectSameVerdict(received, scan)),
      { numRuns: 2000 },
    );
  });

  it("finds the same in noise", () => {
    fc.assert(
      fc.property(noise, (received) => expectSameVerdict(received)),
      { numRuns: 1000 },
    );
  });

  it("reads nothing outside of the message", () => {
    fc.assert(
      fc.property(broken, fc.nat(255), ([bytes, context], around) => {
        const buffer = new Uint8Array(bytes.length + 600).fill(around);
        buffer.set(bytes, 300);
        const verdict = scanVerdict(bytes, 0, bytes.length, context);
        expect(scanVerdict(buffer, 300, bytes.length, context)).toEqual(verdict);
        expect(decodeVerdict(buffer, 300, bytes.length, context)).toEqual(verdict);
      }),
      { numRuns: 500 },
    );
  });
});

describe("scanUpdate", () => {
  const scan = new UpdateScan();
  const scanned = (name: string): UpdateScan => {
    const vector = UPDATES.find((each) => each.name === name);
    if (vector === undefined) throw new Error(`no vector ${name}`);
    scanUpdate(vector.bytes, 0, vector.bytes.length, contextOf(vector), scan);
    return scan;
  };

  it("accepts a well-formed message and says where its parts are", () => {
    const { bytes, nextHopOffset, nextHopLength, attributeCount } = scanned(
      "FRR type 3 with PMSI_TUNNEL",
    );
    expect(scan.treatment).toBe("accept");
    expect(scan.errors).toEqual([]);
    expect([scan.reachAfi, scan.reachSafi, scan.reachNlriLength]).toEqual([25, 70, 19]);
    expect(hex(bytes.subarray(nextHopOffset, nextHopOffset + nextHopLength))).toBe("0a630001");
    expect(Array.from(scan.attributeType.subarray(0, attributeCount))).toEqual([
      14, 1, 2, 5, 16, 22,
    ]);
    const pmsi = scan.indexOf(22);
    expect(scan.attributeStart[pmsi]).toBe((scan.attributeOffset[pmsi] ?? 0) - 3);
    expect(scan.indexOf(99)).toBe(-1);
  });

  it("forgets the message before", () => {
    scanned("routes in all four places at once");
    scanned("End-of-RIB for EVPN, GoBGP");
    expect(scan.reachNlriLength + scan.bodyNlriLength + scan.bodyWithdrawnLength).toBe(0);
    expect(scan.indexOf(1)).toBe(-1);
    expect(scan.isEndOfRib(25, 70)).toBe(true);
    expect(scan.isEndOfRib(1, 1)).toBe(false);
  });

  it("marks an attribute that is to be dropped", () => {
    scanned("LOCAL_PREF from an external peer");
    expect(scan.treatment).toBe("accept");
    expect(scan.isDiscarded(scan.indexOf(5))).toBe(true);
    expect(scan.isDiscarded(scan.indexOf(1))).toBe(false);
  });

  it("lists a duplicate attribute once", () => {
    scanned("second ORIGIN");
    const types = scan.attributeType.subarray(0, scan.attributeCount);
    expect(types.filter((type) => type === 1)).toHaveLength(1);
    expect(scan.isDiscarded(scan.indexOf(1))).toBe(false);
  });

  it("takes as many attributes as there are types", () => {
    const attributes = Array.from({ length: 256 }, (_, type) => [0xc0, type, 0]).flat();
    const body = [0, 0, attributes.length >>> 8, attributes.length & 255, ...attributes];
    const bytes = framed(MESSAGE.UPDATE, Uint8Array.from(body));
    expectSameVerdict([bytes, DEFAULT_CONTEXT]);
  });

  it("shows no routes of a family that is not negotiated", () => {
    const vector = UPDATES.find(({ name }) => name === "FRR type 3 with PMSI_TUNNEL");
    const bytes = vector?.bytes ?? new Uint8Array(0);
    const context: CodecContext = { ...DEFAULT_CONTEXT, families: ["ipv4-unicast"] };
    expect(scanUpdate(bytes, 0, bytes.length, context, scan)).toBeUndefined();
    expect([scan.reachAfi, scan.reachSafi, scan.reachNlriLength]).toEqual([25, 70, 0]);
  });
});
