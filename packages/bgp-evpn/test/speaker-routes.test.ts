import { parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import { established, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";

const running: TestSpeaker[] = [];

const start = async (...args: ConstructorParameters<typeof TestSpeaker>): Promise<TestSpeaker> => {
  const speaker = new TestSpeaker(...args);
  running.push(speaker);
  await speaker.speaker.start();
  return speaker;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

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
        "rtc",
        "route-refresh",
        "enhanced-route-refresh",
        "extended-message",
        "four-octet-as",
        "graceful-restart",
        "long-lived-graceful-restart",
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
    a.peerWith(b, { routeTargetConstraint: false });
    await until(() => b.neighbor().prefixesReceived === 200);
    setVrf(b, "late", 100);
    await until(() => b.routes("late").length === 200);
    expect(b.neighbor().memberships).toBeUndefined();
  });

  it("with route target constraint send the routes of a VRF when it comes, and take them back when it goes", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    for (let n = 0; n < 200; n++) {
      a.speaker.originate("red", type5(`10.0.${n}.0/24`, 5001, "127.0.0.1"));
    }
    a.peerWith(b);
    await until(() => a.neighbor().memberships?.endOfRibReceived === true);
    await until(() => a.neighbor().output === "synchronised");
    expect(b.neighbor().prefixesReceived).toBe(0);
    setVrf(b, "late", 100);
    await until(() => b.routes("late").length === 200);
    expect(a.neighbor()).toMatchObject({
      prefixesSent: 200,
      memberships: { received: 1, sent: 1, endOfRibReceived: true },
    });
    expect(a.speaker.routeTargetMemberships()).toContainEqual({
      membership: {
        kind: "membership",
        prefixLength: 96,
        originAs: 65000,
        target: "65000:100",
      },
      peer: expect.any(Number),
      neighbor: "127.0.0.2",
      best: false,
      stale: false,
    });
    b.speaker.removeVrf("late");
    await until(() => b.neighbor().prefixesReceived === 0);
    expect(a.neighbor()).toMatchObject({ prefixesSent: 0, memberships: { received: 0 } });
  });

  it("let a listener of VRF routes call the speaker", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    setVrf(a, "blue", 200);
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
