import { parseIpAddress } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import type { SpeakerOptions } from "../src/speaker-options.ts";
import type { Capability } from "../src/wire/capability.ts";
import { DEFAULT_CONTEXT } from "../src/wire/codec-context.ts";
import { MESSAGE } from "../src/wire/header.ts";
import { encodeKeepalive } from "../src/wire/keepalive.ts";
import type { DecodedMessage } from "../src/wire/message.ts";
import { encodeUpdate } from "../src/wire/update-encode.ts";
import { RawPeer } from "./loopback/raw-peer.ts";
import { AS, established, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";
import { FakeClock } from "./session/fake-clock.ts";

const running: TestSpeaker[] = [];
const peers: RawPeer[] = [];

const make = (address: string, options: Partial<SpeakerOptions> = {}): TestSpeaker => {
  const speaker = new TestSpeaker(address, options);
  running.push(speaker);
  setVrf(speaker, "red", 100);
  return speaker;
};

const start = async (address: string, options?: Partial<SpeakerOptions>): Promise<TestSpeaker> => {
  const speaker = make(address, options);
  await speaker.speaker.start();
  return speaker;
};

const connect = async (to: TestSpeaker, from: string): Promise<RawPeer> => {
  const peer = await RawPeer.connect(from, to.address, to.port);
  peers.push(peer);
  return peer;
};

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

const originate = (on: TestSpeaker, ...hosts: readonly number[]): void => {
  for (const host of hosts) {
    on.speaker.originate("red", type5(`10.0.0.${host}/32`, 5001, on.address));
  }
};

/** A speaker that ends as a killed process does: its connections close, nobody is told. */
const kill = async (speaker: TestSpeaker): Promise<void> => {
  await speaker.speaker.stop({ notify: false });
};

const hostsOf = (on: TestSpeaker): string[] =>
  on.routes("red").map((route) => route.replace(/^10\.0\.0\.(\d+)\/32.*/, "$1"));

const END_OF_RIB = encodeUpdate(
  {
    withdrawn: [{ carriedIn: "mp-unreach", family: "l2vpn-evpn", routes: [] }],
    attributes: [{ kind: "mp-unreach" }],
    announced: [],
  },
  DEFAULT_CONTEXT,
);

const isEndOfRib = (message: DecodedMessage): boolean =>
  message.kind === "update" && message.announced.length === 0 && message.treatment === "accept";

const restartCapability = (restarted: boolean): readonly Capability[] => [
  { kind: "multiprotocol", family: "l2vpn-evpn" },
  {
    kind: "graceful-restart",
    restarted,
    notification: false,
    restartTime: 120,
    families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
  },
];

/** The F bit of the OPEN that a speaker has sent to its only neighbour. */
const preservedBy = (on: TestSpeaker): boolean | undefined => {
  const { openSent } = on.speaker.neighbor(on.neighbor().address) ?? {};
  const restart = openSent?.capabilities.find(({ kind }) => kind === "graceful-restart");
  return restart?.kind === "graceful-restart"
    ? restart.families[0]?.forwardingPreserved
    : undefined;
};

describe("when a speaker is killed, its neighbour", () => {
  it("keeps its routes, tells no VRF, and drops what is gone when it is back", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    originate(a, 1, 2, 3);
    originate(b, 9);
    a.peerWith(b);
    await until(() => hostsOf(b).length === 3);
    await kill(a);
    await until(() => b.neighbor().gracefulRestart === "retaining");
    expect(b.neighbor()).toMatchObject({ prefixesReceived: 3, lastError: expect.any(String) });
    expect(b.speaker.routes().filter(({ stale }) => stale)).toHaveLength(3);
    expect(hostsOf(b)).toEqual(["1", "2", "3"]);
    const toldBefore = b.told.length;

    const again = make("127.0.0.1", { restarting: true });
    originate(again, 1, 3, 4);
    const address = parseIpAddress("127.0.0.2");
    again.speaker.setNeighbor({ address, asn: AS, port: b.port });
    await again.speaker.start();
    await until(() => hostsOf(b).join() === "1,3,4");
    expect(b.told.slice(toldBefore).sort()).toEqual([
      "red reachable 10.0.0.4/32",
      "red unreachable 10.0.0.2/32",
    ]);
    expect(b.neighbor()).toMatchObject({ gracefulRestart: "none", timesEstablished: 2 });
    expect(b.speaker.routes().filter(({ stale }) => stale)).toEqual([]);
    await until(() => hostsOf(again).join() === "9");
  });

  it("drops its routes when it is not back within its restart time", async () => {
    const clock = new FakeClock();
    const a = await start("127.0.0.1", { restartTime: 30 });
    const b = await start("127.0.0.2", { clock });
    originate(a, 1);
    a.peerWith(b);
    await until(() => hostsOf(b).length === 1);
    await kill(a);
    await until(() => b.neighbor().gracefulRestart === "retaining");
    clock.advance(29_000);
    await until(() => b.neighbor().state === "Active");
    expect(hostsOf(b)).toEqual(["1"]);
    clock.advance(1100);
    await until(() => hostsOf(b).length === 0);
    expect(b.neighbor()).toMatchObject({ gracefulRestart: "none", prefixesReceived: 0 });
  });

  it("drops its routes at once when it offers no graceful restart", async () => {
    const a = await start("127.0.0.1", { restartTime: 0 });
    const b = await start("127.0.0.2");
    originate(a, 1);
    a.peerWith(b);
    await until(() => hostsOf(b).length === 1);
    await kill(a);
    await until(() => hostsOf(b).length === 0);
    expect(b.neighbor().gracefulRestart).toBe("none");
  });

  it("passes nothing of it on when it is a reflector: other clients see no change", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    const reflector = await start("127.0.0.3");
    originate(a, 1, 2);
    a.peerWith(reflector, {}, { reflectorClient: true });
    b.peerWith(reflector, {}, { reflectorClient: true });
    await until(() => hostsOf(b).length === 2);
    const toldBefore = b.told.length;
    await kill(a);
    await until(() => reflector.neighbor("127.0.0.1").gracefulRestart === "retaining");
    const again = make("127.0.0.1", { restarting: true });
    originate(again, 1, 2, 3);
    const address = parseIpAddress("127.0.0.3");
    again.speaker.setNeighbor({ address, asn: AS, port: reflector.port });
    await again.speaker.start();
    await until(() => hostsOf(b).length === 3);
    expect(b.told.slice(toldBefore)).toEqual(["red reachable 10.0.0.3/32"]);
  });
});

describe("when the machine of a speaker has booted, its neighbour", () => {
  it("drops its routes as soon as it is back, before it has told any", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    originate(a, 1);
    a.peerWith(b);
    await until(() => hostsOf(b).length === 1);
    await kill(a);
    await until(() => b.neighbor().gracefulRestart === "retaining");
    const peer = await RawPeer.connect("127.0.0.1", "127.0.0.2", b.port);
    peers.push(peer);
    const [evpn, restart] = restartCapability(false);
    if (evpn === undefined || restart?.kind !== "graceful-restart") throw new Error("no OPEN");
    const families = restart.families.map((each) => ({ ...each, forwardingPreserved: false }));
    await peer.establish("127.0.0.1", { capabilities: [evpn, { ...restart, families }] });
    await until(() => hostsOf(b).length === 0);
  });

  it("is told so by the F bit of the first OPEN, and not of those of later sessions", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    a.peerWith(b);
    await established(a, b);
    const bits = () => [preservedBy(a), preservedBy(b)];
    expect(bits()).toEqual([false, false]);
    a.speaker.clear(parseIpAddress("127.0.0.2"), { mode: "hard" });
    await until(() => b.neighbor().timesEstablished === 2 && a.neighbor().timesEstablished === 2);
    expect(bits()).toEqual([true, true]);
  });

  it("is told by a process that goes on that everything is as before", async () => {
    const a = await start("127.0.0.1", { restarting: true });
    const b = await start("127.0.0.2");
    a.peerWith(b);
    await established(a, b);
    expect(preservedBy(a)).toBe(true);
  });
});

describe("when a speaker is stopped in order, its neighbour", () => {
  it("drops its routes at once", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    originate(a, 1);
    a.peerWith(b);
    await until(() => hostsOf(b).length === 1);
    await a.speaker.stop();
    await until(() => hostsOf(b).length === 0);
    expect(b.neighbor()).toMatchObject({
      gracefulRestart: "none",
      lastError: "received Cease/Administrative Shutdown",
    });
  });
});

describe("when the hold timer of a silent peer expires, a speaker", () => {
  it("drops its routes at once, graceful restart or not: its host is dead", async () => {
    const clock = new FakeClock();
    const a = await start("127.0.0.1", { clock });
    a.speaker.setNeighbor({
      address: parseIpAddress("127.0.0.2"),
      asn: AS,
      passive: true,
      holdTime: 9,
    });
    const peer = await connect(a, "127.0.0.2");
    await peer.establish("127.0.0.2", { capabilities: restartCapability(false) });
    await established(a);
    // Timers of the session are on the fake clock; its octets are on the real one.
    clock.advance(8900);
    expect(a.neighbor().state).toBe("Established");
    clock.advance(200);
    await until(() => peer.closed);
    expect(peer.notification).toBe("4/0");
    expect(a.neighbor()).toMatchObject({ gracefulRestart: "none", lastError: expect.any(String) });
  });
});

describe("a speaker that restarts", () => {
  /** With neighbours that connect; those that are known before the start are waited for. */
  const restarting = async (neighbors: readonly string[]): Promise<TestSpeaker> => {
    const speaker = make("127.0.0.1", { restarting: true, deferralTime: 3600 });
    for (const address of neighbors.map(parseIpAddress)) {
      speaker.speaker.setNeighbor({ address, asn: AS, passive: true, reflectorClient: true });
    }
    await speaker.speaker.start();
    return speaker;
  };

  it("says nothing before it has heard the End-of-RIB of all its neighbours", async () => {
    const reflector = await restarting(["127.0.0.2", "127.0.0.3"]);
    let converged = false;
    reflector.speaker.onConverged(() => {
      converged = true;
    });
    const first = await connect(reflector, "127.0.0.2");
    await first.establish("127.0.0.2", { capabilities: restartCapability(false) });
    first.send(END_OF_RIB);
    const second = await connect(reflector, "127.0.0.3");
    await second.establish("127.0.0.3", { capabilities: restartCapability(false) });
    await established(reflector);
    second.send(encodeKeepalive(), encodeKeepalive());
    await until(() => reflector.neighbor("127.0.0.3").received.keepalive === 3);
    expect(first.ofType(MESSAGE.UPDATE)).toEqual([]);
    expect(reflector.speaker.summary().converged).toBe(false);
    const open = first.ofType(MESSAGE.OPEN)[0];
    expect(open).toMatchObject({
      capabilities: expect.arrayContaining([
        {
          kind: "graceful-restart",
          restarted: true,
          notification: true,
          restartTime: 120,
          families: [
            { family: "l2vpn-evpn", forwardingPreserved: true },
            { family: "rtc", forwardingPreserved: true },
          ],
        },
      ]),
    });
    second.send(END_OF_RIB);
    await until(() => first.ofType(MESSAGE.UPDATE).some(isEndOfRib));
    await until(() => second.ofType(MESSAGE.UPDATE).some(isEndOfRib));
    await until(() => converged);
  });

  it("speaks before a neighbour that restarts too, but has not converged before that has spoken", async () => {
    const a = await restarting(["127.0.0.2"]);
    const peer = await connect(a, "127.0.0.2");
    await peer.establish("127.0.0.2", { capabilities: restartCapability(true) });
    await until(() => peer.ofType(MESSAGE.UPDATE).some(isEndOfRib));
    expect(a.speaker.summary().converged).toBe(false);
    let converged = false;
    a.speaker.onConverged(() => {
      converged = true;
    });
    peer.send(END_OF_RIB);
    await until(() => converged);
    expect(a.speaker.summary().converged).toBe(true);
  });

  it("does not wait, after its first KEEPALIVE, for a neighbour without graceful restart", async () => {
    const a = await restarting(["127.0.0.2", "127.0.0.3"]);
    const first = await connect(a, "127.0.0.2");
    await first.establish("127.0.0.2", { capabilities: restartCapability(true) });
    const second = await connect(a, "127.0.0.3");
    await second.establish("127.0.0.3");
    await established(a);
    expect(a.speaker.summary().converged).toBe(false);
    second.send(encodeKeepalive());
    await until(() => first.ofType(MESSAGE.UPDATE).some(isEndOfRib));
    first.send(END_OF_RIB);
    await until(() => a.speaker.summary().converged);
  });

  it("waits no longer than the deferral time for a neighbour that does not come", async () => {
    const clock = new FakeClock();
    const a = make("127.0.0.1", { restarting: true, deferralTime: 20, clock });
    const b = await start("127.0.0.2");
    originate(a, 1);
    a.peerWith(b);
    a.speaker.setNeighbor({ address: parseIpAddress("127.0.0.4"), asn: AS, passive: true });
    await a.speaker.start();
    await until(() => a.neighbor("127.0.0.2").state === "Established");
    clock.advance(19_000);
    expect(a.speaker.summary().converged).toBe(false);
    clock.advance(1100);
    await until(() => hostsOf(b).length === 1);
    expect(a.speaker.summary().converged).toBe(true);
  });

  it("has told its VRFs everything when it says that it has converged", async () => {
    const b = await start("127.0.0.2");
    for (let host = 1; host <= 200; host++) originate(b, host);
    const a = make("127.0.0.1", { restarting: true });
    let known: number | undefined;
    a.speaker.onConverged(() => {
      known = hostsOf(a).length;
    });
    a.peerWith(b);
    await a.speaker.start();
    await until(() => known !== undefined);
    expect(known).toBe(200);
    let again = false;
    a.speaker.onConverged(() => {
      again = true;
    });
    await until(() => again);
  });
});
