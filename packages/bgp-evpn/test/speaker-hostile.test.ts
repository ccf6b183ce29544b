import { parseIpAddress } from "@selvedge/net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_CONTEXT } from "../src/wire/codec-context.ts";
import { MESSAGE } from "../src/wire/header.ts";
import { encodeKeepalive } from "../src/wire/keepalive.ts";
import { decodeMessage } from "../src/wire/message.ts";
import { encodeRouteRefresh } from "../src/wire/route-refresh.ts";
import { open, RawPeer } from "./loopback/raw-peer.ts";
import { AS, established, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";
import { mutated } from "./wire/mutation.ts";
import { updateVectors } from "./wire/vectors.ts";

const PEER = parseIpAddress("127.0.0.66");

let speaker: TestSpeaker;
let peers: RawPeer[] = [];

beforeEach(async () => {
  speaker = new TestSpeaker("127.0.0.1");
  setVrf(speaker, "red", 100);
  speaker.speaker.originate("red", type5("10.0.0.0/24", 5001, "127.0.0.1"));
  await speaker.speaker.start();
});

afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.close()));
  peers = [];
  await speaker.speaker.stop();
});

/** Forgets the failures of before, so that the next connection is not refused. */
const welcome = (): void => {
  speaker.speaker.removeNeighbor(PEER);
  speaker.speaker.setNeighbor({ address: PEER, asn: AS, passive: true });
};

const connect = async (): Promise<RawPeer> => {
  welcome();
  const peer = await RawPeer.connect(PEER, "127.0.0.1", speaker.port);
  peers.push(peer);
  return peer;
};

const session = async (): Promise<RawPeer> => {
  const peer = await connect();
  await peer.establish(PEER);
  await established(speaker);
  return peer;
};

/** The speaker still talks BGP with a well-behaved neighbour. */
const expectAlive = async (): Promise<void> => {
  const friend = new TestSpeaker("127.0.0.2");
  setVrf(friend, "red", 100);
  await friend.speaker.start();
  friend.peerWith(speaker);
  await until(() => friend.routes("red").length === 1);
  await friend.speaker.stop();
  speaker.speaker.removeNeighbor(parseIpAddress("127.0.0.2"));
};

describe("a speaker with a hostile peer", () => {
  it("survives any octets instead of an OPEN", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 5000 }), async (bytes) => {
        const peer = await connect();
        peer.send(bytes);
        if (bytes.length >= 19) await until(() => peer.closed || peer.notification !== undefined);
        await peer.close();
      }),
      { numRuns: 30 },
    );
    await expectAlive();
  });

  it("survives an OPEN that is broken in any way", async () => {
    await fc.assert(
      fc.asyncProperty(mutated(fc.constant(open(PEER))), async (bytes) => {
        const peer = await connect();
        peer.send(bytes);
        await until(() => peer.received.length >= 1);
        await peer.close();
      }),
      { numRuns: 30 },
    );
    await expectAlive();
  });

  it("survives any octets in a session", async () => {
    const message = fc.oneof(
      fc.uint8Array({ minLength: 19, maxLength: 200 }),
      mutated(fc.constantFrom(...updateVectors().map(({ bytes }) => bytes))),
      mutated(fc.constant(encodeRouteRefresh({ family: "l2vpn-evpn", subtype: "request" }))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
        const peer = await session();
        peer.send(...messages);
        // It has been read when the answer to the end of the connection comes.
        peer.socket.end();
        await until(() => peer.closed);
      }),
      { numRuns: 40 },
    );
    await expectAlive();
  });

  // What the session agrees on is less than what the vectors were written for.
  const context = { ...DEFAULT_CONTEXT, families: ["l2vpn-evpn"] } as const;
  const malformed = updateVectors().flatMap((vector) => {
    const value = decodeMessage(vector.bytes, context);
    const isMalformed = value.kind === "update" && value.treatment !== "accept";
    return isMalformed ? [{ name: vector.name, bytes: vector.bytes, value }] : [];
  });

  it.each(malformed)("handles $name as RFC 7606 says", async ({ bytes, value }) => {
    const peer = await session();
    peer.send(bytes, encodeKeepalive());
    if (value.treatment === "session-reset") {
      await until(() => peer.closed);
      const error = value.errors.find(({ treatment }) => treatment === "session-reset");
      expect(peer.notification).toBe(`${error?.code}/${error?.subcode}`);
      expect(speaker.neighbor().lastError).toContain("sent UPDATE Message Error");
    } else {
      await until(() => speaker.neighbor().received.keepalive === 2);
      expect(speaker.neighbor()).toMatchObject({ state: "Established", prefixesReceived: 0 });
    }
    const [line] = speaker.log.withMessage("malformed UPDATE");
    expect(line).toMatchObject({ neighbor: PEER, hex: Buffer.from(bytes).toString("hex") });
    for (const { reason } of value.errors) expect(line?.["reason"]).toContain(reason);
  });

  it("withdraws the route that a malformed UPDATE announces again", async () => {
    const bad = updateVectors().find(({ name }) => name === "undefined ORIGIN");
    if (bad === undefined) throw new Error("the vector is missing");
    const peer = await session();
    const good = Buffer.from(bad.hex.replace("40010103", "40010100"), "hex");
    expect(good).not.toEqual(Buffer.from(bad.bytes));
    peer.send(good);
    await until(() => speaker.neighbor().prefixesReceived === 1);
    peer.send(bad.bytes);
    await until(() => speaker.neighbor().prefixesReceived === 0);
    expect(speaker.neighbor()).toMatchObject({ state: "Established" });
  });

  it("writes a bounded number of lines however many malformed UPDATEs come", async () => {
    const bad = updateVectors().find(({ name }) => name === "undefined ORIGIN");
    if (bad === undefined) throw new Error("the vector is missing");
    const peer = await session();
    for (let n = 0; n < 500; n++) peer.send(bad.bytes);
    await until(() => speaker.neighbor().received.update === 500);
    expect(speaker.log.withMessage("malformed UPDATE")).toHaveLength(10);
    expect(speaker.neighbor().rejected?.malformed).toBe(500);
  });

  it("answers any number of ROUTE-REFRESHs without holding up others", async () => {
    const peer = await session();
    const request = encodeRouteRefresh({ family: "l2vpn-evpn", subtype: "request" });
    for (let n = 0; n < 2000; n++) peer.send(request);
    await until(() => speaker.neighbor().received.routeRefresh === 2000);
    await until(() => peer.ofType(MESSAGE.UPDATE).length > 1);
    await expectAlive();
  });
});
