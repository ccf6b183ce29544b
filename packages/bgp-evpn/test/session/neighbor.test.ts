import { describe, expect, it } from "vitest";
import { A, B, pair, SHUTDOWN } from "./neighbors.ts";

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
        families: ["l2vpn-evpn", "rtc"],
      });
      expect(agreement?.restart).toEqual({
        restartTime: 120,
        restarting: false,
        notification: true,
        preserved: false,
      });
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
