import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MESSAGE } from "../../src/wire/header.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import {
  A,
  B,
  lastNotification,
  listenOn,
  pair,
  peerOpen,
  scripted,
  typesOf,
} from "./neighbors.ts";

describe("two neighbours", () => {
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
});

describe("a neighbour whose peer", () => {
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
});
