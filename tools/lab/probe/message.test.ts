import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeProbe, encodeProbe, type ProbeMessage, probeSources } from "./message.ts";

const QUESTION: ProbeMessage = {
  kind: "question",
  token: "lab-1f",
  number: 7,
  source: "red/web-1",
};
const ANSWER: ProbeMessage = { ...QUESTION, kind: "answer", answerer: "red/db-1" };

test.each([
  [QUESTION, "selvedge-probe q lab-1f 7 red/web-1"],
  [ANSWER, "selvedge-probe a lab-1f 7 red/web-1 red/db-1"],
])("%o is written and read as text", (message, text) => {
  expect(encodeProbe(message).toString()).toBe(text);
  expect(decodeProbe(Buffer.from(text))).toEqual(message);
});

test("any other datagram is no probe", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expect(decodeProbe(bytes)).toBeUndefined();
    }),
  );
  expect(decodeProbe(Buffer.from("selvedge-probe a lab-1f 7 red/web-1"))).toBeUndefined();
  expect(decodeProbe(Buffer.from("selvedge-probe q lab-1f x red/web-1"))).toBeUndefined();
});

test("senders of probes are found anywhere in a packet, of one run only", () => {
  const packet = Buffer.concat([
    Buffer.from([0xff, 0x00, 0x71]),
    encodeProbe(QUESTION),
    Buffer.from([0x00]),
    encodeProbe({ ...ANSWER, source: "blue/db-1" }),
    Buffer.from([0x00]),
    encodeProbe({ ...QUESTION, token: "lab-2f" }),
  ]);
  expect(probeSources(packet, "lab-1f")).toEqual(["red/web-1", "blue/db-1"]);
});
