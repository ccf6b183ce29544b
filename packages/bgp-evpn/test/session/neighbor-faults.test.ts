import { parseAsn } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IDLE_HOLD_FIRST_MS } from "../../src/session/idle-hold.ts";
import { encodeMessage, MESSAGE } from "../../src/wire/header.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { decodeNotification } from "../../src/wire/notification.ts";
import { encodeRouteRefresh } from "../../src/wire/route-refresh.ts";
import { A, lastNotification, peerOpen, SHUTDOWN, scripted, typesOf, UPDATE } from "./neighbors.ts";

const openOfAnotherAs = peerOpen({
  asn: parseAsn(65001),
  capabilities: [{ kind: "multiprotocol", family: "l2vpn-evpn" }],
});

describe("a neighbour whose peer", () => {
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
