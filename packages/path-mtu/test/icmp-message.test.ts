import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeIcmpAnswer, encodeEchoRequest } from "../src/icmp-message.ts";

const octets = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** Taken with tcpdump -xx on Linux 6.18: the answer to `ping -c 1 -s 8 -e 4660 192.0.2.2`. */
const REPLY = octets(
  "4500 0024 5a9b 0000 4001 9c18 c000 0202 c000 0201 0000 edca 1234 0001 0000000000000000",
);
/** And to one of 1500 octets with DF, from a router whose next link has 1400. */
const TOO_BIG = octets(
  "45c0 0240 0000 0000 4001 0000 c000 02fe c000 0201 0304 0000 0000 0578" +
    "4500 05dc 0000 4000 3f01 0000 c000 0201 c633 6402 0800 0000 1234 0007",
);

const ID = { identifier: 0x1234, sequence: 7 };

describe("an echo request", () => {
  test("has the octets asked for, its numbers, and a checksum that comes out", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 0xffff }),
        fc.nat({ max: 0xffff }),
        fc.integer({ min: 8, max: 9000 }),
        (identifier, sequence, length) => {
          const message = encodeEchoRequest({ identifier, sequence }, length);
          expect(message).toHaveLength(length);
          const view = new DataView(message.buffer);
          expect([view.getUint8(0), view.getUint8(1)]).toEqual([8, 0]);
          expect([view.getUint16(4), view.getUint16(6)]).toEqual([identifier, sequence]);
          let sum = 0;
          for (let at = 0; at < length; at++) {
            sum += (message[at] ?? 0) << (at % 2 === 0 ? 8 : 0);
          }
          while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
          expect(sum).toBe(0xffff);
        },
      ),
    );
  });
});

describe("an answer", () => {
  test("is read from a reply", () => {
    expect(decodeIcmpAnswer(REPLY)).toEqual({
      kind: "reply",
      from: parseIpAddress("192.0.2.2"),
      id: { identifier: 0x1234, sequence: 1 },
    });
  });

  test("is read from a router's refusal, with its MTU and what it is about", () => {
    expect(decodeIcmpAnswer(TOO_BIG)).toEqual({
      kind: "too big",
      from: parseIpAddress("192.0.2.254"),
      mtu: 1400,
      destination: parseIpAddress("198.51.100.2"),
      id: ID,
    });
  });

  test("is not read from a refusal of another kind, nor from one about another packet", () => {
    const unreachable = Uint8Array.from(TOO_BIG);
    unreachable[21] = 1;
    expect(decodeIcmpAnswer(unreachable)).toBeUndefined();
    const aboutUdp = Uint8Array.from(TOO_BIG);
    aboutUdp[28 + 9] = 17;
    expect(decodeIcmpAnswer(aboutUdp)).toBeUndefined();
    expect(decodeIcmpAnswer(encodeEchoRequest(ID, 64))).toBeUndefined();
  });

  test("is nothing, and no error, of octets that make no sense", () => {
    const damaged = fc
      .record({
        seed: fc.constantFrom(REPLY, TOO_BIG),
        changes: fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }),
        cut: fc.nat(60),
      })
      .map(({ seed, changes, cut }) => {
        const bytes = Uint8Array.from(seed);
        for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
        return bytes.subarray(0, Math.max(0, bytes.length - cut));
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        expect(["reply", "too big", undefined]).toContain(decodeIcmpAnswer(bytes)?.kind);
      }),
      { numRuns: 5000 },
    );
  });
});
