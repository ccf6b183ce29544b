import { describe, expect, test } from "vitest";
import { decodeErrno, decodeExtack } from "../../src/wire/error-message.ts";
import { MalformedMessage } from "../../src/wire/malformed-message.ts";
import { MessageReader } from "../../src/wire/message-reader.ts";
import { answer, message } from "../fake-kernel.ts";

const NLMSG_ERROR = 2;
const NLM_F_ACK_TLVS = 0x200;

function read(bytes: Uint8Array): MessageReader {
  const reader = new MessageReader(bytes, bytes.length);
  reader.next();
  return reader;
}

/** An error with an explanation whose request has the given length, echoed or not. */
function explained(requestLength: number, echoed: number): Uint8Array {
  const text = Buffer.from([0x08, 0, 1, 0, ...Buffer.from("why\0")]);
  const payload = Buffer.alloc(4 + 16 + echoed + text.length);
  payload.writeInt32LE(-22, 0);
  payload.writeUInt32LE(requestLength, 4);
  text.copy(payload, 20 + echoed);
  return message(NLMSG_ERROR, NLM_F_ACK_TLVS, 1, payload);
}

describe("an error message", () => {
  test("has a positive errno; 0 confirms", () => {
    expect(decodeErrno(read(answer(1, 17)))).toBe(17);
    expect(decodeErrno(read(answer(1, 0)))).toBe(0);
  });

  test("has an explanation when the kernel gives one", () => {
    expect(decodeExtack(read(answer(1, 22, "Invalid prefix length")))).toBe(
      "Invalid prefix length",
    );
    expect(decodeExtack(read(answer(1, 22)))).toBeUndefined();
  });

  test("has its explanation after the request when that is echoed whole", () => {
    expect(decodeExtack(read(explained(28, 12)))).toBe("why");
  });

  test.each([0, 15, 29 + 8, 0x7fffffff, 0x80000000, 0xffffffff])(
    "about a request of %i octets that cannot be is malformed",
    (length) => {
      expect(() => decodeExtack(read(explained(length, 12)))).toThrow(MalformedMessage);
    },
  );

  test("without an error number is malformed", () => {
    expect(() => decodeErrno(read(message(NLMSG_ERROR, 0, 1, new Uint8Array(3))))).toThrow(
      MalformedMessage,
    );
  });
});
