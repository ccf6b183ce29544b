import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageStream } from "../../src/session/framing.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { encodeMessage, MESSAGE } from "../../src/wire/header.ts";

const KEEPALIVE = encodeMessage(MESSAGE.KEEPALIVE, new Uint8Array(0));

const update = (length: number): Uint8Array => {
  const body = new Uint8Array(length).fill(length & 0xff);
  return encodeMessage(MESSAGE.UPDATE, body);
};

const concat = (parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** Cuts `bytes` at the given places and returns the messages that come out. */
const messagesOf = (bytes: Uint8Array, cuts: readonly number[], extended = false) => {
  const stream = new MessageStream();
  stream.context = { ...DEFAULT_CONTEXT, extendedMessages: extended };
  const out: Uint8Array[] = [];
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  edges.sort((a, b) => a - b);
  for (let i = 1; i < edges.length; i++) {
    const error = stream.push(bytes.slice(edges[i - 1], edges[i]), (from, offset, length) => {
      out.push(from.slice(offset, offset + length));
      return true;
    });
    if (error !== undefined) return { out, error };
  }
  return { out, held: stream.heldBytes };
};

describe("framing", () => {
  it("gives the same messages however the stream is cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 10, max: 4000 }), { maxLength: 6 }),
        fc.array(fc.nat(20_000), { maxLength: 12 }),
        (lengths, cuts) => {
          const messages = lengths.flatMap((length) => [update(length), KEEPALIVE]);
          const { out, held } = messagesOf(concat(messages), cuts);
          expect(out).toEqual(messages);
          expect(held).toBe(0);
        },
      ),
    );
  });

  it("gives the same messages when every octet comes alone", () => {
    const messages = [update(40), KEEPALIVE, update(300)];
    const bytes = concat(messages);
    expect(messagesOf(bytes, [...bytes.keys()]).out).toEqual(messages);
  });

  it("hands on a message that lies whole in a chunk without copying it", () => {
    const stream = new MessageStream();
    const chunk = concat([KEEPALIVE, update(100)]);
    const sources: Uint8Array[] = [];
    stream.push(chunk, (bytes) => {
      sources.push(bytes);
      return true;
    });
    expect(sources).toHaveLength(2);
    expect(sources.every((source) => source === chunk)).toBe(true);
  });

  it("takes messages beyond 4096 octets only after RFC 8654 has been negotiated", () => {
    const long = update(60_000);
    expect(messagesOf(long, [10, 5000], true).out).toEqual([long]);
    expect(messagesOf(long, [10, 5000], false).error).toMatchObject({ code: 1, subcode: 2 });
  });

  it("reports a wrong marker as not synchronized, also when the header was cut", () => {
    const bytes = update(50);
    bytes[3] = 0;
    expect(messagesOf(bytes, []).error).toMatchObject({ code: 1, subcode: 1 });
    expect(messagesOf(bytes, [5, 18]).error).toMatchObject({ code: 1, subcode: 1 });
  });

  it("stops in the middle of a chunk when the reader says so", () => {
    const stream = new MessageStream();
    let count = 0;
    stream.push(concat([KEEPALIVE, KEEPALIVE, KEEPALIVE]), () => {
      count++;
      return count < 2;
    });
    expect(count).toBe(2);
  });

  it("survives any bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        (bytes, cuts) => {
          const { error } = messagesOf(bytes, cuts);
          if (error !== undefined) expect(error.code).toBe(1);
        },
      ),
    );
  });
});
