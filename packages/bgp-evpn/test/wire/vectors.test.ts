import { describe, expect, it } from "vitest";
import type { CodecContext } from "../../src/wire/codec-context.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { type DecodedMessage, decodeMessage } from "../../src/wire/message.ts";
import { encodeNotification, notificationFields } from "../../src/wire/notification.ts";
import { encodeOpen, type OpenEncoding } from "../../src/wire/open.ts";
import { encodeRouteRefresh } from "../../src/wire/route-refresh.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { contextOf, VECTOR_FILES, vectors } from "./vectors.ts";

function encode(
  message: DecodedMessage,
  context: CodecContext,
  encoding: OpenEncoding | undefined,
): Uint8Array {
  switch (message.kind) {
    case "open":
      return encodeOpen(message, encoding);
    case "update":
      return encodeUpdate(message, context);
    case "notification":
      return encodeNotification(notificationFields(message));
    case "keepalive":
      return encodeKeepalive();
    case "route-refresh":
      return encodeRouteRefresh(message);
    default:
      return bytesFromHex(message.message);
  }
}

for (const file of VECTOR_FILES) {
  describe(`vectors of ${file}`, () => {
    it.each(vectors(file))("$name ($source) decodes to its value", (vector) => {
      expect(decodeMessage(bytesFromHex(vector.hex), contextOf(vector))).toEqual(vector.value);
    });

    it.each(vectors(file).filter(({ decodeOnly }) => decodeOnly !== true))(
      "$name ($source) encodes to its octets",
      (vector) => {
        const message = encode(vector.value, contextOf(vector), vector.encoding);
        expect(hex(message)).toBe(vector.hex);
      },
    );
  });
}
