import {
  parseAsn,
  parseIpAddress,
  parseIpPrefix,
  parseRouteDistinguisher,
  parseRouteTarget,
} from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import { SpeakerError } from "../src/errors.ts";
import { MESSAGE } from "../src/wire/header.ts";
import { encodeRouteRefresh } from "../src/wire/route-refresh.ts";
import { RawListener, RawPeer } from "./loopback/raw-peer.ts";
import { AS, established, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";

const running: TestSpeaker[] = [];
const closing: { close(): Promise<void> }[] = [];

const start = async (...args: ConstructorParameters<typeof TestSpeaker>): Promise<TestSpeaker> => {
  const speaker = new TestSpeaker(...args);
  running.push(speaker);
  await speaker.speaker.start();
  return speaker;
};

afterEach(async () => {
  await Promise.all(closing.splice(0).map((peer) => peer.close()));
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

/** The code of the `SpeakerError` that a promise rejects with. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error instanceof SpeakerError ? error.code : String(error)),
  );

describe("two speakers", () => {
  it("exchange IPv4 and IPv6 prefixes and keep equal prefixes of two VRFs apart", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    for (const speaker of [a, b]) {
      setVrf(speaker, "red", 100);
      setVrf(speaker, "blue", 200);
    }
    a.speaker.originate("red", type5("10.0.0.0/24", 5001, "127.0.0.1"));
    a.speaker.originate("blue", type5("10.0.0.0/24", 5002, "127.0.0.1"));
    a.speaker.originate("red", type5("2001:db8::/64", 5001, "127.0.0.1"));
    b.speaker.originate("blue", type5("10.0.0.0/24", 5002, "127.0.0.2"));
    a.peerWith(b);
    await until(() => b.routes("red").length === 2 && b.routes("blue").length === 1);
    await until(() => a.routes("blue").length === 1);
    expect(b.routes("red")).toEqual([
      "10.0.0.0/24 via 127.0.0.1 5001 02:00:00:00:00:01",
      "2001:db8::/64 via 127.0.0.1 5001 02:00:00:00:00:01",
    ]);
    expect(b.routes("blue")).toEqual(["10.0.0.0/24 via 127.0.0.1 5002 02:00:00:00:00:01"]);
    expect(a.routes("blue")).toEqual(["10.0.0.0/24 via 127.0.0.2 5002 02:00:00:00:00:02"]);
    expect(a.routes("red")).toEqual([]);
  });

  it("show each other in the summary, and every route in the table", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    setVrf(b, "red", 100);
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    a.speaker.originate("red", type5("10.2.0.0/24", 5001, "127.0.0.1"));
    a.peerWith(b, { description: "second", holdTime: 9 });
    await until(() => b.routes("red").length === 2);
    await until(() => a.neighbor().output === "synchronised");
    expect(a.speaker.summary()).toMatchObject({
      asn: 65000,
      routerId: "127.0.0.1",
      clusterId: "127.0.0.1",
      listening: [{ address: "127.0.0.1" }],
      table: { prefixes: 2, paths: 2 },
    });
    expect(a.neighbor()).toMatchObject({
      address: "127.0.0.2",
      asn: 65000,
      version: 4,
      description: "second",
      state: "Established",
      upDownSeconds: 0,
      inQueue: 0,
      outQueue: 0,
      prefixesReceived: 0,
      prefixesSent: 2,
      timesEstablished: 1,
      routerId: "127.0.0.2",
      holdTime: 9,
      capabilities: [
        "l2vpn-evpn",
        "route-refresh",
        "extended-message",
        "four-octet-as",
        "graceful-restart",
      ],
      gracefulRestart: "none",
      localAddress: "127.0.0.1",
      remotePort: b.port,
    });
    expect(b.neighbor()).toMatchObject({ prefixesReceived: 2, bestPaths: 2, prefixesSent: 0 });
    expect(a.neighbor().sent.open).toBe(1);
    expect(a.neighbor().sent.total).toBe(b.neighbor().received.total);
    expect(
      b.speaker.routes({ best: true }).map(({ route, nextHop }) => ({ route, nextHop })),
    ).toEqual(
      ["10.1.0.0/24", "10.2.0.0/24"].map((prefix) => ({
        nextHop: "127.0.0.1",
        route: expect.objectContaining({ kind: "ip-prefix", rd: "127.0.0.1:100", prefix }),
      })),
    );
    expect(b.speaker.routes({ routeType: 2 })).toEqual([]);
  });

  it("talk over IPv6 too", async () => {
    const a = await start("::1", { routerId: parseIpAddress("10.0.0.1") });
    const b = await start("::1", { routerId: parseIpAddress("10.0.0.2") });
    setVrf(a, "red", 100);
    setVrf(b, "red", 100);
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    a.peerWith(b);
    await until(() => b.routes("red").length === 1);
    expect(b.neighbor().address).toBe("::1");
  });

  it("withdraw what is withdrawn, changed, or lost with its VRF", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    setVrf(a, "blue", 200);
    setVrf(b, "red", 100);
    setVrf(b, "blue", 200);
    a.peerWith(b);
    for (const n of [1, 2, 3]) {
      a.speaker.originate("red", type5(`10.${n}.0.0/24`, 5001, "127.0.0.1"));
      a.speaker.originate("blue", type5(`10.${n}.0.0/24`, 5002, "127.0.0.1"));
    }
    await until(() => b.routes("red").length === 3 && b.routes("blue").length === 3);
    a.speaker.withdraw("red", parseIpPrefix("10.2.0.0/24"));
    a.speaker.originate("red", type5("10.3.0.0/24", 5003, "127.0.0.1"));
    a.speaker.removeVrf("blue");
    await until(() => b.routes("red").length === 2 && b.routes("blue").length === 0);
    await until(() => b.routes("red").some((route) => route.includes(" 5003 ")));
    expect(b.routes("red")).toEqual([
      "10.1.0.0/24 via 127.0.0.1 5001 02:00:00:00:00:01",
      "10.3.0.0/24 via 127.0.0.1 5003 02:00:00:00:00:01",
    ]);
  });

  it("come together on one connection when both connect at once", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    a.peerWith(b, {}, { passive: false, port: a.port });
    await established(a, b);
    await until(() => a.neighbor().localPort === b.neighbor().remotePort);
    expect(a.neighbor().remotePort).toBe(b.neighbor().localPort);
    expect(a.neighbor().timesEstablished).toBe(1);
  });

  it("tell a VRF that comes later its whole table", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    for (let n = 0; n < 200; n++) {
      a.speaker.originate("red", type5(`10.0.${n}.0/24`, 5001, "127.0.0.1"));
    }
    a.peerWith(b);
    await until(() => b.neighbor().prefixesReceived === 200);
    setVrf(b, "late", 100);
    await until(() => b.routes("late").length === 200);
  });

  it("let a listener of VRF routes call the speaker", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    setVrf(b, "red", 100);
    setVrf(b, "blue", 200);
    b.speaker.onVrfRoutes((vrf, changes) => {
      for (const { prefix } of vrf === "red" ? changes : []) {
        b.speaker.originate("blue", type5(prefix, 5002, "127.0.0.2"));
      }
    });
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    a.peerWith(b);
    await until(() => a.neighbor().prefixesReceived === 1);
  });
});

describe("a reflector", () => {
  it("passes routes between its clients with next hop and Router's MAC unchanged", async () => {
    const [a, b, reflector] = await Promise.all(
      ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map((address) => start(address)),
    );
    if (a === undefined || b === undefined || reflector === undefined)
      throw new Error("no speaker");
    for (const client of [a, b]) {
      setVrf(client, "red", 100);
      client.peerWith(reflector, {}, { reflectorClient: true });
    }
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    b.speaker.originate("red", type5("2001:db8:2::/64", 5001, "127.0.0.2"));
    await until(() => a.routes("red").length === 1 && b.routes("red").length === 1);
    expect(a.routes("red")).toEqual(["2001:db8:2::/64 via 127.0.0.2 5001 02:00:00:00:00:02"]);
    expect(b.routes("red")).toEqual(["10.1.0.0/24 via 127.0.0.1 5001 02:00:00:00:00:01"]);
    const [atB] = b.speaker.routes({ peer: "local" });
    expect(atB?.peer).toBe("local");
    const reflected = b.speaker.routes().find(({ peer }) => peer !== "local");
    expect(reflected?.attributes).toContainEqual(
      expect.objectContaining({ kind: "originator-id", routerId: "127.0.0.1" }),
    );
    expect(reflected?.attributes).toContainEqual(
      expect.objectContaining({ kind: "cluster-list", clusterIds: ["127.0.0.3"] }),
    );
    await a.speaker.stop();
    await until(() => b.routes("red").length === 0);
  });

  it("keeps the routes of those who are no clients from each other", async () => {
    const [a, b, middle] = await Promise.all(
      ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map((address) => start(address)),
    );
    if (a === undefined || b === undefined || middle === undefined) throw new Error("no speaker");
    for (const speaker of [a, b, middle]) setVrf(speaker, "red", 100);
    a.peerWith(middle);
    b.peerWith(middle);
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    middle.speaker.originate("red", type5("10.3.0.0/24", 5001, "127.0.0.3"));
    await until(() => middle.routes("red").length === 1 && b.routes("red").length === 1);
    expect(b.routes("red")).toEqual(["10.3.0.0/24 via 127.0.0.3 5001 02:00:00:00:00:03"]);
  });
});

describe("a speaker", () => {
  it("refuses connections from addresses that are no neighbours, and logs them", async () => {
    const a = await start("127.0.0.1");
    const stranger = await RawPeer.connect("127.0.0.77", "127.0.0.1", a.port);
    await until(() => stranger.closed);
    expect(stranger.received).toEqual([]);
    expect(a.log.withMessage("connection refused: no neighbour has that address")).toEqual([
      { address: "127.0.0.77", suppressed: 0 },
    ]);
  });

  it("says which listen address is missing, in use or taken twice", async () => {
    const a = await start("127.0.0.1");
    const missing = new TestSpeaker("192.0.2.1");
    expect(await codeOf(missing.speaker.start())).toBe("listen-address-missing");
    const address = parseIpAddress("127.0.0.1");
    const taken = new TestSpeaker("127.0.0.1", { listen: [{ address, port: a.port }] });
    await expect(taken.speaker.start()).rejects.toThrow(
      `cannot listen for BGP on 127.0.0.1 port ${a.port}: another process listens there`,
    );
    await a.speaker.stop();
    await taken.speaker.start();
    running.push(taken);
    expect(await codeOf(taken.speaker.start())).toBe("already-started");
  });

  it("listens on nothing when it is stopped while it starts", async () => {
    const a = new TestSpeaker("127.0.0.1");
    await Promise.all([a.speaker.start(), a.speaker.stop()]);
    expect(a.speaker.summary().listening).toEqual([]);
    expect(await codeOf(a.speaker.start())).toBe("already-started");
  });

  it("listens on nothing when one of its addresses is missing", async () => {
    const [here, missing] = ["127.0.0.1", "192.0.2.1"].map(parseIpAddress);
    if (here === undefined || missing === undefined) throw new Error("no address");
    const a = new TestSpeaker("127.0.0.1", {
      listen: [
        { address: here, port: 0 },
        { address: missing, port: 0 },
      ],
    });
    expect(await codeOf(a.speaker.start())).toBe("listen-address-missing");
    expect(a.speaker.summary().listening).toEqual([]);
  });

  it("refuses options that BGP does not allow", async () => {
    const a = await start("127.0.0.1");
    const address = parseIpAddress("127.0.0.2");
    for (const wrong of [
      { holdTime: 2 },
      { holdTime: 65_536 },
      { port: 0 },
      { connectRetry: 0.5 },
      { localAddress: parseIpAddress("::1") },
    ]) {
      expect(() => a.speaker.setNeighbor({ address, asn: AS, ...wrong })).toThrow(SpeakerError);
    }
    expect(a.speaker.summary().neighbors).toEqual([]);
    expect(() => new TestSpeaker("127.0.0.1", { routerId: parseIpAddress("::1") })).toThrow(
      "routerId is ::1; it must be an IPv4 address",
    );
    expect(() => a.speaker.originate("none", type5("10.0.0.0/8", 1, "127.0.0.1"))).toThrow(
      SpeakerError,
    );
  });

  it("resets a session when its neighbour's settings change, but not for a description", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    a.peerWith(b, { holdTime: 9 });
    await established(a, b);
    const address = parseIpAddress("127.0.0.2");
    a.speaker.setNeighbor({ address, asn: AS, port: b.port, holdTime: 9, description: "new" });
    expect(a.neighbor()).toMatchObject({ state: "Established", description: "new" });
    a.speaker.setNeighbor({ address, asn: AS, port: b.port, holdTime: 30 });
    await until(() => a.neighbor().holdTime === 30);
    expect(b.neighbor().lastError).toBe("received Cease/Other Configuration Change");
  });

  it("drops the routes of a neighbour that is removed, and tells it", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    setVrf(b, "red", 100);
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    a.peerWith(b);
    await until(() => b.routes("red").length === 1);
    b.speaker.removeNeighbor(parseIpAddress("127.0.0.1"));
    await until(() => b.routes("red").length === 0);
    await until(() => a.neighbor().lastError === "received Cease/Peer De-configured");
    expect(b.speaker.summary()).toMatchObject({ neighbors: [], table: { paths: 0 } });
  });

  it("does not come up with a neighbour of another AS", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    a.peerWith(b, { asn: parseAsn(65001) });
    await until(() => a.neighbor().lastError?.includes("Bad Peer AS") ?? false);
    expect(a.neighbor().lastError).toBe(
      "sent OPEN Message Error/Bad Peer AS: the peer says it is AS 65000; AS 65001 is configured",
    );
    expect(a.neighbor().state).not.toBe("Established");
  });

  it("tells everything again when it is asked to by ROUTE-REFRESH", async () => {
    const a = await start("127.0.0.1");
    setVrf(a, "red", 100);
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    a.speaker.setNeighbor({ address: parseIpAddress("127.0.0.2"), asn: AS, passive: true });
    const peer = await RawPeer.connect("127.0.0.2", "127.0.0.1", a.port);
    closing.push(peer);
    await peer.establish("127.0.0.2");
    const announcements = () =>
      peer.ofType(MESSAGE.UPDATE).filter((m) => m.kind === "update" && m.announced.length > 0);
    await until(() => announcements().length === 1);
    peer.send(encodeRouteRefresh({ family: "l2vpn-evpn", subtype: "request" }));
    await until(() => announcements().length === 2);
    expect(announcements()[0]).toEqual(announcements()[1]);
    peer.send(
      encodeRouteRefresh({ family: "ipv4-unicast", subtype: "request" }),
      encodeRouteRefresh({ family: "l2vpn-evpn", subtype: "begin" }),
      encodeRouteRefresh({ family: "l2vpn-evpn", subtype: 200 }),
      encodeRouteRefresh({ family: "l2vpn-evpn", subtype: "request" }),
    );
    await until(() => announcements().length === 3);
    expect(a.neighbor().state).toBe("Established");
  });

  it("bounds what waits for a peer that does not read, and tells it the rest when it does", async () => {
    const a = await start("127.0.0.1");
    // Many route targets, and a next hop of its own for each route: few routes make a lot of octets.
    a.speaker.setVrf({
      name: "red",
      rd: parseRouteDistinguisher("127.0.0.1:1"),
      importRouteTargets: [],
      exportRouteTargets: Array.from({ length: 60 }, (_, n) => parseRouteTarget(`65000:${n}`)),
    });
    const count = 2000;
    const originateAll = (round: number): void => {
      for (let n = 0; n < count; n++) {
        const nextHop = `127.${round % 2}.${n >> 8}.${n & 255}`;
        a.speaker.originate("red", type5(`10.0.${n >> 8}.${n & 255}/32`, 5001, nextHop));
      }
    };
    originateAll(0);
    const listener = new RawListener();
    closing.push(listener);
    const port = await listener.listen("127.0.0.2");
    a.speaker.setNeighbor({ address: parseIpAddress("127.0.0.2"), asn: AS, port });
    await until(() => listener.peers.length === 1);
    const [peer] = listener.peers;
    if (peer === undefined) throw new Error("nobody connected");
    await peer.establish("127.0.0.2");
    peer.socket.pause();
    // Routes that flap are what fills the queue of a peer that is stuck.
    for (let round = 1; round < 100 && a.neighbor().output !== "blocked"; round++) {
      originateAll(round);
      await until(() => a.neighbor().output !== "replaying");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(a.neighbor().output).toBe("blocked");
    expect(a.neighbor().outQueueBytes).toBeLessThan(2 * 1024 * 1024);
    peer.socket.resume();
    await until(() => a.neighbor().output === "synchronised" && a.neighbor().outQueue === 0);
    expect(a.neighbor()).toMatchObject({ state: "Established", prefixesSent: count });
  });
});
