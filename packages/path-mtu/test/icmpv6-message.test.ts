import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeIcmp6Answer, encodeEchoRequest6 } from "../src/icmpv6-message.ts";

const octets = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** Taken with tcpdump -xx on Linux 6.18: the answer to `ping -c 1 -s 8 -e 4660 2001:db8:b::2`, without the IPv6 header. */
const REPLY = octets("8100 04e6 1234 0001 0001 0203 0405 0607");
/** And to one of 1500 octets, from a router whose next link has 1400; the beginning. */
const TOO_BIG = octets(
  "0200 5316 0000 0578" +
    "6002 4bf9 05b4 3a40 2001 0db8 000a 0000 0000 0000 0000 0001 2001 0db8 000b 0000 0000 0000 0000 0002" +
    "8000 45b8 1234 0001 ec85 056b 0000 0000",
);
const ROUTER = parseIpAddress("2001:db8:a::fe");
const FAR = parseIpAddress("2001:db8:b::2");
const ID = { identifier: 0x1234, sequence: 1 };

test("an echo request has the octets asked for and its numbers", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 0xffff }),
      fc.nat({ max: 0xffff }),
      fc.integer({ min: 8, max: 9000 }),
      (identifier, sequence, length) => {
        const message = encodeEchoRequest6({ identifier, sequence }, length);
        expect(message).toHaveLength(length);
        // As a reply it is the same but for the type.
        message[0] = 129;
        const reply = { kind: "reply", from: FAR, id: { identifier, sequence } };
        expect(decodeIcmp6Answer(message, FAR)).toEqual(reply);
      },
    ),
  );
  expect([...encodeEchoRequest6(ID, 8)]).toEqual([128, 0, 0, 0, 0x12, 0x34, 0, 1]);
});

describe("an answer", () => {
  test("is read from a reply", () => {
    expect(decodeIcmp6Answer(REPLY, FAR)).toEqual({ kind: "reply", from: FAR, id: ID });
  });

  test("is read from a router's refusal, with its MTU and what it is about", () => {
    expect(decodeIcmp6Answer(TOO_BIG, ROUTER)).toEqual({
      kind: "too big",
      from: ROUTER,
      mtu: 1400,
      destination: FAR,
      id: ID,
    });
  });

  test("is not read from a refusal of another kind, nor from one about another packet", () => {
    const unreachable = Uint8Array.from(TOO_BIG);
    unreachable[0] = 1;
    expect(decodeIcmp6Answer(unreachable, ROUTER)).toBeUndefined();
    const aboutUdp = Uint8Array.from(TOO_BIG);
    aboutUdp[8 + 6] = 17;
    expect(decodeIcmp6Answer(aboutUdp, ROUTER)).toBeUndefined();
    const aboutReply = Uint8Array.from(TOO_BIG);
    aboutReply[8 + 40] = 129;
    expect(decodeIcmp6Answer(aboutReply, ROUTER)).toBeUndefined();
    expect(decodeIcmp6Answer(encodeEchoRequest6(ID, 64), FAR)).toBeUndefined();
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
        expect(["reply", "too big", undefined]).toContain(decodeIcmp6Answer(bytes, FAR)?.kind);
      }),
      { numRuns: 5000 },
    );
  });
});
