import fc from "fast-check";
import { expect, test } from "vitest";
import { leavesRoom, UpdatePacker } from "../../src/rib/update-packer.ts";
import { DEFAULT_CONTEXT } from "../../src/wire/codec-context.ts";
import { frameLength } from "../../src/wire/header.ts";
import { bytesFromHex, hex } from "../../src/wire/hex.ts";
import { decodeUpdate } from "../../src/wire/update-decode.ts";
import { scanUpdate, UpdateScan } from "../../src/wire/update-scan.ts";

const CONTEXT = { ...DEFAULT_CONTEXT, extendedMessages: true };
const ATTRIBUTES = bytesFromHex("40010100" + "400200" + "40050400000064");
const NEXT_HOP = bytesFromHex("0a000009");

/** A route of a type that the codec keeps opaque, of any length. */
const route = fc.integer({ min: 0, max: 255 }).map((length) => {
  const bytes = new Uint8Array(2 + length).fill(length);
  bytes.set([200, length]);
  return bytes;
});

interface Packed {
  readonly nlri: string;
  readonly lengths: readonly number[];
}

/** Packs routes as the sender does and reads the messages back. */
function pack(
  routes: readonly Uint8Array[],
  maxMessage: number,
  kind: "announce" | "withdraw",
  attributes = ATTRIBUTES,
): Packed {
  const packer = new UpdatePacker();
  if (kind === "withdraw") packer.startWithdrawal(maxMessage);
  else packer.startAnnouncement(NEXT_HOP, 0, 4, attributes, attributes.length, maxMessage);
  const chunks: Uint8Array[] = [];
  for (const nlri of routes) {
    if (!packer.hasRoomFor(nlri.length)) {
      packer.close();
      if (packer.isFull) chunks.push(packer.take());
    }
    packer.add(nlri, 0, nlri.length);
  }
  chunks.push(packer.take());
  expect(packer.messages).toBe(0);
  return read(chunks, kind);
}

function read(chunks: readonly Uint8Array[], kind: "announce" | "withdraw"): Packed {
  const scan = new UpdateScan();
  const lengths: number[] = [];
  let nlri = "";
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const length = frameLength(chunk, at, chunk.length, CONTEXT);
      expect(scanUpdate(chunk, at, length, CONTEXT, scan)).toBeUndefined();
      expect(scan.errors).toEqual([]);
      const isReach = kind === "announce";
      const offset = isReach ? scan.reachNlriOffset : scan.unreachNlriOffset;
      const size = isReach ? scan.reachNlriLength : scan.unreachNlriLength;
      nlri += hex(chunk.subarray(offset, offset + size));
      lengths.push(length);
      at += length;
    }
  }
  return { nlri, lengths };
}

test("all routes are in the messages, in their order, and no message is too long", () => {
  fc.assert(
    fc.property(
      fc.array(route, { maxLength: 300 }),
      fc.constantFrom(4096, 65535),
      fc.constantFrom("announce" as const, "withdraw" as const),
      (routes, maxMessage, kind) => {
        const { lengths, nlri } = pack(routes, maxMessage, kind);
        expect(nlri).toBe(routes.map(hex).join(""));
        expect(lengths.every((length) => length <= maxMessage)).toBe(true);
        // No message could have taken the first route of the next one: they are packed tightly.
        expect(lengths.slice(0, -1).every((length) => length > maxMessage - 257)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("a message is filled to its last octet", () => {
  const withOne = pack([new Uint8Array([200, 0])], 4096, "announce").lengths[0] ?? 0;
  const routes = Array.from({ length: 4 }, () => new Uint8Array(257).fill(200).fill(255, 1, 2));
  const room = withOne + routes.length * 257;
  const last = (length: number): Uint8Array =>
    new Uint8Array([200, length, ...new Uint8Array(length)]);
  expect(pack([last(0), ...routes, last(8)], room + 10, "announce").lengths).toEqual([room + 10]);
  expect(pack([last(0), ...routes, last(9)], room + 10, "announce").lengths).toHaveLength(2);
});

test("the MP attribute comes first (RFC 7606 section 5.1), then the attributes as given", () => {
  const packer = new UpdatePacker();
  packer.startAnnouncement(NEXT_HOP, 0, 4, ATTRIBUTES, ATTRIBUTES.length, 4096);
  packer.add(new Uint8Array([200, 0]), 0, 2);
  const bytes = packer.take();
  const update = decodeUpdate(bytes, 0, bytes.length, CONTEXT);
  expect(update.attributes.map(({ kind }) => kind)).toEqual([
    "mp-reach",
    "origin",
    "as-path",
    "local-pref",
  ]);
});

test("the End-of-RIB marker is one message of its own", () => {
  const packer = new UpdatePacker();
  packer.addEndOfRib();
  expect(packer.messages).toBe(1);
  const bytes = packer.take();
  expect(decodeUpdate(bytes, 0, bytes.length, CONTEXT).endOfRib).toBe("l2vpn-evpn");
});

test("attributes leave room when any one route fits beside them", () => {
  const longest = new Uint8Array(257).fill(200).fill(255, 1, 2);
  const attributes = (length: number): Uint8Array =>
    bytesFromHex(
      `40010100400200${"40050400000064"}d0c8${(length - 18).toString(16).padStart(4, "0")}${"00".repeat(length - 18)}`,
    );
  let most = 0;
  for (let length = 3000; leavesRoom(4, length, 4096); length++) most = length;
  expect(pack([longest], 4096, "announce", attributes(most)).lengths).toEqual([4096]);
  expect(leavesRoom(4, most + 1, 4096)).toBe(false);
});
