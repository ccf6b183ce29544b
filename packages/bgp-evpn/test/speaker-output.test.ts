import { parseIpAddress, parseRouteDistinguisher, parseRouteTarget } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import { MESSAGE } from "../src/wire/header.ts";
import { encodeRouteRefresh } from "../src/wire/route-refresh.ts";
import { RawListener, RawPeer } from "./loopback/raw-peer.ts";
import { AS, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";

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

describe("a speaker", () => {
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
