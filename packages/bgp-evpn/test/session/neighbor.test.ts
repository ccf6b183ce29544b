import { parseAsn, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/session/connection.ts";
import { IDLE_HOLD_FIRST_MS } from "../../src/session/idle-hold.ts";
import { silentLogger } from "../../src/session/logger.ts";
import type { Agreement } from "../../src/session/negotiation.ts";
import { Neighbor, type NeighborHost } from "../../src/session/neighbor.ts";
import { type NeighborOptions, neighborSettings } from "../../src/session/neighbor-options.ts";
import type { SessionEnd } from "../../src/session/session-end.ts";
import { encodeMessage, MESSAGE, messageType } from "../../src/wire/header.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { decodeNotification } from "../../src/wire/notification.ts";
import { encodeOpen, type OpenFields } from "../../src/wire/open.ts";
import { encodeRouteRefresh } from "../../src/wire/route-refresh.ts";
import { sessionReset } from "../../src/wire/session-reset.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeNetwork } from "./fake-network.ts";

const A = parseIpAddress("10.0.0.1");
const B = parseIpAddress("10.0.0.2");
const AS = parseAsn(65000);
const SHUTDOWN = sessionReset(6, 2, "test");

interface End {
  readonly neighbor: Neighbor;
  readonly log: string[];
  agreement: Agreement | undefined;
  updates: number;
  drained: number;
}

interface EndOptions extends Partial<NeighborOptions> {
  readonly localAsn?: number;
  readonly routerId?: string;
  readonly restartTime?: number;
  readonly random?: () => number;
}

/** A neighbour at `own` towards `peer`, listening there. */
const end = (
  clock: FakeClock,
  network: FakeNetwork,
  own: string,
  peer: string,
  options: EndOptions = {},
): End => {
  const { localAsn = AS, routerId = own, restartTime = 120, random = () => 0.5 } = options;
  const result: Omit<End, "neighbor"> = { log: [], agreement: undefined, updates: 0, drained: 0 };
  const host: NeighborHost = {
    established: (agreement) => {
      result.log.push("up");
      result.agreement = agreement;
    },
    lost: (reason: SessionEnd) => {
      result.log.push(reason.kind);
      result.agreement = undefined;
    },
    update: () => {
      result.updates++;
      return undefined;
    },
    routeRefresh: () => undefined,
    keepalive: () => undefined,
    drained: () => result.drained++,
  };
  const settings = neighborSettings({
    address: parseIpAddress(peer),
    asn: AS,
    holdTime: 9,
    ...options,
  });
  const context = {
    clock,
    random,
    transport: network.transport(own),
    log: silentLogger,
    local: {
      asn: parseAsn(localAsn),
      routerId: parseIpAddress(routerId),
      restartTime,
      isRestarting: () => false,
    },
  };
  const neighbor = new Neighbor(settings, context, host);
  network.accept(parseIpAddress(own), (connection) => neighbor.accept(connection));
  return Object.assign(result, { neighbor });
};

const pair = (left: EndOptions = {}, right: EndOptions = {}) => {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const a = end(clock, network, A, B, left);
  const b = end(clock, network, B, A, right);
  return { clock, network, a, b };
};

/** A neighbour and a peer that is played by the test, on the connection that the neighbour opens. */
const scripted = (options: EndOptions = {}) => {
  const clock = new FakeClock();
  const network = new FakeNetwork(clock);
  const a = end(clock, network, A, B, options);
  const received: Uint8Array[] = [];
  const connections: Connection[] = [];
  network.accept(B, (connection) => {
    connections.push(connection);
    listenOn(connection, received);
  });
  a.neighbor.start();
  clock.advance(10);
  const send = (bytes: Uint8Array): void => {
    connections.at(-1)?.write(bytes, 1);
    clock.advance(10);
  };
  return { clock, network, a, received, connections, send };
};

const listenOn = (connection: Connection, received: Uint8Array[]): void =>
  connection.attach({
    onConnected: () => undefined,
    onData: (chunk) => received.push(chunk),
    onProgress: () => undefined,
    onDrain: () => undefined,
    onClosed: () => undefined,
  });

const peerOpen = (changes: Partial<OpenFields> = {}): Uint8Array =>
  encodeOpen({
    asn: AS,
    holdTime: 90,
    routerId: B,
    capabilities: [
      { kind: "multiprotocol", family: "l2vpn-evpn" },
      { kind: "four-octet-as", asn: AS },
      { kind: "route-refresh" },
    ],
    ...changes,
  });

const openOfAnotherAs = peerOpen({
  asn: parseAsn(65001),
  capabilities: [{ kind: "multiprotocol", family: "l2vpn-evpn" }],
});

const typesOf = (received: readonly Uint8Array[]): number[] =>
  received.map((bytes) => messageType(bytes, 0));

/** "code/subcode" of the NOTIFICATION that was received last. */
const lastNotification = (received: readonly Uint8Array[]): string | undefined => {
  const bytes = received.findLast((message) => messageType(message, 0) === MESSAGE.NOTIFICATION);
  if (bytes === undefined) return undefined;
  const { code, subcode } = decodeNotification(bytes, 0, bytes.length);
  return `${code}/${subcode}`;
};

const UPDATE = encodeMessage(MESSAGE.UPDATE, new Uint8Array(4));

describe("two neighbours", () => {
  it("come up and agree on the lower hold time and on what both can", () => {
    const { clock, a, b } = pair({ holdTime: 9 }, { holdTime: 30 });
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(1000);
    for (const { agreement } of [a, b]) {
      expect(agreement?.holdTime).toBe(9);
      expect(agreement?.context).toMatchObject({
        fourOctetAs: true,
        extendedMessages: true,
        ibgp: true,
        families: ["l2vpn-evpn"],
      });
      expect(agreement?.restart).toEqual({ restartTime: 120, restarting: false, preserved: true });
    }
    expect(a.neighbor.status().state).toBe("Established");
  });

  it("stay up for hours on KEEPALIVEs alone, one in a third of the hold time", () => {
    const { clock, a, b } = pair();
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(3_600_000);
    expect(a.log).toEqual(["up"]);
    expect(b.log).toEqual(["up"]);
    // 3 s times a jitter factor of 0.875 with this source of randomness.
    const { keepalive } = a.neighbor.status().sent;
    expect(keepalive).toBeGreaterThan(3600 / 3);
    expect(keepalive).toBeLessThan(3600 / 2.25 + 3);
  });

  it("send no KEEPALIVE and never expire when one of them wants a hold time of 0", () => {
    const { clock, network, a, b } = pair({ holdTime: 0 });
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(1000);
    const before = a.neighbor.status().sent.keepalive;
    network.silent = true;
    clock.advance(3_600_000);
    expect(a.neighbor.status().sent.keepalive).toBe(before);
    expect(a.log).toEqual(["up"]);
    expect(b.log).toEqual(["up"]);
  });

  it("wait for the one that is not passive", () => {
    const { clock, network, a, b } = pair({ passive: true });
    a.neighbor.start();
    clock.advance(60_000);
    expect(network.connections).toHaveLength(0);
    b.neighbor.start();
    clock.advance(1000);
    expect(a.log).toEqual(["up"]);
    expect(a.neighbor.status().state).toBe("Established");
  });

  it("never connect when both are passive", () => {
    const { clock, network, a, b } = pair({ passive: true }, { passive: true });
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(600_000);
    expect(network.connections).toHaveLength(0);
    expect(a.neighbor.status().state).toBe("Active");
  });

  it("end up with one connection, the same at both ends, when both open at the same time", () => {
    const { clock, a, b } = pair();
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(1000);
    expect(a.log).toEqual(["up"]);
    expect(b.log).toEqual(["up"]);
    const atA = a.neighbor.status();
    const atB = b.neighbor.status();
    expect(atA.local).toEqual(atB.remote);
    // 10.0.0.2 has the higher identifier: the connection that it opened stays.
    expect(atB.remote?.port).toBe(179);
  });

  it("come up, on one connection, whatever the order and delay of their starts", () => {
    fc.assert(
      fc.property(
        fc.record({
          startOfB: fc.nat(40),
          latency: fc.integer({ min: 1, max: 15 }),
          randomA: fc.double({ min: 0, max: 0.99, noNaN: true }),
          randomB: fc.double({ min: 0, max: 0.99, noNaN: true }),
          idA: fc.constantFrom("10.0.0.1", "10.0.0.9"),
          passiveA: fc.boolean(),
        }),
        ({ startOfB, latency, randomA, randomB, idA, passiveA }) => {
          const { clock, network, a, b } = pair(
            { random: () => randomA, routerId: idA, passive: passiveA },
            { random: () => randomB },
          );
          network.latencyMs = latency;
          a.neighbor.start();
          clock.advance(startOfB);
          b.neighbor.start();
          clock.advance(60_000);
          expect(a.neighbor.status().state).toBe("Established");
          expect(b.neighbor.status().state).toBe("Established");
          expect(a.neighbor.status().local).toEqual(b.neighbor.status().remote);
          expect(network.connections.filter(({ closed }) => !closed)).toHaveLength(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are back after the connection breaks, within the idle hold time and an attempt", () => {
    const { clock, network, a, b } = pair();
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(1000);
    for (const connection of network.connections) connection.lost("ECONNRESET");
    for (const connection of network.connections) connection.other?.lost("ECONNRESET");
    expect(a.log).toEqual(["up", "connection-lost"]);
    clock.advance(1000);
    expect(a.log).toEqual(["up", "connection-lost", "up"]);
    expect(b.log).toEqual(["up", "connection-lost", "up"]);
    expect(a.neighbor.status()).toMatchObject({
      timesEstablished: 2,
      lastError: "connection lost: ECONNRESET",
    });
  });

  it("say Administrative Shutdown when one is stopped, and are up again when it is started", () => {
    const { clock, a, b } = pair();
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(1000);
    a.neighbor.stop(SHUTDOWN);
    clock.advance(1000);
    expect(b.log).toEqual(["up", "notification-received"]);
    expect(b.neighbor.status().lastError).toBe("received Cease/Administrative Shutdown");
    clock.advance(60_000);
    expect(a.neighbor.status().state).toBe("Idle");
    a.neighbor.start();
    clock.advance(60_000);
    expect(a.neighbor.status().state).toBe("Established");
  });

  it("refuse each other with Bad Peer AS when the AS is not the configured one", () => {
    const { clock, a, b } = pair({ localAsn: 65001 });
    a.neighbor.start();
    b.neighbor.start();
    clock.advance(1000);
    expect(a.log).toEqual([]);
    expect(`${a.neighbor.status().lastError} ${b.neighbor.status().lastError}`).toContain(
      "OPEN Message Error/Bad Peer AS",
    );
  });
});

describe("a neighbour whose peer", () => {
  it("falls silent says Hold Timer Expired after the hold time", () => {
    const { clock, a, received, send, network } = scripted();
    send(peerOpen({ holdTime: 9 }));
    send(encodeKeepalive());
    expect(a.log).toEqual(["up"]);
    clock.advance(8900);
    expect(a.log).toEqual(["up"]);
    clock.advance(200);
    expect(a.log).toEqual(["up", "notification-sent"]);
    expect(lastNotification(received)).toBe("4/0");
    expect(a.neighbor.status().lastError).toBe("sent Hold Timer Expired");
    expect(network.connections[0]?.closed).toBe(true);
  });

  it("never sends an OPEN is given four minutes", () => {
    const { clock, a, received } = scripted();
    clock.advance(239_000);
    expect(a.neighbor.status().state).toBe("OpenSent");
    clock.advance(2000);
    expect(lastNotification(received)).toBe("4/0");
  });

  it("is not blamed for the time in which this process stood still", () => {
    const { clock, a, send, connections } = scripted();
    send(peerOpen({ holdTime: 9 }));
    send(encodeKeepalive());
    clock.stall(60_000);
    // The hold timer is what runs first after the stall; the KEEPALIVE waits in the socket.
    connections[0]?.write(encodeKeepalive(), 1);
    clock.advance(100);
    expect(a.log).toEqual(["up"]);
    clock.advance(8000);
    expect(a.log).toEqual(["up"]);
    clock.advance(2000);
    expect(a.log).toEqual(["up", "notification-sent"]);
  });

  it("does not offer EVPN is told which capability is missing", () => {
    const { received, send } = scripted();
    send(peerOpen({ capabilities: [{ kind: "multiprotocol", family: "ipv4-unicast" }] }));
    const bytes = received.at(-1) ?? new Uint8Array(0);
    expect(decodeNotification(bytes, 0, bytes.length)).toMatchObject({
      code: 2,
      subcode: 7,
      // Code 1, length 4, AFI 25, SAFI 70.
      data: "010400190046",
    });
  });

  it.each([
    { what: "has our own identifier in our AS", bytes: peerOpen({ routerId: A }), error: "2/3" },
    { what: "is of another AS than configured", bytes: openOfAnotherAs, error: "2/2" },
    { what: "offers a hold time of 2 s", bytes: peerOpen({ holdTime: 2 }), error: "2/6" },
    { what: "sends KEEPALIVE instead of OPEN", bytes: encodeKeepalive(), error: "5/1" },
    { what: "sends UPDATE instead of OPEN", bytes: UPDATE, error: "5/1" },
    { what: "sends what is no BGP", bytes: new Uint8Array(100), error: "1/1" },
    { what: "sends an unknown type", bytes: encodeMessage(9, new Uint8Array(0)), error: "1/3" },
    {
      what: "sends KEEPALIVE with a body",
      bytes: encodeMessage(4, new Uint8Array(1)),
      error: "1/2",
    },
  ])("$what gets NOTIFICATION $error", ({ bytes, error }) => {
    const { a, received, send } = scripted();
    send(bytes);
    expect(lastNotification(received)).toBe(error);
    expect(a.neighbor.status().state).toBe("Idle");
  });

  it.each([
    { what: "an UPDATE before its KEEPALIVE", messages: [peerOpen(), UPDATE], error: "5/2" },
    {
      what: "a second OPEN",
      messages: [peerOpen(), encodeKeepalive(), peerOpen()],
      error: "5/3",
    },
    {
      what: "ROUTE-REFRESH before its KEEPALIVE",
      messages: [peerOpen(), encodeRouteRefresh({ family: "l2vpn-evpn", subtype: "request" })],
      error: "5/2",
    },
  ])("sends $what gets NOTIFICATION $error", ({ messages, error }) => {
    const { received, send } = scripted();
    for (const message of messages) send(message);
    expect(lastNotification(received)).toBe(error);
  });

  it("answers with NOTIFICATION is not answered, and waited for longer each time", () => {
    const { clock, a, connections, received } = scripted({ connectRetry: 65_535 });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 5; attempt++) {
      const connection = connections.at(-1);
      connection?.write(encodeMessage(MESSAGE.NOTIFICATION, Uint8Array.of(6, 5)), 1);
      clock.advance(3);
      expect(a.neighbor.status().state).toBe("Idle");
      const start = clock.now();
      while (a.neighbor.status().state === "Idle") clock.advance(1);
      waits.push(clock.now() - start);
      clock.advance(10);
    }
    expect(typesOf(received)).not.toContain(MESSAGE.NOTIFICATION);
    expect(a.neighbor.status().lastError).toBe("received Cease/Connection Rejected");
    for (const [i, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(0.75 * IDLE_HOLD_FIRST_MS * 2 ** i - 5);
      expect(wait).toBeLessThanOrEqual(IDLE_HOLD_FIRST_MS * 2 ** i + 5);
    }
  });

  it("does not answer at all is tried again after the connect retry time", () => {
    const clock = new FakeClock();
    const network = new FakeNetwork(clock);
    network.silent = true;
    const a = end(clock, network, A, B, { connectRetry: 5 });
    a.neighbor.start();
    clock.advance(22_000);
    expect(network.connections).toHaveLength(6);
    expect(network.connections.filter(({ closed }) => !closed)).toHaveLength(1);
    expect(a.neighbor.status().lastError).toContain("no answer");
  });

  it("is not there is tried again after the connect retry time, and may connect meanwhile", () => {
    const clock = new FakeClock();
    const network = new FakeNetwork(clock);
    const a = end(clock, network, A, B, { connectRetry: 60 });
    a.neighbor.start();
    clock.advance(1000);
    expect(a.neighbor.status()).toMatchObject({
      state: "Active",
      lastError: "connection lost: ECONNREFUSED",
    });
    const b = end(clock, network, B, A);
    b.neighbor.start();
    clock.advance(1000);
    expect(a.log).toEqual(["up"]);
  });

  it("reads nothing is cut off by the send hold timer, however many KEEPALIVEs it sends", () => {
    const { clock, network, a, send } = scripted({ sendHoldTime: 20 });
    send(peerOpen({ holdTime: 9 }));
    send(encodeKeepalive());
    const connection = network.connections[0];
    if (connection === undefined) throw new Error("there is no connection");
    connection.stuck = true;
    const big = new Uint8Array(700_000);
    expect(a.neighbor.send(big, 10)).toBe("continue");
    expect(a.neighbor.send(big, 10)).toBe("blocked");
    expect(a.neighbor.status()).toMatchObject({ queuedBytes: 1_400_000, queuedMessages: 20 });
    for (let second = 0; second < 18; second++) {
      send(encodeKeepalive());
      clock.advance(990);
    }
    expect(a.log).toEqual(["up"]);
    send(encodeKeepalive());
    clock.advance(2500);
    expect(a.log).toEqual(["up", "send-hold-expired"]);
  });

  it("reads again after having been stuck is told to be drained, and the session goes on", () => {
    const { clock, network, a, send } = scripted({ sendHoldTime: 20 });
    send(peerOpen({ holdTime: 0 }));
    send(encodeKeepalive());
    const connection = network.connections[0];
    if (connection === undefined) throw new Error("there is no connection");
    connection.stuck = true;
    expect(a.neighbor.send(new Uint8Array(2_000_000), 1)).toBe("blocked");
    clock.advance(15_000);
    expect(a.drained).toBe(0);
    connection.stuck = false;
    clock.advance(60_000);
    expect(a.drained).toBe(1);
    expect(a.log).toEqual(["up"]);
  });

  it("opens a new connection after a restart replaces its old session at once, silently", () => {
    const { clock, network, a, received, send } = scripted();
    const restart = {
      kind: "graceful-restart",
      restarted: true,
      notification: false,
      restartTime: 120,
      families: [{ family: "l2vpn-evpn", forwardingPreserved: true }],
    } as const;
    const capabilities = [{ kind: "multiprotocol", family: "l2vpn-evpn" }, restart] as const;
    send(peerOpen({ capabilities }));
    send(encodeKeepalive());
    clock.advance(1000);
    const again = network.connect(B, { address: A, port: 179, localAddress: B });
    const receivedAgain: Uint8Array[] = [];
    listenOn(again, receivedAgain);
    clock.advance(10);
    expect(typesOf(receivedAgain)).toEqual([MESSAGE.OPEN]);
    again.write(peerOpen({ capabilities }), 1);
    clock.advance(10);
    expect(a.log).toEqual(["up", "connection-lost"]);
    again.write(encodeKeepalive(), 1);
    clock.advance(10);
    expect(a.log).toEqual(["up", "connection-lost", "up"]);
    expect(lastNotification(received)).toBeUndefined();
  });

  it("opens a second connection without graceful restart keeps its first one", () => {
    const { clock, network, a, send } = scripted();
    send(peerOpen());
    send(encodeKeepalive());
    clock.advance(1000);
    const second = network.connect(B, { address: A, port: 179, localAddress: B });
    const received: Uint8Array[] = [];
    listenOn(second, received);
    clock.advance(10);
    second.write(peerOpen(), 1);
    clock.advance(10);
    expect(lastNotification(received)).toBe("6/7");
    expect(a.log).toEqual(["up"]);
    expect(second.closed).toBe(true);
  });

  it("opens connection after connection holds at most two", () => {
    const { clock, network, a, send } = scripted();
    send(peerOpen());
    send(encodeKeepalive());
    for (let i = 0; i < 20; i++) {
      listenOn(network.connect(B, { address: A, port: 179, localAddress: B }), []);
      clock.advance(10);
    }
    expect(network.connections.filter(({ closed }) => !closed)).toHaveLength(2);
    expect(a.log).toEqual(["up"]);
  });

  it("sends any bytes at any moment never breaks more than its own session", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 200 }),
            fc.constantFrom(peerOpen(), encodeKeepalive(), UPDATE),
            fc
              .tuple(fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 80 }))
              .map(([type, body]) => encodeMessage(type, body)),
          ),
          { maxLength: 8 },
        ),
        (messages) => {
          const { clock, a, send } = scripted();
          for (const message of messages) send(message);
          clock.advance(600_000);
          expect(a.log.filter((line) => line === "up").length).toBeLessThan(100);
          a.neighbor.stop(SHUTDOWN);
          clock.advance(1000);
          expect(a.neighbor.status().state).toBe("Idle");
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("a stopped neighbour", () => {
  it("refuses connections", () => {
    const { clock, network, a } = pair();
    const connection = network.connect(B, { address: A, port: 179, localAddress: B });
    clock.advance(10);
    expect(connection.closed).toBe(true);
    expect(a.neighbor.status()).toMatchObject({ state: "Idle", sinceMs: undefined });
  });

  it("leaves no timer behind, in whatever state it was", () => {
    for (const wait of [0, 1, 2, 3, 4, 5, 6, 8, 1000, 20_000]) {
      const { clock, a, b } = pair();
      a.neighbor.start();
      b.neighbor.start();
      clock.advance(wait);
      a.neighbor.stop(SHUTDOWN);
      b.neighbor.abandon();
      clock.advance(10);
      expect(clock.pending).toBe(0);
    }
  });
});
