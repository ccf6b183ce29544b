import { parseAsn, parseIpAddress } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import { SpeakerError } from "../src/errors.ts";
import { RawPeer } from "./loopback/raw-peer.ts";
import { AS, established, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";

const running: TestSpeaker[] = [];

const start = async (...args: ConstructorParameters<typeof TestSpeaker>): Promise<TestSpeaker> => {
  const speaker = new TestSpeaker(...args);
  running.push(speaker);
  await speaker.speaker.start();
  return speaker;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

/** The code of the `SpeakerError` that a promise rejects with. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: unknown) => (error instanceof SpeakerError ? error.code : String(error)),
  );

describe("a speaker", () => {
  it("refuses connections from addresses that are no neighbours, and logs them", async () => {
    const a = await start("127.0.0.1");
    const stranger = await RawPeer.connect("127.0.0.77", "127.0.0.1", a.port);
    await until(() => stranger.closed);
    expect(stranger.received).toEqual([]);
    expect(a.log.withMessage("connection refused: no neighbour has that address")).toEqual([
      { address: "127.0.0.77", suppressed: 0 },
    ]);
  });

  it("says which listen address is missing, in use or taken twice", async () => {
    const a = await start("127.0.0.1");
    const missing = new TestSpeaker("192.0.2.1");
    expect(await codeOf(missing.speaker.start())).toBe("listen-address-missing");
    const address = parseIpAddress("127.0.0.1");
    const taken = new TestSpeaker("127.0.0.1", { listen: [{ address, port: a.port }] });
    await expect(taken.speaker.start()).rejects.toThrow(
      `cannot listen for BGP on 127.0.0.1 port ${a.port}: another process listens there`,
    );
    await a.speaker.stop();
    await taken.speaker.start();
    running.push(taken);
    expect(await codeOf(taken.speaker.start())).toBe("already-started");
  });

  it("listens on nothing when it is stopped while it starts", async () => {
    const a = new TestSpeaker("127.0.0.1");
    await Promise.all([a.speaker.start(), a.speaker.stop()]);
    expect(a.speaker.summary().listening).toEqual([]);
    expect(await codeOf(a.speaker.start())).toBe("already-started");
  });

  it("listens on nothing when one of its addresses is missing", async () => {
    const [here, missing] = ["127.0.0.1", "192.0.2.1"].map(parseIpAddress);
    if (here === undefined || missing === undefined) throw new Error("no address");
    const a = new TestSpeaker("127.0.0.1", {
      listen: [
        { address: here, port: 0 },
        { address: missing, port: 0 },
      ],
    });
    expect(await codeOf(a.speaker.start())).toBe("listen-address-missing");
    expect(a.speaker.summary().listening).toEqual([]);
  });

  it("refuses options that BGP does not allow", async () => {
    const a = await start("127.0.0.1");
    const address = parseIpAddress("127.0.0.2");
    for (const wrong of [
      { holdTime: 2 },
      { holdTime: 65_536 },
      { sendHoldTime: 90 },
      { holdTime: 9, sendHoldTime: 9 },
      { port: 0 },
      { connectRetry: 0.5 },
      { localAddress: parseIpAddress("::1") },
    ]) {
      expect(() => a.speaker.setNeighbor({ address, asn: AS, ...wrong })).toThrow(SpeakerError);
    }
    expect(a.speaker.summary().neighbors).toEqual([]);
    expect(() => new TestSpeaker("127.0.0.1", { routerId: parseIpAddress("::1") })).toThrow(
      "routerId is ::1; it must be an IPv4 address",
    );
    expect(() => a.speaker.originate("none", type5("10.0.0.0/8", 1, "127.0.0.1"))).toThrow(
      SpeakerError,
    );
  });

  it("resets a session when its neighbour's settings change, but not for a description", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    a.peerWith(b, { holdTime: 9 });
    await established(a, b);
    const address = parseIpAddress("127.0.0.2");
    a.speaker.setNeighbor({ address, asn: AS, port: b.port, holdTime: 9, description: "new" });
    expect(a.neighbor()).toMatchObject({ state: "Established", description: "new" });
    a.speaker.setNeighbor({ address, asn: AS, port: b.port, holdTime: 30 });
    await until(() => a.neighbor().holdTime === 30);
    expect(b.neighbor().lastError).toBe("received Cease/Other Configuration Change");
  });

  it("drops the routes of a neighbour that is removed, and tells it", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    setVrf(a, "red", 100);
    setVrf(b, "red", 100);
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    a.peerWith(b);
    await until(() => b.routes("red").length === 1);
    b.speaker.removeNeighbor(parseIpAddress("127.0.0.1"));
    await until(() => b.routes("red").length === 0);
    await until(() => a.neighbor().lastError === "received Cease/Peer De-configured");
    expect(b.speaker.summary()).toMatchObject({ neighbors: [], table: { paths: 0 } });
  });

  it("does not come up with a neighbour of another AS", async () => {
    const a = await start("127.0.0.1");
    const b = await start("127.0.0.2");
    a.peerWith(b, { asn: parseAsn(65001) });
    await until(() => a.neighbor().lastError?.includes("Bad Peer AS") ?? false);
    expect(a.neighbor().lastError).toBe(
      "sent OPEN Message Error/Bad Peer AS: the peer says it is AS 65000; AS 65001 is configured",
    );
    expect(a.neighbor().state).not.toBe("Established");
  });
});
