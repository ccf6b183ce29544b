import { parseIpAddress } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import { type CollectorOptions, collectorSettings } from "../../src/bmp/collector-options.ts";
import { Monitoring } from "../../src/bmp/monitoring.ts";
import { silentLogger } from "../../src/session/logger.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { encodeEvpnRoute } from "../../src/wire/evpn/nlri.ts";
import { hex } from "../../src/wire/hex.ts";
import { encodeNotification } from "../../src/wire/notification.ts";
import { encodeUpdate } from "../../src/wire/update-encode.ts";
import { open, RawPeer } from "../loopback/raw-peer.ts";
import { AS, TestSpeaker, until } from "../loopback/speakers.ts";
import { hostRoutes } from "../rib/model/make.ts";
import type { Announcement } from "../rib/model/reference-rib.ts";
import { sessionSlot } from "../rib/model/sessions.ts";
import { World } from "../rib/model/world.ts";
import { FakeClock } from "../session/fake-clock.ts";
import { FakeNetwork } from "../session/fake-network.ts";
import { decodeBmp } from "./bmp-decode.ts";
import { Station, type StationPeer } from "./station.ts";

const OWN = "127.0.62.1";
const STATION = parseIpAddress("127.0.62.9");
const PEER = "127.0.62.2";
const NOW = 1_700_000_000_123;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function station(port = 0): Promise<{ station: Station; port: number }> {
  const made = new Station();
  closing.push(() => made.close());
  return { station: made, port: await made.listen(STATION, port) };
}

async function speaker(
  port: number,
  options: Partial<CollectorOptions> = {},
  peers: readonly string[] = [PEER],
): Promise<TestSpeaker> {
  const own = new TestSpeaker(OWN, {
    monitoring: [{ address: STATION, port, initialRetry: 1, statisticsInterval: 0, ...options }],
    systemName: "rr1",
    wallClock: () => NOW,
  });
  closing.push(() => own.speaker.stop());
  for (const address of peers) {
    own.speaker.setNeighbor({
      address: parseIpAddress(address),
      asn: AS,
      passive: true,
      reflectorClient: true,
    });
  }
  await own.speaker.start();
  return own;
}

async function peer(of: TestSpeaker, address = PEER, fourOctetAs = true): Promise<RawPeer> {
  const raw = await RawPeer.connect(address, OWN, of.port);
  closing.push(() => raw.close());
  const capabilities = [
    { kind: "multiprotocol", family: "l2vpn-evpn" },
    ...(fourOctetAs ? ([{ kind: "four-octet-as", asn: AS }] as const) : []),
  ] as const;
  await raw.establish(address, { capabilities });
  return raw;
}

function announce(routes: readonly Announcement[], fourOctetAs = true): Uint8Array {
  const [first] = routes;
  if (first === undefined) throw new Error("there are no routes");
  const { attributes, nextHop } = first;
  return encodeUpdate(
    {
      withdrawn: [],
      attributes,
      announced: [
        {
          carriedIn: "mp-reach",
          family: "l2vpn-evpn",
          nextHop,
          routes: routes.map(({ route }) => route),
        },
      ],
    },
    { ...DEFAULT_CONTEXT, fourOctetAs },
  );
}

function withdraw(routes: readonly Announcement[]): Uint8Array {
  return encodeUpdate(
    {
      withdrawn: [
        {
          carriedIn: "mp-unreach",
          family: "l2vpn-evpn",
          routes: routes.map(({ route }) => route),
        },
      ],
      attributes: [],
      announced: [],
    },
    DEFAULT_CONTEXT,
  );
}

const nlris = (routes: readonly Announcement[]) =>
  routes.map(({ route }) => hex(encodeEvpnRoute(route))).sort();

const of = (at: Station, address = PEER): StationPeer => {
  const found = at.peers.get(address);
  if (found === undefined) throw new Error(`${address} is not up`);
  return found;
};

const ROUTES = hostRoutes(60);

describe("a collector that is there first", () => {
  it("hears who speaks, of the session with both OPENs, and each UPDATE octet by octet", async () => {
    const { port, station: at } = await station();
    const own = await speaker(port);
    await until(() => at.messages.length > 0);
    expect(at.ofType("initiation")[0]?.tlvs.map(([type, value]) => [type, `${value}`])).toEqual([
      [1, "Selvedge BGP EVPN speaker"],
      [2, "rr1"],
    ]);

    const raw = await peer(own);
    const updates = [announce(ROUTES.slice(0, 40)), withdraw(ROUTES.slice(0, 10))];
    raw.send(...updates);
    await until(() => (at.peers.get(PEER)?.updates.length ?? 0) === 2);
    const { up, updates: heard } = of(at);
    expect(heard).toEqual(updates.map(hex));
    expect(up.peer).toMatchObject({
      type: 0,
      flags: 0,
      address: PEER,
      asn: 65000,
      routerId: PEER,
      seconds: 1_700_000_000,
      microseconds: 123_000,
    });
    expect(up).toMatchObject({ localAddress: OWN, localPort: own.port });
    expect(up.opens[0]?.toString("hex")).toBe(hex(raw.received[0] ?? new Uint8Array(0)));
    expect(up.opens[1]?.toString("hex")).toBe(hex(open(parseIpAddress(PEER))));
    expect([...of(at).routes].sort()).toEqual(nlris(ROUTES.slice(10, 40)));
  });

  it("hears why a session ended, with the NOTIFICATION", async () => {
    const { port, station: at } = await station();
    const own = await speaker(port);
    const raw = await peer(own);
    await until(() => at.peers.has(PEER));
    const notification = encodeNotification({ code: 6, subcode: 3, data: Uint8Array.of(1, 2) });
    raw.send(notification);
    await until(() => at.ofType("peer-down").length === 1);
    const [down] = at.ofType("peer-down");
    expect([down?.reason, down?.data.toString("hex")]).toEqual([3, hex(notification)]);

    const again = await peer(own);
    await until(() => at.peers.has(PEER));
    own.speaker.removeNeighbor(parseIpAddress(PEER));
    await until(() => at.ofType("peer-down").length === 2);
    await until(() => again.notification !== undefined);
    const sent = again.received.at(-1) ?? new Uint8Array(0);
    const [, last] = at.ofType("peer-down");
    expect([last?.reason, last?.data.toString("hex")]).toEqual([1, hex(sent)]);
  });

  it("hears of a Hard Reset as it was sent, around the reason (RFC 8538)", async () => {
    const { port, station: at } = await station();
    const own = await speaker(port);
    const raw = await RawPeer.connect(PEER, OWN, own.port);
    closing.push(() => raw.close());
    const families = [{ family: "l2vpn-evpn", forwardingPreserved: true }] as const;
    const restart = { restarted: false, notification: true, restartTime: 60, families };
    await raw.establish(PEER, {
      capabilities: [
        { kind: "multiprotocol", family: "l2vpn-evpn" },
        { kind: "four-octet-as", asn: AS },
        { kind: "graceful-restart", ...restart },
      ],
    });
    await until(() => at.peers.has(PEER));
    own.speaker.clear(parseIpAddress(PEER), { mode: "hard", message: "new line card" });
    await until(() => at.ofType("peer-down").length === 1 && raw.notification === "6/9");
    const sent = raw.received.at(-1) ?? new Uint8Array(0);
    const [down] = at.ofType("peer-down");
    expect([down?.reason, down?.data.toString("hex")]).toEqual([1, hex(sent)]);
  });

  it("is told that a connection was lost, and of the end of the speaker", async () => {
    const { port, station: at } = await station();
    const own = await speaker(port);
    const raw = await peer(own);
    await until(() => at.peers.has(PEER));
    await raw.close();
    await until(() => at.ofType("peer-down").length === 1);
    expect(at.ofType("peer-down")[0]?.reason).toBe(4);
    await own.speaker.stop();
    await until(() => at.ofType("termination").length === 1);
  });

  it("hears malformed UPDATEs as they came, and counts of them", async () => {
    const { port, station: at } = await station();
    const own = await speaker(port, { statisticsInterval: 1 });
    const raw = await peer(own);
    const [route = hostRoutes(1)[0]] = ROUTES;
    if (route === undefined) throw new Error("there is no route");
    const attributes = route.attributes.filter(({ kind }) => kind !== "origin");
    const malformed = announce([{ ...route, attributes }]);
    const good = announce(ROUTES.slice(1, 4));
    raw.send(malformed, good, good);
    await until(() => at.ofType("statistics-report").length > 0);
    expect(of(at).updates).toEqual([malformed, good, good].map(hex));
    const figures = at
      .ofType("statistics-report")
      .at(-1)
      ?.statistics.map(([type, value]) => `${type}: ${value.toString("hex")}`);
    expect(figures).toEqual([
      "1: 00000003",
      "3: 00000000",
      "4: 00000000",
      "5: 00000000",
      "7: 0000000000000003",
      "9: 0019460000000000000003",
      "11: 00000001",
      "12: 00000001",
    ]);
  });
});

describe("a collector that comes later", () => {
  it("gets each peer's table, then End-of-RIB, then what happens", async () => {
    const other = "127.0.62.3";
    const first = await station();
    await first.station.close();
    const own = await speaker(first.port, {}, [PEER, other]);
    const raw = await peer(own);
    const old = await peer(own, other, false);
    raw.send(announce(ROUTES));
    old.send(announce(ROUTES.slice(0, 5), false));
    await until(() => own.speaker.summary().table.paths === 65);

    const { station: at } = await station(first.port);
    await until(
      () => at.peers.size === 2 && [...at.peers.values()].every((p) => p.endOfRibs === 1),
    );
    expect([...of(at).routes].sort()).toEqual(nlris(ROUTES));
    expect([...of(at, other).routes].sort()).toEqual(nlris(ROUTES.slice(0, 5)));
    const table = at.ofType("route-monitoring");
    // Of the table nobody knows when it came, and its AS paths are wide.
    expect(table.every(({ peer: { flags, seconds } }) => flags === 0 && seconds === 0)).toBe(true);

    old.send(withdraw(ROUTES.slice(0, 2)));
    await until(() => of(at, other).routes.size === 3);
    const last = at.ofType("route-monitoring").at(-1);
    expect(last?.peer).toMatchObject({ address: other, flags: 0x20, seconds: 1_700_000_000 });
  });

  it("gets all of it again after each of its breakdowns", async () => {
    const { port, station: at } = await station();
    const own = await speaker(port);
    const raw = await peer(own);
    raw.send(announce(ROUTES.slice(0, 30)));
    await until(() => at.peers.get(PEER)?.routes.size === 30);
    at.drop();
    raw.send(announce(ROUTES.slice(30)), withdraw(ROUTES.slice(0, 10)));
    await until(() => at.connections === 2 && at.peers.get(PEER)?.endOfRibs === 1);
    expect([...of(at).routes].sort()).toEqual(nlris(ROUTES.slice(10)));
  });
});

it("leaves the routes of a peer that comes back meanwhile to its own UPDATEs", () => {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const world = new World();
  const slot = sessionSlot("client", PEER, { client: true });
  world.up(slot);
  world.announce(slot, ROUTES);
  const up = () => {
    const opens = { openSent: open(STATION), openReceived: open(STATION) };
    const ends = { localAddress: undefined, localPort: 179, remotePort: 40_000 };
    monitoring.peerUp(world.id(slot), slot.peer, false, { ...opens, ...ends });
  };
  const context = {
    clock,
    random: () => 0,
    transport: network.transport(OWN),
    log: silentLogger,
    wallClock: () => NOW,
    systemName: "rr1",
  };
  const monitoring = new Monitoring(collectorSettings([{ address: STATION, port: 1 }]), context, {
    peerCounts: (id) => world.rib.view.peerCounts(id),
    dumpReceived: (peers) => {
      // After the greeting, before the first part of the table.
      clock.schedule(0, () => {
        monitoring.peerDown(world.id(slot), { kind: "stopped" });
        up();
      });
      return world.rib.view.dumpReceived(peers);
    },
  });
  up();
  const heard: string[] = [];
  network.accept(STATION, (connection) => {
    connection.attach({
      onConnected: () => undefined,
      onData: (chunk) => {
        for (const { type } of decodeBmp(Buffer.from(chunk)).messages) heard.push(type);
      },
      onProgress: () => undefined,
      onDrain: () => undefined,
      onClosed: () => undefined,
    });
  });
  monitoring.start();
  clock.advance(1000);
  expect(heard).toEqual(["initiation", "peer-up", "peer-down", "peer-up"]);
  monitoring.stop();
});

describe("a collector that does not read", () => {
  it("is given up; sessions and other collectors do not notice", async () => {
    const { port, station: at } = await station();
    at.reads = false;
    const good = await station();
    const limit = 1024 * 1024;
    const own = new TestSpeaker(OWN, {
      monitoring: [
        { address: STATION, port, initialRetry: 86_400, maxRetry: 86_400, queueLimit: limit },
        { address: STATION, port: good.port, statisticsInterval: 0 },
      ],
    });
    closing.push(() => own.speaker.stop());
    own.speaker.setNeighbor({ address: parseIpAddress(PEER), asn: AS, passive: true });
    await own.speaker.start();
    await until(() => at.connections === 1 && good.station.connections === 1);
    const raw = await peer(own);
    const batch = hostRoutes(100);
    const updates = [announce(batch), withdraw(batch)];
    const lost = () => own.log.withMessage("BMP collector is lost");
    for (let sent = 0; lost().length === 0; sent++) {
      if (sent > 5000) throw new Error("nobody has given it up");
      raw.send(...updates, ...updates, ...updates, ...updates);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(lost()).toMatchObject([{ port, reason: `more than ${limit} octets wait for it` }]);
    raw.send(announce(ROUTES));
    await until(() => good.station.peers.get(PEER)?.routes.size === ROUTES.length);
    expect(own.neighbor().state).toBe("Established");
  });
});
