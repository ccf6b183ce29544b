import { expect, test } from "vitest";
import { CanonicalAttributes } from "../../src/rib/canonical-attributes.ts";
import { Source } from "../../src/rib/peer-table.ts";
import { ByteWriter } from "../../src/wire/byte-writer.ts";
import { type CodecContext, DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { encodeMessage, MESSAGE } from "../../src/wire/header.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";
import { sessionSlot } from "./model/sessions.ts";

/** MP_REACH_NLRI: next hop 10.0.0.9, one route of type 5. */
const REACH = `900e002d001946040a000009000522${"00".repeat(34)}`;
const ORIGIN = "40010100";
const AS_PATH = "400200";
const LOCAL_PREF = "40050400000064";

/** The canonical set of an UPDATE with these attributes, as hex. */
function canonical(attributes: string, session = sessionSlot("peer", "10.0.0.9")): string {
  const octets = bytesFromHex(attributes);
  const body = new ByteWriter().u16(0).u16(octets.length).octets(octets).finish();
  const bytes = encodeMessage(MESSAGE.UPDATE, body);
  const context: CodecContext = { ...DEFAULT_CONTEXT, ...session.context };
  const scan = new UpdateScan();
  expect(scanUpdate(bytes, 0, bytes.length, context, scan)?.reason).toBeUndefined();
  const source = new Source(2, 9);
  source.begin(session.peer);
  const writer = new CanonicalAttributes();
  return hex(writer.bytes.slice(0, writer.write(scan, source)));
}

test("the next hop stands in front, then the attributes in the order and form they came in", () => {
  // An extended-length AS_PATH, a long-form MED and communities in descending order of types.
  const attributes = `c00804fde80001${LOCAL_PREF}500200 00${ORIGIN}`.replaceAll(" ", "");
  expect(canonical(REACH + attributes)).toBe(`040a000009${attributes}`);
});

test("the place of MP_REACH_NLRI among the attributes makes no difference", () => {
  const before = canonical(REACH + ORIGIN + AS_PATH + LOCAL_PREF);
  expect(canonical(ORIGIN + AS_PATH + REACH + LOCAL_PREF)).toBe(before);
});

test("unknown transitive attributes are kept and marked partial, unknown non-transitive ones dropped", () => {
  const transitive = "c06303c0ffee";
  const nonTransitive = "806203c0ffee";
  const known = ORIGIN + AS_PATH + LOCAL_PREF;
  expect(canonical(REACH + known + nonTransitive + transitive)).toBe(
    `040a000009${known}e06303c0ffee`,
  );
});

test("unused bits of the flags are not passed on (RFC 4271 section 4.3)", () => {
  const known = ORIGIN + AS_PATH + LOCAL_PREF;
  const odd = `4f0101004102004805 0400000064cf6303c0ffee`.replace(" ", "");
  expect(canonical(REACH + odd)).toBe(`040a000009${known}e06303c0ffee`);
  const old = sessionSlot("old", "10.0.0.9", { fourOctetAs: false });
  const aggregator = "c70706fde80a00004d";
  expect(canonical(`${REACH + ORIGIN}470200${LOCAL_PREF}${aggregator}`, old)).toBe(
    `040a000009${known}c007080000fde80a00004d`,
  );
});

test("NEXT_HOP beside MP_REACH_NLRI is ignored (RFC 4760 section 3)", () => {
  const known = ORIGIN + AS_PATH + LOCAL_PREF;
  expect(canonical(`${REACH}4003047f000001${known}`)).toBe(`040a000009${known}`);
});

test("attributes that the codec discards are left out: LOCAL_PREF of an external peer", () => {
  const external = sessionSlot("external", "10.0.0.9", { asn: 65009 });
  const path = "400206020100 00fdf1".replaceAll(" ", "");
  expect(canonical(REACH + ORIGIN + path + LOCAL_PREF, external)).toBe(
    `040a000009${ORIGIN}${path}`,
  );
});

test("a two-octet speaker's AS_PATH and AGGREGATOR get four octets, and the AS4_ attributes are used up", () => {
  const old = sessionSlot("old", "10.0.0.9", { fourOctetAs: false });
  const sent = `${ORIGIN}4002060202fe4d5ba0${LOCAL_PREF}c007065ba00a00004d`;
  const as4 = "c0110a02020000fe4dfa56ea00" + "c01208fa56ea000a00004d";
  expect(canonical(REACH + sent + as4, old)).toBe(
    `040a000009${ORIGIN}40020a02020000fe4dfa56ea00${LOCAL_PREF}c00708fa56ea000a00004d`,
  );
});

test("AS4_ attributes are ignored when an old speaker has aggregated since (RFC 6793 4.2.3)", () => {
  const old = sessionSlot("old", "10.0.0.9", { fourOctetAs: false });
  const sent = `${ORIGIN}4002060202fe4d5ba0${LOCAL_PREF}c00706fe4d0a00004d`;
  const as4 = "c0110a02020000fe4dfa56ea00" + "c01208fa56ea000a00004d";
  expect(canonical(REACH + sent + as4, old)).toBe(
    `040a000009${ORIGIN}40020a02020000fe4d00005ba0${LOCAL_PREF}c007080000fe4d0a00004d`,
  );
});

test("attributes that become too long with four octets an AS are refused", () => {
  const old = sessionSlot("old", "10.0.0.9", { fourOctetAs: false, extendedMessages: true });
  const segment = `02ff${"fde9".repeat(255)}`;
  const path = segment.repeat(70);
  const length = (path.length / 2).toString(16).padStart(4, "0");
  expect(canonical(`${REACH}${ORIGIN}5002${length}${path}${LOCAL_PREF}`, old)).toBe("");
});
