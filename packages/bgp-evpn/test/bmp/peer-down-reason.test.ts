import { expect, test } from "vitest";
import { peerDownReason } from "../../src/bmp/peer-down-reason.ts";
import type { SessionEnd } from "../../src/session/session-end.ts";
import {
  decodeNotification,
  encodeNotification,
  shutdownData,
} from "../../src/wire/notification.ts";

const message = encodeNotification({ code: 6, subcode: 2, data: shutdownData("new kernel") });
const bare = encodeNotification({ code: 4, subcode: 0, data: new Uint8Array(0) });

test.each<[SessionEnd, ReturnType<typeof peerDownReason>]>([
  [
    { kind: "notification-received", notification: decodeNotification(message, 0, message.length) },
    { kind: "notification-received", message },
  ],
  [
    {
      kind: "notification-sent",
      code: 6,
      subcode: 2,
      reason: "",
      data: shutdownData("new kernel"),
    },
    { kind: "notification-sent", message },
  ],
  [
    { kind: "notification-sent", code: 4, subcode: 0, reason: "" },
    { kind: "notification-sent", message: bare },
  ],
  [
    { kind: "notification-sent", code: 6, subcode: 3, reason: "", isHardReset: true },
    {
      kind: "notification-sent",
      message: encodeNotification({ code: 6, subcode: 9, data: Uint8Array.of(6, 3) }),
    },
  ],
  [{ kind: "connection-lost", reason: "ECONNRESET" }, { kind: "closed-remotely" }],
  [{ kind: "send-hold-expired" }, { kind: "closed-locally", fsmEvent: 29 }],
  [{ kind: "stopped" }, { kind: "closed-locally", fsmEvent: 2 }],
])("the end %j is told to collectors with its NOTIFICATION or event", (end, reason) => {
  expect(peerDownReason(end)).toEqual(reason);
});
