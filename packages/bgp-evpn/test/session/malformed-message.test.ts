import { expect, it } from "vitest";
import { LastMalformedMessage } from "../../src/session/malformed-message.ts";

it("keeps the last malformed message, whatever becomes of the buffer it came in", () => {
  const last = new LastMalformedMessage();
  expect(last.record).toBeUndefined();
  const buffer = Uint8Array.of(1, 2, 3);
  last.note(1000, "the first", buffer);
  last.note(2000, "AS_PATH is missing (treat-as-withdraw)", buffer.subarray(1));
  buffer.fill(0xee);
  expect(last.record).toEqual({
    at: 2000,
    reason: "AS_PATH is missing (treat-as-withdraw)",
    hex: "0203",
  });
});
