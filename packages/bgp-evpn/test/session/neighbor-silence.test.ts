import { describe, expect, it } from "vitest";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeNetwork } from "./fake-network.ts";
import { A, B, end, lastNotification, peerOpen, scripted } from "./neighbors.ts";

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
    const { clock, network, a, send } = scripted({ holdTime: 9, sendHoldTime: 20 });
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

  it("reads nothing is waited for, when one of both wants no hold time (RFC 9687 section 4.3)", () => {
    const { clock, network, a, send } = scripted({ holdTime: 9, sendHoldTime: 20 });
    send(peerOpen({ holdTime: 0 }));
    send(encodeKeepalive());
    const connection = network.connections[0];
    if (connection === undefined) throw new Error("there is no connection");
    connection.stuck = true;
    expect(a.neighbor.send(new Uint8Array(2_000_000), 1)).toBe("blocked");
    clock.advance(3_600_000);
    expect(a.log).toEqual(["up"]);
  });

  it("reads again after having been stuck is told to be drained, and the session goes on", () => {
    const { clock, network, a, send } = scripted({ holdTime: 90, sendHoldTime: 100 });
    send(peerOpen({ holdTime: 90 }));
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
});
