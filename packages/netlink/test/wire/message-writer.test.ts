import { parseIpAddress, parseIpPrefix, parseMacAddress } from "@selvedge/net";
import { describe, expect, test } from "vitest";
import { MessageWriter } from "../../src/wire/message-writer.ts";

function hexOf(writer: MessageWriter): string {
  return Buffer.from(writer.bytes.subarray(0, writer.length)).toString("hex");
}

describe("a message", () => {
  test("is a header with its length, type, flags and sequence number, then its fields", () => {
    const writer = new MessageWriter(64);
    writer.begin(24, 0x501);
    writer.u8(2);
    writer.u8(32);
    writer.u16(0x1234);
    writer.u32(0xdeadbeef);
    writer.end();
    expect(hexOf(writer)).toBe("18000000180001050100000000000000" + "02203412efbeadde");
  });

  test("has the sequence number after that of the one before, also across 2^32", () => {
    const writer = new MessageWriter(64, 0xffffffff);
    writer.begin(1, 0);
    writer.end();
    writer.begin(1, 0);
    writer.end();
    expect(hexOf(writer)).toBe(
      "1000000001000000ffffffff00000000" + "10000000010000000000000000000000",
    );
    expect(writer.nextSequence).toBe(1);
  });

  test("can be asked to be acknowledged after it was written", () => {
    const writer = new MessageWriter(64);
    writer.begin(1, 0x301);
    writer.end();
    writer.requestAck(0);
    expect(hexOf(writer)).toBe("10000000010005030100000000000000");
  });
});

describe("an attribute", () => {
  const attributeHex = (write: (writer: MessageWriter) => void): string => {
    const writer = new MessageWriter(16);
    // What was in the buffer before must not show through the padding.
    writer.begin(1, 0);
    writer.attributeBytes(1, new Uint8Array(64).fill(0xff), 0, 64);
    writer.drop(1);
    writer.begin(1, 0);
    write(writer);
    writer.end();
    return hexOf(writer).slice(32);
  };

  test.each<[string, (writer: MessageWriter) => void, string]>([
    ["flag has no value", (w) => w.attributeFlag(4), "04000400"],
    ["8-bit number is padded with zeros", (w) => w.attributeU8(5, 64), "0500050040000000"],
    ["16-bit number is padded with zeros", (w) => w.attributeU16(3, 0x1234), "0600030034120000"],
    ["port is big-endian", (w) => w.attributeU16BigEndian(15, 4789), "06000f0012b50000"],
    ["32-bit number needs no padding", (w) => w.attributeU32(30, 7), "08001e0007000000"],
    ["text ends in a NUL", (w) => w.attributeText(3, "vx5"), "0800030076783500"],
    ["text is UTF-8", (w) => w.attributeText(20, "é"), "07001400c3a90000"],
    [
      "MAC address has six octets",
      (w) => w.attributeMac(1, parseMacAddress("02:00:0a:00:00:01")),
      "0a00010002000a0000010000",
    ],
    ["IPv4 address", (w) => w.attributeIp(1, parseIpAddress("10.0.0.1")), "080001000a000001"],
    [
      "IPv6 address",
      (w) => w.attributeIp(5, parseIpAddress("fe80::1")),
      "14000500fe800000000000000000000000000001",
    ],
    [
      "prefix is its address",
      (w) => w.attributePrefix(1, parseIpPrefix("10.1.0.0/16")),
      "080001000a010000",
    ],
    [
      "copy takes the octets from the offset on",
      (w) => w.attributeBytes(2, Uint8Array.of(9, 1, 2, 9), 1, 2),
      "0600020001020000",
    ],
  ])("%s", (_name, write, expected) => {
    expect(attributeHex(write)).toBe(expected);
  });

  test("that holds others has their length and is marked as nested", () => {
    const hex = attributeHex((writer) => {
      const outer = writer.beginNest(18);
      writer.attributeU8(1, 1);
      const inner = writer.beginNest(2);
      writer.attributeU32(1, 5);
      writer.endNest(inner);
      writer.endNest(outer);
    });
    expect(hex).toBe("18001280" + "0500010001000000" + "0c000280" + "0800010005000000");
  });
});

describe("the buffer", () => {
  const message = (writer: MessageWriter, value: number): void => {
    writer.begin(1, 0);
    writer.attributeU32(1, value);
    writer.end();
  };

  test("grows without losing what is in it", () => {
    const writer = new MessageWriter(8);
    for (let i = 0; i < 100; i++) {
      message(writer, i);
    }
    expect(writer.count).toBe(100);
    expect(writer.length).toBe(2400);
    const view = new DataView(writer.bytes.buffer);
    for (let i = 0; i < 100; i++) {
      expect(writer.startOf(i)).toBe(24 * i);
      expect(view.getUint32(24 * i + 20, true)).toBe(i);
    }
  });

  test("moves the remaining messages to the front when the first ones are dropped", () => {
    const writer = new MessageWriter(8);
    for (let i = 0; i < 5; i++) {
      message(writer, i);
    }
    writer.drop(3);
    expect(writer.count).toBe(2);
    expect(writer.length).toBe(48);
    expect(writer.startOf(1)).toBe(24);
    const view = new DataView(writer.bytes.buffer);
    expect(view.getUint32(20, true)).toBe(3);
    expect(view.getUint32(24 + 20, true)).toBe(4);
  });

  test("is empty when all are dropped, and the sequence numbers go on", () => {
    const writer = new MessageWriter(8);
    message(writer, 0);
    message(writer, 1);
    writer.drop(2);
    expect([writer.count, writer.length, writer.nextSequence]).toEqual([0, 0, 3]);
  });

  test("has no message beyond those written", () => {
    expect(() => new MessageWriter(8).startOf(0)).toThrow(RangeError);
  });
});
