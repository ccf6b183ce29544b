import { describe, expect, it } from "vitest";
import { type CodecContext, DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import {
  encodeMessage,
  frameLength,
  HEADER_LENGTH,
  headerError,
  MESSAGE,
  messageType,
  writeHeader,
} from "../../src/wire/header.ts";

const EXTENDED: CodecContext = { ...DEFAULT_CONTEXT, extendedMessages: true };

function header(length: number, type: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  writeHeader(bytes, 0, length, type);
  return bytes;
}

const frame = (length: number, type: number, context = DEFAULT_CONTEXT): number =>
  frameLength(header(length, type), 0, HEADER_LENGTH, context);

describe("frameLength", () => {
  it("gives the length of a message that is not all there yet", () => {
    expect(frame(200, MESSAGE.UPDATE)).toBe(200);
  });

  it("waits for the whole header", () => {
    expect(frameLength(header(19, MESSAGE.KEEPALIVE), 0, 18, DEFAULT_CONTEXT)).toBe(0);
    expect(frameLength(header(19, MESSAGE.KEEPALIVE), 1, 19, DEFAULT_CONTEXT)).toBe(0);
  });

  it.each([
    ["OPEN", MESSAGE.OPEN, 29, 4096, 4096],
    ["UPDATE", MESSAGE.UPDATE, 23, 4096, 65535],
    ["NOTIFICATION", MESSAGE.NOTIFICATION, 21, 4096, 65535],
    ["KEEPALIVE", MESSAGE.KEEPALIVE, 19, 19, 19],
    ["ROUTE-REFRESH", MESSAGE.ROUTE_REFRESH, 23, 4096, 65535],
  ])("holds the length of %s within its bounds", (_name, type, min, max, extendedMax) => {
    expect([frame(min - 1, type), frame(min, type)]).toEqual([-1, min]);
    expect([frame(max, type), frame(max + 1, type)]).toEqual([max, -1]);
    expect(frame(extendedMax, type, EXTENDED)).toBe(extendedMax);
    if (extendedMax < 65535) expect(frame(extendedMax + 1, type, EXTENDED)).toBe(-1);
  });

  it.each([0, 6, 255])("refuses message type %i", (type) => {
    expect(frame(100, type)).toBe(-1);
  });
});

describe("headerError", () => {
  it("reports a marker that is not all ones without data", () => {
    const bytes = header(19, MESSAGE.KEEPALIVE);
    bytes[15] = 0xfe;
    expect(headerError(bytes, 0)).toMatchObject({ code: 1, subcode: 1, data: new Uint8Array(0) });
  });

  it("reports a length with the length field", () => {
    expect(headerError(header(4097, MESSAGE.UPDATE), 0)).toMatchObject({
      code: 1,
      subcode: 2,
      data: Uint8Array.of(0x10, 0x01),
    });
  });

  it("reports a type with the type field", () => {
    expect(headerError(header(19, 9), 0)).toMatchObject({
      code: 1,
      subcode: 3,
      data: Uint8Array.of(9),
    });
  });
});

describe("encodeMessage", () => {
  it("puts a header in front of the body", () => {
    const bytes = encodeMessage(MESSAGE.ROUTE_REFRESH, Uint8Array.of(0, 25, 0, 70));
    expect(frameLength(bytes, 0, bytes.length, DEFAULT_CONTEXT)).toBe(23);
    expect(messageType(bytes, 0)).toBe(MESSAGE.ROUTE_REFRESH);
  });
});
