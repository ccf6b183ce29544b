import { parseIpAddress, parseIpPrefix, parseMacAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedMessage } from "../../src/wire/malformed-message.ts";
import { type AttributeReader, MessageReader } from "../../src/wire/message-reader.ts";
import { MessageWriter } from "../../src/wire/message-writer.ts";

function readerOf(writer: MessageWriter): MessageReader {
  return new MessageReader(writer.bytes, writer.length);
}

/** A reader of one attribute with the given value. */
function attributeOf(value: Uint8Array): AttributeReader {
  const writer = new MessageWriter(64);
  writer.begin(1, 0);
  writer.attributeBytes(1, value, 0, value.length);
  writer.end();
  const message = readerOf(writer);
  message.next();
  const attribute = message.attributes(0);
  attribute.next();
  return attribute;
}

describe("what a writer writes, a reader reads:", () => {
  const value = fc.record({
    type: fc.integer({ min: 0, max: 0x3fff }),
    bytes: fc.uint8Array({ maxLength: 40 }),
  });
  const message = fc.record({
    type: fc.integer({ min: 0, max: 0xffff }),
    flags: fc.integer({ min: 0, max: 0xffff }),
    header: fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.subarray(0, bytes.length & ~3)),
    attributes: fc.array(value, { maxLength: 8 }),
  });

  test("messages, family headers, attributes, nested attributes", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.integer({ min: 1, max: 64 }),
        (messages, capacity) => {
          const writer = new MessageWriter(capacity);
          for (const { type, flags, header, attributes } of messages) {
            writer.begin(type, flags);
            for (const octet of header) {
              writer.u8(octet);
            }
            const nest = writer.beginNest(7);
            for (const { type, bytes } of attributes) {
              writer.attributeBytes(type, bytes, 0, bytes.length);
            }
            writer.endNest(nest);
            writer.end();
          }
          const reader = readerOf(writer);
          messages.forEach(({ type, flags, header, attributes }, i) => {
            expect(reader.next()).toBe(true);
            expect([reader.type, reader.flags, reader.sequence]).toEqual([type, flags, i + 1]);
            header.forEach((octet, at) => {
              expect(reader.u8(at)).toBe(octet);
            });
            const outer = reader.attributes(header.length);
            expect(outer.next()).toBe(true);
            expect(outer.type).toBe(7);
            const inner = outer.nested();
            for (const { type, bytes } of attributes) {
              expect(inner.next()).toBe(true);
              expect([inner.type, inner.length]).toEqual([type, bytes.length]);
              bytes.forEach((octet, at) => {
                expect(inner.u8(at)).toBe(octet);
              });
            }
            expect(inner.next()).toBe(false);
            expect(outer.next()).toBe(false);
          });
          expect(reader.next()).toBe(false);
        },
      ),
    );
  });

  test("numbers, texts, addresses, prefixes", () => {
    const writer = new MessageWriter(64);
    writer.begin(1, 0);
    writer.u32(0xffffffff);
    writer.attributeU8(1, 200);
    writer.attributeU16(2, 60000);
    writer.attributeU16BigEndian(3, 4789);
    writer.attributeU32(4, 4278198272);
    writer.attributeText(5, "größe");
    writer.attributeIp(6, parseIpAddress("10.0.0.1"));
    writer.attributeIp(7, parseIpAddress("2001:db8::1"));
    writer.attributePrefix(8, parseIpPrefix("10.0.0.0/8"));
    writer.attributeMac(9, parseMacAddress("02:00:0a:00:00:01"));
    writer.end();
    const reader = readerOf(writer);
    reader.next();
    expect(reader.i32(0)).toBe(-1);
    const attribute = reader.attributes(4);
    const values: unknown[] = [];
    const reads: ((a: AttributeReader) => unknown)[] = [
      (a) => a.u8(),
      (a) => a.u16(),
      (a) => a.u16BigEndian(),
      (a) => a.u32(),
      (a) => a.text(),
      (a) => a.ip(),
      (a) => a.ip(),
      (a) => a.prefix(4, 8),
      (a) => a.mac(),
    ];
    for (const read of reads) {
      attribute.next();
      values.push(read(attribute));
    }
    expect(values).toEqual([
      200,
      60000,
      4789,
      4278198272,
      "größe",
      "10.0.0.1",
      "2001:db8::1",
      "10.0.0.0/8",
      "02:00:0a:00:00:01",
    ]);
  });
});

describe("a length that does not fit is malformed:", () => {
  const header = (length: number): Uint8Array => {
    const bytes = new Uint8Array(24);
    new DataView(bytes.buffer).setUint32(0, length, true);
    return bytes;
  };

  test.each([
    ["a message shorter than its header", header(15), 24],
    ["a message longer than the datagram", header(25), 24],
    ["a datagram that ends within a header", header(24), 12],
  ])("%s", (_name, bytes, length) => {
    expect(() => new MessageReader(bytes, length).next()).toThrow(MalformedMessage);
  });

  test.each([
    ["an attribute shorter than its header", 3],
    ["an attribute longer than the message", 9],
  ])("%s", (_name, length) => {
    const bytes = header(24);
    new DataView(bytes.buffer).setUint16(16, length, true);
    const message = new MessageReader(bytes, 24);
    message.next();
    const attribute = message.attributes(0);
    expect(() => attribute.next()).toThrow(MalformedMessage);
  });

  test.each<[string, (message: MessageReader) => unknown]>([
    ["a field beyond the payload", (message) => message.u32(5)],
    ["a family header longer than the payload", (message) => message.attributes(12)],
  ])("%s", (_name, read) => {
    const message = new MessageReader(header(24), 24);
    message.next();
    expect(() => read(message)).toThrow(MalformedMessage);
  });

  test.each<[string, number, (attribute: AttributeReader) => unknown]>([
    ["an empty 8-bit number", 0, (a) => a.u8()],
    ["a 16-bit number of one octet", 1, (a) => a.u16()],
    ["a port of one octet", 1, (a) => a.u16BigEndian()],
    ["a 32-bit number of three octets", 3, (a) => a.u32()],
    ["an address of five octets", 5, (a) => a.ip()],
    ["an IPv4 prefix of sixteen octets", 16, (a) => a.prefix(4, 24)],
    ["a prefix with too many bits", 4, (a) => a.prefix(4, 33)],
  ])("%s", (_name, length, read) => {
    const attribute = attributeOf(new Uint8Array(length));
    expect(() => read(attribute)).toThrow(MalformedMessage);
  });
});

test("a link-layer address that is none of Ethernet is absent, not malformed", () => {
  expect(attributeOf(new Uint8Array(20)).mac()).toBeUndefined();
});

test("a text without a final NUL ends with the attribute", () => {
  expect(attributeOf(Buffer.from("br0")).text()).toBe("br0");
});

test("up to three octets of padding may follow the last attribute", () => {
  const bytes = new Uint8Array(27);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 27, true);
  view.setUint16(16, 8, true);
  const message = new MessageReader(bytes, 27);
  message.next();
  const attribute = message.attributes(0);
  expect([attribute.next(), attribute.next()]).toEqual([true, false]);
});
