import { expect, it } from "vitest";
import type { PeerRestart } from "../../src/session/negotiation.ts";
import { type Retention, retention } from "../../src/session/retention.ts";
import type { SessionEnd } from "../../src/session/session-end.ts";
import { decodeNotification, encodeNotification } from "../../src/wire/notification.ts";

const sent = (code: number, subcode: number): SessionEnd => ({
  kind: "notification-sent",
  code,
  subcode,
  reason: "",
});

const received = (code: number, subcode: number, ...data: readonly number[]): SessionEnd => {
  const bytes = encodeNotification({ code, subcode, data: Uint8Array.from(data) });
  return {
    kind: "notification-received",
    notification: decodeNotification(bytes, 0, bytes.length),
  };
};

const restart = (notification: boolean, changes: Partial<PeerRestart> = {}) => ({
  restart: { restartTime: 120, restarting: false, preserved: true, notification, ...changes },
  longLived: undefined,
});

it.each<[string, SessionEnd, Retention, Retention]>([
  ["the connection ends", { kind: "connection-lost", reason: "ECONNRESET" }, "all", "all"],
  ["the operator stops it silently", { kind: "stopped" }, "none", "none"],
  ["the hold timer expires here", sent(4, 0), "none", "reflected"],
  ["the peer takes nothing", { kind: "send-hold-expired" }, "none", "reflected"],
  ["the hold timer expires there", received(4, 0), "none", "all"],
  ["the peer has sent a malformed UPDATE", sent(3, 1), "none", "all"],
  ["the peer finds our UPDATE malformed", received(3, 1), "none", "all"],
  ["the neighbour is configured anew", sent(6, 6), "none", "all"],
  ["the operator shuts it down", sent(6, 2), "none", "none"],
  ["the operator removes it", sent(6, 3), "none", "none"],
  ["the operator clears it", sent(6, 4), "none", "none"],
  ["it exceeds its maximum of prefixes", sent(6, 1), "none", "none"],
  ["the peer's operator shuts it down, hard", received(6, 9, 6, 2), "none", "none"],
  ["the peer resets it hard without a reason", received(6, 9), "none", "none"],
  ["the peer says shutdown, and not that it is hard", received(6, 2), "none", "all"],
])("when %s, routes are kept as the table says", (_, end, without, withNotification) => {
  expect(retention(end, restart(false), "reflected")).toBe(without);
  expect(retention(end, restart(true), "reflected")).toBe(withNotification);
  const longLived = { preserved: true, staleTime: 60 };
  expect(retention(end, { restart: undefined, longLived: undefined }, "all")).toBe("none");
  const withoutFamily = restart(true, { preserved: undefined });
  expect(retention(end, withoutFamily, "all")).toBe("none");
  // RFC 9494 section 4.2: the restart time is zero then, and the long-lived one is not.
  const onlyLongLived = { ...withoutFamily, longLived };
  expect(retention(end, onlyLongLived, "reflected")).toBe(withNotification);
});

it("what is kept when the hold timer expires is the operator's choice", () => {
  for (const choice of ["all", "reflected", "none"] as const) {
    expect(retention(sent(4, 0), restart(true), choice)).toBe(choice);
  }
});
