import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SpeakerError } from "../src/errors.ts";
import type { MaximumPrefixes } from "../src/session/prefix-limit.ts";
import { encodeRouteRefresh } from "../src/wire/route-refresh.ts";
import { type FakePeer, FakeWorld } from "./loopback/fake-world.ts";
import { AS, type TestSpeaker } from "./loopback/speakers.ts";

const PEER = parseIpAddress("10.0.0.2");
const NEAR = "neighbour comes near its maximum of prefixes";
const OVER = "neighbour exceeds its maximum of prefixes";

let world: FakeWorld;
let speaker: TestSpeaker;

beforeEach(async () => {
  world = new FakeWorld();
  speaker = await world.start("10.0.0.1");
});

afterEach(() => world.stop());

const peerWithin = (maximumPrefixes: MaximumPrefixes): Promise<FakePeer> =>
  world.peer(speaker, PEER, [], { maximumPrefixes });

const setLimit = (maximumPrefixes: MaximumPrefixes): void =>
  speaker.speaker.setNeighbor({
    address: PEER,
    asn: AS,
    passive: true,
    holdTime: 0,
    maximumPrefixes,
  });

describe("a neighbour with a maximum of prefixes", () => {
  it("is warned about near it, and loses session and routes beyond it", async () => {
    const peer = await peerWithin({ limit: 4, action: "shutdown" });
    await peer.announce([1, 2, 3]);
    expect(speaker.log.withMessage(NEAR)).toEqual([{ neighbor: PEER, routes: 3, limit: 4 }]);
    await peer.announce([4]);
    expect(speaker.neighbor()).toMatchObject({ state: "Established", prefixesReceived: 4 });
    await peer.announce([5]);
    expect(peer.notification).toMatchObject({ code: 6, subcode: 1, data: "00194600000004" });
    expect(peer.isClosed).toBe(true);
    expect(speaker.neighbor()).toMatchObject({
      state: "Idle",
      idleReason: "PfxCt",
      prefixesReceived: 0,
      lastError: "sent Cease/Maximum Number of Prefixes Reached: more than 4 routes",
    });
    expect(speaker.log.withMessage(OVER)).toEqual([{ neighbor: PEER, routes: 5, limit: 4 }]);
    expect(speaker.log.withMessage("malformed message ends the session")).toEqual([]);
  });

  it("is refused for ever after, without a restart time", async () => {
    const peer = await peerWithin({ limit: 1, action: "shutdown" });
    await peer.announce([1, 2]);
    await world.run(3_600_000);
    await peer.connect();
    expect(peer.isClosed).toBe(true);
    expect(speaker.neighbor()).toMatchObject({ state: "Idle", idleReason: "PfxCt" });
  });

  it("is let in again after the restart time", async () => {
    const peer = await peerWithin({ limit: 1, action: "shutdown", restartSeconds: 60 });
    await peer.announce([1, 2]);
    await world.run(58_000);
    await peer.connect();
    expect(peer.isClosed).toBe(true);
    await world.run(2000);
    await peer.connect();
    expect(speaker.neighbor()).toMatchObject({ state: "Established", idleReason: undefined });
    await peer.announce([1]);
    expect(speaker.neighbor().prefixesReceived).toBe(1);
    await peer.announce([2]);
    expect(speaker.neighbor()).toMatchObject({ state: "Idle", idleReason: "PfxCt" });
  });

  it("does not get round it by one BoRR after another", async () => {
    const peer = await world.peer(speaker, PEER, [{ kind: "enhanced-route-refresh" }], {
      maximumPrefixes: { limit: 2, action: "shutdown" },
    });
    const begin = encodeRouteRefresh({ family: "l2vpn-evpn", subtype: "begin" });
    for (const host of [1, 3, 5, 7]) {
      await peer.announce([host, host + 1]);
      await peer.send(begin);
    }
    expect(speaker.neighbor()).toMatchObject({ idleReason: "PfxCt", prefixesReceived: 0 });
  });

  it("counts what is withdrawn in the meantime, and not a route that changes", async () => {
    const peer = await peerWithin({ limit: 2, action: "shutdown" });
    await peer.announce([1, 2]);
    await peer.announce([1, 2], { label: 5002 });
    await peer.withdraw(1);
    await peer.announce([3]);
    expect(speaker.neighbor()).toMatchObject({ state: "Established", prefixesReceived: 2 });
  });

  it("only says so when the action is to warn, once", async () => {
    const peer = await peerWithin({ limit: 2, action: "warn" });
    await peer.announce([1, 2, 3]);
    await peer.announce([4]);
    expect(speaker.neighbor()).toMatchObject({ state: "Established", prefixesReceived: 4 });
    expect(speaker.log.withMessage(OVER)).toHaveLength(1);
    expect(speaker.log.withMessage(NEAR)).toEqual([]);
  });

  it("does not count the stale routes of its last session against the new one", async () => {
    const peer = await peerWithin({ limit: 3, action: "shutdown" });
    peer.capabilities = [
      {
        kind: "graceful-restart",
        restarted: true,
        notification: false,
        restartTime: 120,
        families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
      },
    ];
    await peer.die();
    await peer.connect();
    await peer.announce([1, 2, 3]);
    await peer.die();
    await peer.connect();
    expect(speaker.neighbor()).toMatchObject({ prefixesReceived: 3, stalePrefixes: 3 });
    await peer.announce([3, 4, 5]);
    expect(speaker.neighbor()).toMatchObject({
      state: "Established",
      prefixesReceived: 5,
      stalePrefixes: 2,
    });
    await peer.endOfRib();
    expect(speaker.neighbor()).toMatchObject({ prefixesReceived: 3, stalePrefixes: 0 });
    await peer.announce([6]);
    expect(speaker.neighbor().idleReason).toBe("PfxCt");
  });

  it("keeps its session when only the maximum changes, which holds at once", async () => {
    const peer = await peerWithin({ limit: 10, action: "shutdown" });
    await peer.announce([1, 2, 3]);
    setLimit({ limit: 3, action: "shutdown" });
    expect(speaker.neighbor()).toMatchObject({ state: "Established", timesEstablished: 1 });
    setLimit({ limit: 2, action: "shutdown" });
    expect(speaker.neighbor()).toMatchObject({ state: "Idle", idleReason: "PfxCt" });
    setLimit({ limit: 5, action: "shutdown" });
    await peer.connect();
    expect(speaker.neighbor()).toMatchObject({ state: "Established", idleReason: undefined });
  });

  it("is not waited for any longer by a speaker that restarts", async () => {
    const restarting = world.make("10.0.0.7", { restarting: true, deferralTime: 3600 });
    restarting.speaker.setNeighbor({ address: PEER, asn: AS, passive: true });
    await restarting.speaker.start();
    const peer = await world.peer(
      restarting,
      PEER,
      [
        {
          kind: "graceful-restart",
          restarted: false,
          notification: false,
          restartTime: 120,
          families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
        },
      ],
      { maximumPrefixes: { limit: 1, action: "shutdown" } },
    );
    expect(restarting.speaker.summary().converged).toBe(false);
    await peer.announce([1, 2]);
    expect(restarting.speaker.summary().converged).toBe(true);
  });

  it("is refused with a maximum that makes no sense, and nothing changes", () => {
    expect(() => setLimit({ limit: -1, action: "warn" })).toThrow(SpeakerError);
    expect(speaker.speaker.summary().neighbors).toEqual([]);
  });
});
