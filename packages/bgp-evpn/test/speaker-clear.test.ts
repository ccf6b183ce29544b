import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SpeakerError } from "../src/errors.ts";
import type { NeighborOptions } from "../src/session/neighbor-options.ts";
import { FakeWorld } from "./loopback/fake-world.ts";
import { AS, type TestSpeaker, type5 } from "./loopback/speakers.ts";

const A = parseIpAddress("10.0.0.1");
const B = parseIpAddress("10.0.0.2");

let world: FakeWorld;
let a: TestSpeaker;
let b: TestSpeaker;

beforeEach(async () => {
  world = new FakeWorld();
  a = await world.start(A);
  b = await world.start(B);
  a.speaker.originate("red", type5("10.0.0.1/32", 5001, A));
  b.speaker.originate("red", type5("10.0.0.2/32", 5001, B));
  b.peerWith(a);
  await world.run(1000);
});

afterEach(() => world.stop());

/** Changes the neighbour of a, which waits for b to connect. */
const setNeighbor = (options: Partial<NeighborOptions>): void =>
  a.speaker.setNeighbor({ address: B, asn: AS, passive: true, ...options });

const codeOf = (call: () => void): string => {
  try {
    call();
  } catch (error) {
    return error instanceof SpeakerError ? error.code : String(error);
  }
  return "no error";
};

describe("a hard clear", () => {
  it("ends the session, tells the other end why, and begins a new one", async () => {
    b.speaker.clear(A, { mode: "hard", message: "new line card" });
    expect(b.routes("red")).toHaveLength(1);
    await world.run(20);
    expect(a.neighbor().lastError).toContain("Cease/Administrative Reset");
    expect(a.neighbor().lastError).toContain("new line card");
    expect(b.neighbor().lastError).toBe("sent Cease/Administrative Reset: new line card");
    await world.run(2000);
    expect(b.neighbor()).toMatchObject({ state: "Established", timesEstablished: 2 });
    expect(a.neighbor().prefixesReceived).toBe(1);
  });

  it("lets a neighbour in again that was over its maximum of prefixes", async () => {
    setNeighbor({ maximumPrefixes: { limit: 1, action: "shutdown" } });
    b.speaker.originate("red", type5("10.0.0.3/32", 5001, B));
    await world.run(1000);
    expect(a.neighbor()).toMatchObject({ state: "Idle", idleReason: "PfxCt" });
    b.speaker.withdraw("red", type5("10.0.0.3/32", 5001, B).prefix);
    a.speaker.clear(B, { mode: "hard" });
    await world.run(120_000);
    expect(a.neighbor()).toMatchObject({ state: "Established", prefixesReceived: 1 });
  });

  it("refuses a text that is too long, and the session goes on", async () => {
    const message = "x".repeat(256);
    expect(codeOf(() => a.speaker.clear(B, { mode: "hard", message }))).toBe("invalid-option");
    await world.run(1000);
    expect(a.neighbor()).toMatchObject({ state: "Established", timesEstablished: 1 });
  });
});

describe("a soft clear", () => {
  it("asks for the neighbour's routes, or tells it all again, and the session goes on", async () => {
    const before = b.neighbor().received.update;
    a.speaker.clear(B, { mode: "soft-out" });
    await world.run(100);
    expect(b.neighbor().received.update).toBe(before + 1);
    expect(b.neighbor().received.routeRefresh).toBe(2);
    b.speaker.clear(A, { mode: "soft-in" });
    await world.run(100);
    expect(b.neighbor().received.update).toBe(before + 2);
    expect(a.neighbor()).toMatchObject({ state: "Established", timesEstablished: 1 });
  });

  it("says why it is not possible", async () => {
    expect(codeOf(() => a.speaker.clear(A, { mode: "soft-in" }))).toBe("unknown-neighbor");
    await b.speaker.stop();
    await world.run(100);
    expect(codeOf(() => a.speaker.clear(B, { mode: "soft-in" }))).toBe("no-session");
    expect(codeOf(() => a.speaker.clear(B, { mode: "soft-out" }))).toBe("no-session");
  });
});

describe("a neighbour that is shut down", () => {
  it("is told why, stays configured and down, and comes back when it is wanted again", async () => {
    setNeighbor({ shutdown: { message: "maintenance" } });
    await world.run(20);
    expect(b.neighbor().lastError).toContain("Cease/Administrative Shutdown");
    expect(b.neighbor().lastError).toContain("maintenance");
    await world.run(300_000);
    expect(a.neighbor()).toMatchObject({
      state: "Idle",
      idleReason: "Admin",
      prefixesReceived: 0,
      timesEstablished: 1,
      lastError: "sent Cease/Administrative Shutdown: maintenance",
    });
    expect(b.neighbor().timesEstablished).toBe(1);
    a.speaker.clear(B, { mode: "hard" });
    await world.run(120_000);
    expect(a.neighbor().idleReason).toBe("Admin");
    setNeighbor({});
    await world.run(120_000);
    expect(a.neighbor()).toMatchObject({ state: "Established", idleReason: undefined });
  });

  it("is not started with the speaker, nor waited for", async () => {
    const c = world.make("10.0.0.3", { restarting: true });
    c.speaker.setNeighbor({ address: A, asn: AS, shutdown: true });
    await c.speaker.start();
    expect(c.speaker.summary().converged).toBe(true);
    await world.run(10_000);
    expect(c.neighbor()).toMatchObject({
      state: "Idle",
      idleReason: "Admin",
      lastError: undefined,
    });
  });

  it("stays down when something else of it changes", async () => {
    setNeighbor({ shutdown: true });
    setNeighbor({ shutdown: true, holdTime: 30 });
    await world.run(120_000);
    expect(a.neighbor()).toMatchObject({ state: "Idle", idleReason: "Admin" });
  });

  it("is refused with a text that is too long, and nothing changes", async () => {
    const message = "x".repeat(256);
    expect(codeOf(() => setNeighbor({ shutdown: { message } }))).toBe("invalid-option");
    expect(a.neighbor()).toMatchObject({ state: "Established", idleReason: undefined });
  });
});
