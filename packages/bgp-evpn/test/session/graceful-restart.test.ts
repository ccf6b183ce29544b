import { beforeEach, describe, expect, it } from "vitest";
import { RestartHelper, STALE_PATH_MS } from "../../src/session/graceful-restart.ts";
import { FakeClock } from "./fake-clock.ts";

let clock: FakeClock;
let events: string[];
let helper: RestartHelper;

beforeEach(() => {
  clock = new FakeClock();
  events = [];
  helper = new RestartHelper(clock, {
    onSweep: () => events.push("sweep"),
    onLongLived: () => events.push("long-lived"),
    onGiveUp: () => events.push("give up"),
  });
});

describe("the helper of a graceful restart", () => {
  it("keeps nothing when the session did not end in a restart", () => {
    expect(helper.lost({ restartMs: 0, longLivedMs: 0 })).toBe(false);
    clock.advance(10 * STALE_PATH_MS);
    expect(events).toEqual([]);
    expect(helper.phase).toBe("none");
  });

  it("gives up when the peer is not back within its restart time", () => {
    expect(helper.lost({ restartMs: 120_000, longLivedMs: 0 })).toBe(true);
    clock.advance(119_999);
    expect(helper.phase).toBe("retaining");
    clock.advance(1);
    expect(events).toEqual(["give up"]);
    expect(helper.phase).toBe("none");
  });

  it("sweeps at End-of-RIB, once", () => {
    helper.lost({ restartMs: 120_000, longLivedMs: 0 });
    helper.back(true);
    clock.advance(200_000);
    expect(helper.phase).toBe("resynchronising");
    helper.finish();
    helper.finish();
    clock.advance(10 * STALE_PATH_MS);
    expect(events).toEqual(["sweep"]);
  });

  it("sweeps when End-of-RIB does not come", () => {
    helper.lost({ restartMs: 120_000, longLivedMs: 0 });
    helper.back(true);
    clock.advance(STALE_PATH_MS);
    expect(events).toEqual(["sweep"]);
  });

  it("sweeps at once when the peer has lost its forwarding state", () => {
    helper.lost({ restartMs: 120_000, longLivedMs: 0 });
    helper.back(false);
    expect(events).toEqual(["sweep"]);
    expect(helper.phase).toBe("none");
  });

  it("sweeps the stale paths of the first restart when a second one begins", () => {
    helper.lost({ restartMs: 120_000, longLivedMs: 0 });
    helper.back(true);
    helper.lost({ restartMs: 120_000, longLivedMs: 0 });
    expect(events).toEqual(["sweep"]);
    expect(helper.phase).toBe("retaining");
    clock.advance(120_000);
    expect(events).toEqual(["sweep", "give up"]);
  });

  it("makes paths long-lived after the restart time, and gives up after that time too", () => {
    expect(helper.lost({ restartMs: 120_000, longLivedMs: 3_600_000 })).toBe(true);
    clock.advance(119_999);
    expect(events).toEqual([]);
    clock.advance(1);
    expect(events).toEqual(["long-lived"]);
    expect(helper.phase).toBe("long-lived");
    clock.advance(3_599_999);
    expect(helper.phase).toBe("long-lived");
    clock.advance(1);
    expect(events).toEqual(["long-lived", "give up"]);
    expect(clock.pending).toBe(0);
  });

  it("begins with the long-lived time when there is no restart time", () => {
    expect(helper.lost({ restartMs: 0, longLivedMs: 1000 })).toBe(true);
    clock.advance(0);
    expect(helper.phase).toBe("long-lived");
  });

  it.each([true, false])(
    "takes a peer back in the long-lived time, state preserved: %s",
    (kept) => {
      helper.lost({ restartMs: 1000, longLivedMs: 1000 });
      clock.advance(1500);
      helper.back(kept);
      expect(helper.phase).toBe(kept ? "resynchronising" : "none");
      helper.finish();
      clock.advance(10 * STALE_PATH_MS);
      expect(events).toEqual(["long-lived", "sweep"]);
    },
  );

  it("keeps long-lived paths over further restarts, for no longer than they were to be kept", () => {
    helper.lost({ restartMs: 1000, longLivedMs: 100_000 });
    clock.advance(1000);
    for (let times = 0; times < 3; times++) {
      clock.advance(1000);
      helper.back(true);
      expect(helper.hasLongLived).toBe(true);
      clock.advance(1000);
      helper.lost({ restartMs: 1000, longLivedMs: 100_000 });
      expect(helper.phase).toBe("retaining");
      clock.advance(1000);
      expect(helper.phase).toBe("long-lived");
    }
    expect(helper.remainingMs).toBe(91_000);
    clock.advance(91_000);
    expect(events).toEqual([...Array(4).fill("long-lived"), "give up"]);
    expect(helper.hasLongLived).toBe(false);
  });

  it.each([
    ["that allows no long-lived one", 0, 0],
    ["after the long-lived stale time", 100_000, 2000],
  ])("sweeps long-lived paths at a restart %s", (_, longLivedMs, laterMs) => {
    helper.lost({ restartMs: 1000, longLivedMs: 1500 });
    clock.advance(1000);
    helper.back(true);
    clock.advance(laterMs);
    helper.lost({ restartMs: 1000, longLivedMs });
    expect(events).toEqual(["long-lived", "sweep"]);
    expect(helper.phase).toBe("retaining");
  });

  it("begins the long-lived stale time anew after a restart that was completed", () => {
    helper.lost({ restartMs: 0, longLivedMs: 5000 });
    clock.advance(3000);
    helper.back(true);
    helper.finish();
    helper.lost({ restartMs: 0, longLivedMs: 5000 });
    clock.advance(0);
    expect(helper.remainingMs).toBe(5000);
  });

  it("ignores End-of-RIB outside of a restart, and forgets everything when stopped", () => {
    helper.finish();
    helper.lost({ restartMs: 120_000, longLivedMs: 0 });
    helper.stop();
    clock.advance(10 * STALE_PATH_MS);
    expect(events).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
