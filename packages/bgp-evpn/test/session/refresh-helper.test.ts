import { beforeEach, describe, expect, it } from "vitest";
import { REFRESH_MS, RefreshHelper } from "../../src/session/refresh-helper.ts";
import { FakeClock } from "./fake-clock.ts";

let clock: FakeClock;
let events: string[];
let helper: RefreshHelper;

beforeEach(() => {
  clock = new FakeClock();
  events = [];
  helper = new RefreshHelper(clock, {
    onMark: () => events.push("mark"),
    onSweep: () => events.push("sweep"),
  });
});

describe("the receiving side of a refresh", () => {
  it("marks at BoRR and sweeps at EoRR, once", () => {
    helper.begin();
    clock.advance(REFRESH_MS - 1);
    expect(helper.end()).toBe(true);
    clock.advance(10 * REFRESH_MS);
    expect(helper.end()).toBe(false);
    expect(events).toEqual(["mark", "sweep"]);
  });

  it("sweeps when EoRR does not come", () => {
    helper.begin();
    clock.advance(REFRESH_MS);
    expect(events).toEqual(["mark", "sweep"]);
    expect(helper.end()).toBe(false);
  });

  it("neither marks nor waits again at another BoRR", () => {
    expect(helper.begin()).toBe(true);
    clock.advance(REFRESH_MS - 1);
    expect(helper.begin()).toBe(false);
    expect(events).toEqual(["mark"]);
    clock.advance(1);
    expect(events).toEqual(["mark", "sweep"]);
    expect(helper.begin()).toBe(true);
  });

  it("knows of no refresh at an EoRR alone, nor after the session's end", () => {
    expect(helper.end()).toBe(false);
    helper.begin();
    helper.stop();
    expect(helper.end()).toBe(false);
    expect(events).toEqual(["mark"]);
    expect(clock.pending).toBe(0);
  });
});
