/** Every truncation of every vector, and every value of every length field in it. */
import { describe, expect, it } from "vitest";
import { MessageStream } from "../../src/session/framing.ts";
import type { CodecContext } from "../../src/wire/codec-context.ts";
import { HEADER_LENGTH, MESSAGE } from "../../src/wire/header.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { type DecodedMessage, decodeMessage } from "../../src/wire/message.ts";
import type { UpdateMessage } from "../../src/wire/update-message.ts";
import { UpdateScan } from "../../src/wire/update-scan.ts";
import { lengthFields } from "./length-fields.ts";
import { framed } from "./mutation.ts";
import { contextOf, VECTOR_FILES, type Vector, vectors } from "./vectors.ts";
import { decodeVerdict, scanVerdict } from "./verdict.ts";

const ALL = VECTOR_FILES.flatMap(vectors).map((vector) => ({
  ...vector,
  bytes: bytesFromHex(vector.hex),
}));
const WELL_FORMED = ALL.filter(({ value }) => isWellFormed(value));

/** Codes and subcodes that RFC 4271, 5492, 7313 and 7606 give to what is wrong with a message of a type. */
const ALLOWED: Readonly<Record<number, readonly string[]>> = {
  [MESSAGE.OPEN]: ["2/0", "2/1", "2/3", "2/4", "2/6"],
  [MESSAGE.ROUTE_REFRESH]: ["7/1"],
};
const HEADER_FAULTS = ["1/1", "1/2", "1/3"];

const scan = new UpdateScan();

function isWellFormed(message: DecodedMessage): boolean {
  if (message.kind === "update") return message.errors.length === 0;
  return message.kind !== "malformed" && message.kind !== "truncated";
}

/** What the RFCs have for the message, or a description of what else came out. */
function verdictOf(bytes: Uint8Array, context: CodecContext): string {
  const message = decodeMessage(bytes, context);
  switch (message.kind) {
    case "update":
      return updateVerdict(message, bytes, context);
    case "malformed": {
      const code = `${message.code}/${message.subcode}`;
      const allowed = [...HEADER_FAULTS, ...(ALLOWED[bytes[18] ?? 0] ?? [])];
      return allowed.includes(code) ? code : `not of this message: ${code}`;
    }
    default:
      return message.kind;
  }
}

function updateVerdict(message: UpdateMessage, bytes: Uint8Array, context: CodecContext): string {
  const length = ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0);
  const fast = JSON.stringify(scanVerdict(bytes, 0, length, context, scan));
  const slow = JSON.stringify(decodeVerdict(bytes, 0, length, context));
  if (fast !== slow) return `two verdicts: ${fast} and ${slow}`;
  const last = message.errors.at(-1);
  if (message.treatment !== "session-reset") return message.treatment;
  return last?.code === 3 ? `3/${last.subcode}` : `not of an UPDATE: ${last?.code}`;
}

const VERDICT =
  /^(accept|treat-as-withdraw|[123]\/\d+|7\/1|open|notification|keepalive|route-refresh|truncated)$/;

/** Copies of a message with its length fields at every value; of those of two octets all that are near or round. */
function* corrupted(bytes: Uint8Array): Generator<Uint8Array> {
  for (const { at, octets } of lengthFields(bytes)) {
    const right = octets === 1 ? (bytes[at] ?? 0) : ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    for (const value of octets === 1 ? OCTETS : wideValues(right)) {
      if (value === right) continue;
      const copy = bytes.slice();
      if (octets === 2) copy[at] = value >>> 8;
      copy[at + octets - 1] = value & 0xff;
      yield copy;
    }
  }
}

const OCTETS = Array.from({ length: 256 }, (_, value) => value);

function wideValues(right: number): number[] {
  const near = Array.from({ length: 65 }, (_, offset) => right - 32 + offset);
  const round = [0, 1, 2, 3, 18, 19, 22, 23, 127, 128, 255, 256, 4095, 4096, 4097, 32_767, 65_535];
  return [...near, ...round].filter((value) => value >= 0 && value <= 0xffff);
}

describe("a message that ends early", () => {
  it.each(ALL)("$name: is waited for", ({ bytes, value, ...vector }) => {
    const context = contextOf({ ...vector, value });
    for (let length = 0; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      const stream = new MessageStream();
      stream.context = context;
      const reset = stream.push(part, () => false);
      const message = decodeMessage(part, context);
      if (reset === undefined) expect(message.kind).toBe("truncated");
      else expect(message).toMatchObject({ kind: "malformed", code: 1, subcode: reset.subcode });
      expect(reset === undefined ? stream.heldBytes : length).toBe(length);
    }
  });
});

/** What a well-formed message is without its last octets, by what the RFCs say of its parts. */
function expectedWhenCut({ value, bytes }: Vector & { bytes: Uint8Array }, length: number): RegExp {
  switch (value.kind) {
    case "keepalive":
      return /^1\/2$/;
    case "open":
      return length < 29 ? /^1\/2$/ : /^2\/[0-9]+$/;
    case "notification":
      return length < 21 ? /^1\/2$/ : /^notification$/;
    case "route-refresh":
      return length < 23 ? /^1\/2$/ : /^(route-refresh|7\/1)$/;
    default: {
      if (length < 23) return /^1\/2$/;
      const withdrawn = ((bytes[19] ?? 0) << 8) | (bytes[20] ?? 0);
      const at = 21 + withdrawn;
      const attributesEnd = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
      // Beyond the attributes there are prefixes of IPv4: between two of them, or inside of one (RFC 7606 section 5.3).
      return length < attributesEnd ? /^3\/1$/ : /^(accept|3\/10)$/;
    }
  }
}

describe("a message that is cut, with a header that says so", () => {
  it.each(WELL_FORMED)("$name: has the verdict of its RFC", (vector) => {
    const { bytes } = vector;
    for (let length = HEADER_LENGTH; length < bytes.length; length++) {
      const cut = framed(bytes[18] ?? 0, bytes.subarray(HEADER_LENGTH, length));
      const expected = expectedWhenCut(vector, length);
      expect(verdictOf(cut, contextOf(vector)), hex(cut)).toMatch(expected);
    }
  });

  it.each(ALL)("$name: never throws", (vector) => {
    for (let length = 0; length < vector.bytes.length; length++) {
      const cut = framed(vector.bytes[18] ?? 0, vector.bytes.subarray(HEADER_LENGTH, length));
      expect(verdictOf(cut, contextOf(vector)), hex(cut)).toMatch(VERDICT);
    }
  });
});

describe("a message with any length field wrong", () => {
  it.each(WELL_FORMED)("$name: has a verdict of RFC 4271 or RFC 7606", (vector) => {
    const context = contextOf(vector);
    for (const wrong of corrupted(vector.bytes)) {
      const verdict = verdictOf(wrong, context);
      if (!VERDICT.test(verdict)) expect(verdict, hex(wrong)).toMatch(VERDICT);
    }
  });
});
