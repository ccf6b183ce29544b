import fc from "fast-check";
import { expect, it } from "vitest";
import { hardReset, isHard } from "../../src/session/hard-reset.ts";
import { hex } from "../../src/wire/hex.ts";
import { decodeNotification, encodeNotification } from "../../src/wire/notification.ts";

it("carries any NOTIFICATION inside it (RFC 8538 section 3)", () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(255), fc.uint8Array(), (code, subcode, data) => {
      const bytes = encodeNotification(hardReset({ code, subcode, data }));
      expect(decodeNotification(bytes, 0, bytes.length)).toMatchObject({
        code: 6,
        subcode: 9,
        hardReset: { code, subcode },
        data: hex(Uint8Array.of(code, subcode, ...data)),
      });
    }),
  );
});

it("is sent for what an operator or a limit has ended, and for nothing else", () => {
  const hard = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter((subcode) => isHard({ code: 6, subcode }));
  expect(hard).toEqual([1, 2, 3, 4, 9]);
  expect(isHard({ code: 4, subcode: 0 })).toBe(false);
  expect(isHard({ code: 3, subcode: 1 })).toBe(false);
});
