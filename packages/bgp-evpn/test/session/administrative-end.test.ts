import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpeakerError } from "../../src/errors.ts";
import {
  administrativeReset,
  administrativeShutdown,
  requireShutdownText,
} from "../../src/session/administrative-end.ts";
import { decodeNotification, encodeNotification } from "../../src/wire/notification.ts";

const decoded = (reset: Parameters<typeof encodeNotification>[0]) => {
  const bytes = encodeNotification(reset);
  return decodeNotification(bytes, 0, bytes.length);
};

describe("the text of an operator", () => {
  it("of up to 255 octets arrives whole", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), (text) => {
        fc.pre(
          new TextEncoder().encode(text).length <= 255 && !/[\p{Cc}\p{Bidi_Control}]/u.test(text),
        );
        requireShutdownText("message", text);
        expect(decoded(administrativeShutdown(text)).shutdownText).toBe(text);
        expect(decoded(administrativeReset(text)).shutdownText).toBe(text);
      }),
    );
  });

  it.each([
    ["has 256 octets", "x".repeat(256)],
    ["has 256 octets", "ü".repeat(128)],
    ["has 3 octets of UTF-8; it must be a text", "\ud800"],
  ])("is refused when it %s", (message, text) => {
    expect(() => requireShutdownText("message", text)).toThrow(SpeakerError);
    expect(() => requireShutdownText("message", text)).toThrow(message);
  });

  it("is left out of the NOTIFICATION when it is empty", () => {
    expect(administrativeShutdown("").data).toHaveLength(0);
    expect(administrativeShutdown("").reason).toBe("shut down by the operator");
  });

  it("steers no terminal when it comes from a peer", () => {
    const text = decoded(administrativeShutdown("a\u001b[2Jb\u202ec\n")).shutdownText;
    expect(text).toBe("a\ufffd[2Jb\ufffdc\ufffd");
  });
});
