import { expect, it } from "vitest";
import { describeEnd } from "../../src/session/session-end.ts";
import {
  decodeNotification,
  encodeNotification,
  shutdownData,
} from "../../src/wire/notification.ts";

const received = (code: number, subcode: number, data: Uint8Array = new Uint8Array(0)) => {
  const bytes = encodeNotification({ code, subcode, data });
  return {
    kind: "notification-received",
    notification: decodeNotification(bytes, 0, bytes.length),
  } as const;
};

it.each([
  [
    { kind: "notification-sent", code: 4, subcode: 0, reason: "" } as const,
    "sent Hold Timer Expired",
  ],
  [
    { kind: "notification-sent", code: 2, subcode: 2, reason: "it is AS 1" } as const,
    "sent OPEN Message Error/Bad Peer AS: it is AS 1",
  ],
  [
    received(6, 2, shutdownData("maintenance until 14:00")),
    "received Cease/Administrative Shutdown: maintenance until 14:00",
  ],
  [received(6, 9, Uint8Array.of(4, 0)), "received Hold Timer Expired"],
  [
    received(6, 9, Uint8Array.of(6, 2, ...shutdownData("moved"))),
    "received Cease/Administrative Shutdown: moved",
  ],
  [received(6, 9), "received Cease/Hard Reset"],
  [received(99, 1), "received Error 99/1"],
  [{ kind: "connection-lost", reason: "ECONNRESET" } as const, "connection lost: ECONNRESET"],
  [{ kind: "send-hold-expired" } as const, "send hold timer expired: the peer has stopped reading"],
  [{ kind: "stopped" } as const, "stopped without NOTIFICATION"],
])("the end of a session is described in one line: %#", (end, text) => {
  expect(describeEnd(end)).toBe(text);
});
