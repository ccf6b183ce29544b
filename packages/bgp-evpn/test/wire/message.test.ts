import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { decodeMessage, decodeStream } from "../../src/wire/message.ts";
import { framed, mutated } from "./mutation.ts";
import { codecContext } from "./update-arbitraries.ts";
import { VECTOR_FILES, vectors } from "./vectors.ts";

const MESSAGES = VECTOR_FILES.filter((file) => file !== "malformed")
  .flatMap(vectors)
  .map((vector) => bytesFromHex(vector.hex));
const anyMessage = fc.constantFrom(...MESSAGES);
const framedNoise = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.uint8Array({ maxLength: 200 }))
  .map(([type, body]) => framed(type, body));

describe("decodeMessage", () => {
  it("never throws, and gives a JSON value for any octets", () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 100 }), framedNoise, mutated(anyMessage));
    fc.assert(
      fc.property(bytes, codecContext, (message, context) => {
        const value = decodeMessage(message, context);
        expect(JSON.parse(JSON.stringify(value))).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("does not depend on the octets around a message", () => {
    fc.assert(
      fc.property(mutated(anyMessage), fc.nat(255), (message, around) => {
        const buffer = new Uint8Array(message.length + 300).fill(around);
        buffer.set(message);
        const alone = decodeMessage(message, DEFAULT_CONTEXT);
        // What a wrong header leaves of the stream is shown, so it is more here.
        fc.pre(alone.kind !== "malformed" || alone.code !== 1);
        expect(decodeMessage(buffer, DEFAULT_CONTEXT)).toEqual(alone);
      }),
      { numRuns: 500 },
    );
  });

  it("says how much is missing of a message", () => {
    const message = framed(2, new Uint8Array(40));
    const part = message.subarray(0, 25);
    expect(decodeMessage(part, DEFAULT_CONTEXT)).toEqual({
      kind: "truncated",
      expectedLength: message.length,
      message: hex(part),
    });
    expect(decodeMessage(part.subarray(0, 5), DEFAULT_CONTEXT)).toEqual({
      kind: "truncated",
      message: "ffffffffff",
    });
  });

  it("decodes a KEEPALIVE", () => {
    expect(decodeMessage(encodeKeepalive(), DEFAULT_CONTEXT)).toEqual({ kind: "keepalive" });
  });
});

describe("decodeStream", () => {
  it("decodes messages one after the other", () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 6 }), (messages) => {
        const stream = Uint8Array.from(Buffer.concat(messages));
        expect(decodeStream(stream, DEFAULT_CONTEXT)).toEqual(
          messages.map((message) => decodeMessage(message, DEFAULT_CONTEXT)),
        );
      }),
    );
  });

  it("goes on after a message whose body is wrong", () => {
    const badOpen = framed(1, bytesFromHex("04fde800020a63000100"));
    const stream = Uint8Array.from(Buffer.concat([badOpen, encodeKeepalive()]));
    const kinds = decodeStream(stream, DEFAULT_CONTEXT).map(({ kind }) => kind);
    expect(kinds).toEqual(["malformed", "keepalive"]);
  });

  it("ends with a wrong header, or with a message that is not all there", () => {
    const noise = new Uint8Array(30);
    const stream = Uint8Array.from(Buffer.concat([encodeKeepalive(), noise]));
    const kinds = decodeStream(stream, DEFAULT_CONTEXT).map(({ kind }) => kind);
    expect(kinds).toEqual(["keepalive", "malformed"]);
    const cut = Uint8Array.from(Buffer.concat([encodeKeepalive(), encodeKeepalive().subarray(1)]));
    expect(decodeStream(cut, DEFAULT_CONTEXT).at(-1)?.kind).toBe("truncated");
  });
});
