import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAddress } from "../src/address.ts";
import { decodeFdbEntry } from "../src/fdb.ts";
import { decodeLink } from "../src/link.ts";
import { decodeNeighbour } from "../src/neighbour.ts";
import { decodeNexthop } from "../src/nexthop.ts";
import { decodeRoute } from "../src/route.ts";
import { decodeEvents } from "../src/route-monitor.ts";
import { decodeErrno, decodeExtack } from "../src/wire/error-message.ts";
import { MalformedMessage } from "../src/wire/malformed-message.ts";
import { MessageReader } from "../src/wire/message-reader.ts";
import { answer } from "./fake-kernel.ts";
import { VECTORS } from "./vectors/iproute2.ts";

const DECODERS: Readonly<Record<string, (message: MessageReader) => unknown>> = {
  decodeLink,
  decodeAddress,
  decodeRoute,
  decodeNexthop,
  decodeNeighbour,
  decodeFdbEntry,
  "decodeErrno and decodeExtack": (message) => [decodeErrno(message), decodeExtack(message)],
};

/** What decoding the first `length` octets gives: values, or that they are malformed. */
function decodeAll(
  decode: (message: MessageReader) => unknown,
  bytes: Uint8Array,
  length: number,
): unknown {
  try {
    const message = new MessageReader(bytes, length);
    const values: unknown[] = [];
    while (message.next()) {
      values.push(decode(message));
    }
    return values;
  } catch (error) {
    if (error instanceof MalformedMessage) {
      return "malformed";
    }
    throw error;
  }
}

/** The octets with others behind them, which must not matter. */
function followedBy(bytes: Uint8Array, octet: number): Uint8Array {
  const all = new Uint8Array(bytes.length + 64).fill(octet);
  all.set(bytes);
  return all;
}

const seeds = [
  ...Object.values(VECTORS).map(({ hex }) => new Uint8Array(Buffer.from(hex, "hex"))),
  answer(1, 17, "A VXLAN device with the specified VNI already exists"),
];

/** Well-formed messages with some octets changed and maybe the end cut off. */
const damaged = fc
  .record({
    seed: fc.constantFrom(...seeds),
    changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    cut: fc.oneof(fc.constant(0), fc.nat({ max: 40 })),
  })
  .map(({ seed, changes, cut }) => {
    const bytes = seed.slice(0, Math.max(0, seed.length - cut));
    for (const [position, octet] of changes) {
      if (bytes.length > 0) {
        bytes[position % bytes.length] = octet;
      }
    }
    // A cut datagram with the length of the whole one would be refused at once, so it is put right.
    if (bytes.length >= 16 && cut > 0) {
      new DataView(bytes.buffer).setUint32(0, bytes.length, true);
    }
    return bytes;
  });

describe.each(Object.entries(DECODERS))("%s", (_name, decode) => {
  test.each([
    ["damaged messages", damaged],
    ["random octets", fc.uint8Array({ maxLength: 200 })],
  ])(
    "gives a value or MalformedMessage for %s and reads nothing beyond the end",
    (_what, octets) => {
      fc.assert(
        fc.property(octets, (bytes) => {
          const alone = decodeAll(decode, bytes, bytes.length);
          expect(decodeAll(decode, followedBy(bytes, 0x00), bytes.length)).toEqual(alone);
          expect(decodeAll(decode, followedBy(bytes, 0xff), bytes.length)).toEqual(alone);
        }),
        { numRuns: 2000 },
      );
    },
  );
});

test("decodeEvents throws nothing but MalformedMessage for octets that make no sense", () => {
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      try {
        expect(Array.isArray(decodeEvents(new MessageReader(bytes, bytes.length)))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a request is a message like the kernel's own, and decodes to what was asked for", () => {
  const decodeVector = <T>(name: string, decode: (message: MessageReader) => T): T => {
    const bytes = Buffer.from(VECTORS[name]?.hex ?? "", "hex");
    const message = new MessageReader(bytes, bytes.length);
    message.next();
    return decode(message);
  };
  expect(decodeVector("creates a VXLAN device over IPv4", decodeLink)).toMatchObject({
    name: "vx9",
    mtu: 1450,
    mac: "02:00:0a:00:00:01",
    detail: {
      kind: "vxlan",
      vni: 9,
      local: "10.0.0.1",
      port: 4789,
      learning: false,
      ttl: 64,
      udpChecksum: true,
    },
  });
  expect(decodeVector("creates a VXLAN device over IPv6", decodeLink)?.detail).toMatchObject({
    local: "2001:db8::1",
    learning: true,
    udpChecksum: true,
  });
  expect(decodeVector("replaces an IPv4 route by IPv6 gateway", decodeRoute)).toEqual({
    destination: "10.1.3.0/24",
    via: { kind: "gateway", address: "fe80::9", link: 5, onlink: false },
    protocol: 201,
    metric: 0,
    source: undefined,
  });
  expect(decodeVector("replaces a next-hop group", decodeNexthop)).toEqual({
    id: 13,
    via: {
      kind: "group",
      members: [
        { id: 1, weight: 3 },
        { id: 2, weight: 256 },
      ],
    },
    protocol: 201,
  });
  expect(decodeVector("replaces an FDB next hop", decodeNexthop).via).toEqual({
    kind: "fdb",
    address: "10.0.0.2",
  });
  expect(decodeVector("replaces an FDB group", decodeNexthop).via).toMatchObject({
    kind: "fdb-group",
  });
  expect(decodeVector("replaces a static FDB entry", decodeFdbEntry)).toMatchObject({
    state: "static",
    table: "self",
    destination: "10.0.0.2",
  });
  expect(decodeVector("replaces an IPv6 address", decodeAddress)).toMatchObject({
    address: "2001:db8:9::1",
    length: 128,
  });
});
