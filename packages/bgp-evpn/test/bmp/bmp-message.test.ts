import { type IpAddress, isAsn, parseAsn, parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeInitiation,
  encodePeerDown,
  encodePeerUp,
  encodeRouteMonitoring,
  encodeStatisticsReport,
  encodeTermination,
  type PeerDownReason,
  type Statistic,
} from "../../src/bmp/bmp-message.ts";
import type { MonitoredPeer } from "../../src/bmp/per-peer-header.ts";
import { encodeKeepalive } from "../../src/wire/keepalive.ts";
import { encodeNotification } from "../../src/wire/notification.ts";
import { encodeOpen } from "../../src/wire/open.ts";
import { type BmpMessage, decodeBmp } from "./bmp-decode.ts";

const ipv4 = fc.ipV4().map(parseIpAddress);
const address = fc.oneof(ipv4, fc.ipV6().map(parseIpAddress));
const peers: fc.Arbitrary<MonitoredPeer> = fc.record({
  address,
  asn: fc.integer({ min: 1, max: 0xffffffff }).filter(isAsn),
  routerId: ipv4,
});
/** Milliseconds since 1970, with fractions, as long as seconds have 32 bits. */
const times = fc.double({ min: 0, max: 0xffffffff * 1000, noNaN: true });
const octets = fc.uint8Array({ maxLength: 300 });

const only = (bytes: Uint8Array): BmpMessage => {
  const { length, messages } = decodeBmp(Buffer.from(bytes));
  expect(length).toBe(bytes.length);
  expect(messages).toHaveLength(1);
  const [message] = messages;
  if (message === undefined) throw new Error("there is no message");
  return message;
};

/** The per-peer header as it must be. */
const headerOf = (peer: MonitoredPeer, timeMs: number, legacy = false) => ({
  type: 0,
  flags: (peer.address.includes(":") ? 0x80 : 0) | (legacy ? 0x20 : 0),
  distinguisher: "0000000000000000",
  address: peer.address,
  asn: peer.asn,
  routerId: peer.routerId,
  seconds: Math.floor(timeMs / 1000),
  microseconds: Math.floor((timeMs % 1000) * 1000),
});

const unspecified = (like: IpAddress) => parseIpAddress(like.includes(":") ? "::" : "0.0.0.0");
const buffer = (bytes: Uint8Array) => Buffer.from(bytes);

describe("a BMP message", () => {
  test("Initiation carries name and description of the system", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (sysName, sysDescr) => {
        expect(only(encodeInitiation({ sysDescr, sysName }))).toEqual({
          type: "initiation",
          tlvs: [
            [1, buffer(new TextEncoder().encode(sysDescr))],
            [2, buffer(new TextEncoder().encode(sysName))],
          ],
        });
      }),
    );
  });

  test("Termination carries its reason, and a text if there is one", () => {
    expect(only(encodeTermination(0, "maintenance"))).toEqual({
      type: "termination",
      tlvs: [
        [1, Buffer.of(0, 0)],
        [0, Buffer.from("maintenance")],
      ],
    });
    expect(only(encodeTermination(2, ""))).toEqual({
      type: "termination",
      tlvs: [[1, Buffer.of(0, 2)]],
    });
  });

  test("Peer Up carries both ends and both OPENs as they were", () => {
    const port = fc.integer({ min: 0, max: 0xffff });
    const open = fc
      .record({ asn: fc.constant(parseAsn(65000)), holdTime: fc.constant(90), routerId: ipv4 })
      .map((fields) => encodeOpen({ ...fields, capabilities: [{ kind: "route-refresh" }] }));
    fc.assert(
      fc.property(
        peers,
        times,
        fc.boolean(),
        fc.record({ localPort: port, remotePort: port, openSent: open, openReceived: open }),
        (peer, time, isKnown, fields) => {
          const localAddress = isKnown ? peer.address : undefined;
          expect(only(encodePeerUp(peer, time, { ...fields, localAddress }))).toEqual({
            type: "peer-up",
            peer: headerOf(peer, time),
            localAddress: localAddress ?? unspecified(peer.address),
            localPort: fields.localPort,
            remotePort: fields.remotePort,
            opens: [buffer(fields.openSent), buffer(fields.openReceived)],
          });
        },
      ),
    );
  });

  const notification = encodeNotification({ code: 6, subcode: 2, data: new Uint8Array(0) });
  test.each<[PeerDownReason, number, Uint8Array]>([
    [{ kind: "notification-sent", message: notification }, 1, notification],
    [{ kind: "closed-locally", fsmEvent: 29 }, 2, Uint8Array.of(0, 29)],
    [{ kind: "notification-received", message: notification }, 3, notification],
    [{ kind: "closed-remotely" }, 4, new Uint8Array(0)],
    [{ kind: "not-monitored" }, 5, new Uint8Array(0)],
  ])("Peer Down of %j has its reason and data", (reason, code, data) => {
    const peer = {
      address: parseIpAddress("10.0.0.2"),
      asn: parseAsn(1),
      routerId: parseIpAddress("10.0.0.2"),
    };
    expect(only(encodePeerDown(peer, 1500, reason))).toEqual({
      type: "peer-down",
      peer: headerOf(peer, 1500),
      reason: code,
      data: buffer(data),
    });
  });

  test("Route Monitoring carries the UPDATE octet by octet, and the flag for old AS paths", () => {
    fc.assert(
      fc.property(
        peers,
        times,
        fc.boolean(),
        octets,
        octets,
        (peer, time, legacy, body, around) => {
          // Any message with the type of an UPDATE serves: it is not looked into.
          const update = Uint8Array.from([...encodeKeepalive(), ...body]);
          update[16] = update.length >> 8;
          update[17] = update.length & 0xff;
          update[18] = 2;
          const stream = Uint8Array.from([...around, ...update, ...around]);
          const { length } = around;
          const message = encodeRouteMonitoring(peer, time, legacy, stream, length, update.length);
          stream.fill(0xee);
          expect(only(message)).toEqual({
            type: "route-monitoring",
            peer: headerOf(peer, time, legacy),
            update: buffer(update),
          });
        },
      ),
    );
  });

  test("Statistics Report has counters of 32 bits, gauges of 64 bits and gauges of a family", () => {
    const statistics: readonly Statistic[] = [
      { type: 4, value: 0x1_0000_0007 },
      { type: 7, value: 0x2_0000_0003 },
      { type: 9, value: 5, family: "l2vpn-evpn" },
    ];
    fc.assert(
      fc.property(peers, times, (peer, time) => {
        expect(only(encodeStatisticsReport(peer, time, statistics))).toEqual({
          type: "statistics-report",
          peer: headerOf(peer, time),
          statistics: [
            [4, Buffer.from("00000007", "hex")],
            [7, Buffer.from("0000000200000003", "hex")],
            [9, Buffer.from("0019460000000000000005", "hex")],
          ],
        });
      }),
    );
  });
});
