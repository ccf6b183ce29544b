import fc from "fast-check";
import { expect, test } from "vitest";
import { type BridgePort, readBridgePort, writeBridgePort } from "../src/bridge-port.ts";
import { MessageReader } from "../src/wire/message-reader.ts";
import { MessageWriter } from "../src/wire/message-writer.ts";

/** The settings as read from a message that `write` has filled. */
function readBack(write: (writer: MessageWriter) => void): BridgePort {
  const writer = new MessageWriter(64);
  writer.begin(16, 0);
  write(writer);
  writer.end();
  const reader = new MessageReader(writer.bytes, writer.length);
  reader.next();
  return readBridgePort(reader.attributes(0));
}

const OFF: BridgePort = {
  learning: false,
  unicastFlood: false,
  multicastFlood: false,
  broadcastFlood: false,
  neighSuppress: false,
  isolated: false,
};

test("what is written is read back, and what is not given is off", () => {
  const setting = fc.boolean();
  const settings = fc.record<Partial<BridgePort>>(
    {
      learning: setting,
      unicastFlood: setting,
      multicastFlood: setting,
      broadcastFlood: setting,
      neighSuppress: setting,
      isolated: setting,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(settings, (port) => {
      expect(readBack((writer) => writeBridgePort(writer, port))).toEqual({ ...OFF, ...port });
    }),
  );
});

test("other attributes of a port are passed over, whatever their length", () => {
  const read = readBack((writer) => {
    writer.attributeU32(3, 100);
    writer.attributeU16(17, 0x8001);
    writer.attributeU8(8, 1);
  });
  expect(read).toEqual({ ...OFF, learning: true });
});
