import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CEASE, ERROR, errorName } from "../../src/wire/error-code.ts";
import {
  decodeNotification,
  encodeNotification,
  notificationFields,
  shutdownData,
} from "../../src/wire/notification.ts";

const octet = fc.nat(255);

describe("encodeNotification and decodeNotification", () => {
  it("are inverses", () => {
    const fields = fc.record({ code: octet, subcode: octet, data: fc.uint8Array() });
    fc.assert(
      fc.property(fields, (given) => {
        const bytes = encodeNotification(given);
        expect(notificationFields(decodeNotification(bytes, 0, bytes.length))).toEqual(given);
      }),
    );
  });

  it("cut data that does not fit into a message", () => {
    const data = new Uint8Array(60_000);
    expect(encodeNotification({ code: 3, subcode: 9, data })).toHaveLength(4096);
  });
});

describe("shutdownData", () => {
  it("carries any text to the operator of the other end", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), (text) => {
        const data = shutdownData(text);
        const subcode = CEASE.ADMINISTRATIVE_SHUTDOWN;
        const bytes = encodeNotification({ code: ERROR.CEASE, subcode, data });
        const message = decodeNotification(bytes, 0, bytes.length);
        expect(message.name).toBe("Cease/Administrative Shutdown");
        expect(message.shutdownText).toBe(text);
      }),
    );
  });

  it("cuts a long text after a whole character", () => {
    const data = shutdownData("€".repeat(100));
    expect(data).toHaveLength(1 + 255);
    expect(shutdownData(`${"a".repeat(254)}€`)).toHaveLength(1 + 254);
  });

  it("gives no text where the length octet exceeds the data", () => {
    const bytes = encodeNotification({ code: 6, subcode: 2, data: Uint8Array.of(9, 65) });
    expect(decodeNotification(bytes, 0, bytes.length).shutdownText).toBeUndefined();
  });
});

describe("errorName", () => {
  it.each([
    [ERROR.HOLD_TIMER_EXPIRED, 0, "Hold Timer Expired"],
    [ERROR.SEND_HOLD_TIMER_EXPIRED, 0, "Send Hold Timer Expired"],
    [ERROR.CEASE, CEASE.MAXIMUM_PREFIXES_REACHED, "Cease/Maximum Number of Prefixes Reached"],
    [ERROR.CEASE, 77, "Cease/Subcode 77"],
    [99, 1, "Error 99/1"],
  ])("names %i/%i", (code, subcode, name) => {
    expect(errorName(code, subcode)).toBe(name);
  });
});
