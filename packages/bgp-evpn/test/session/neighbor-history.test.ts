import { expect, it } from "vitest";
import { NeighborHistory } from "../../src/session/neighbor-history.ts";

const refused = { kind: "connection-lost", reason: "ECONNREFUSED" } as const;
const reset = { kind: "connection-lost", reason: "ECONNRESET" } as const;
const shutdown = { kind: "notification-sent", code: 6, subcode: 2, reason: "" } as const;
const collision = { kind: "notification-sent", code: 6, subcode: 7, reason: "" } as const;

it("shows the last failed attempt as long as nothing worse has happened", () => {
  const history = new NeighborHistory();
  expect(history.lastError).toBeUndefined();
  history.failed(refused, 1000);
  history.failed(reset, 2000);
  expect(history.lastEnd).toEqual({ end: reset, at: 2000 });
  expect(history.lastError).toBe("connection lost: ECONNRESET");
});

it("keeps why a session ended, or was refused, over attempts that fail afterwards", () => {
  const history = new NeighborHistory();
  history.established(1000);
  expect(history.lost(shutdown, 5000)).toBe(4000);
  history.failed(refused, 6000);
  expect(history.lastEnd).toEqual({ end: shutdown, at: 5000 });
  expect(history.lastError).toBe("sent Cease/Administrative Shutdown");
  history.failed({ kind: "notification-sent", code: 2, subcode: 2, reason: "" }, 7000);
  history.failed(refused, 8000);
  expect(history.lastError).toBe("sent OPEN Message Error/Bad Peer AS");
});

it("does not take a collision or a stop for an error", () => {
  const history = new NeighborHistory();
  history.failed(collision, 1000);
  history.failed({ kind: "stopped" }, 2000);
  expect(history.lastError).toBeUndefined();
});

it("knows how often and since when the session was up", () => {
  const history = new NeighborHistory();
  expect(history.changedAt).toBeUndefined();
  history.established(1000);
  history.lost(reset, 3000);
  history.established(4000);
  expect(history.changedAt).toBe(4000);
  expect(history.timesEstablished).toBe(2);
});
