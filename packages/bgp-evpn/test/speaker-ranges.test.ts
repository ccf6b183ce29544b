/** Neighbours out of ranges, over loopback; with passwords between namespaces. */

import { type IpPrefix, parseAsn, parseIpAddress, parseIpPrefix } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import type { NeighborOptions } from "../src/session/neighbor-options.ts";
import type { NeighborRangeOptions } from "../src/session/neighbor-range.ts";
import type { SpeakerOptions } from "../src/speaker-options.ts";
import { makeRow } from "./loopback/namespaces.ts";
import { RawPeer } from "./loopback/raw-peer.ts";
import { AS, established, setVrf, TestSpeaker, type5, until } from "./loopback/speakers.ts";
import { FakeClock } from "./session/fake-clock.ts";

const RANGE: IpPrefix = parseIpPrefix("127.0.0.0/24");
const OTHER_AS = parseAsn(65001);
const FAST = { connectRetry: 1, holdTime: 9 };
const running: TestSpeaker[] = [];

const start = async (
  address: string,
  options: Partial<SpeakerOptions> = {},
): Promise<TestSpeaker> => {
  const speaker = new TestSpeaker(address, options);
  running.push(speaker);
  setVrf(speaker, "red", 100);
  await speaker.speaker.start();
  return speaker;
};

const hub = async (
  range: Partial<NeighborRangeOptions> = {},
  options = {},
): Promise<TestSpeaker> => {
  const speaker = await start("127.0.0.100", options);
  speaker.speaker.setNeighborRange({ prefix: RANGE, asn: AS, ...range });
  return speaker;
};

const join = (spoke: TestSpeaker, to: TestSpeaker, options: Partial<NeighborOptions> = {}): void =>
  spoke.speaker.setNeighbor({
    address: parseIpAddress(to.address),
    asn: AS,
    port: to.port,
    ...FAST,
    ...options,
  });

const addresses = (of: TestSpeaker): string[] =>
  of.speaker.summary().neighbors.map(({ address }) => address);

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

describe("a range", () => {
  it("makes neighbours of those who connect, with its options, and marks them as dynamic", async () => {
    const to = await hub({ reflectorClient: true, description: "spokes" });
    const [a, b] = [await start("127.0.0.1"), await start("127.0.0.2")];
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    join(a, to);
    join(b, to);
    await until(() => b.routes("red").length === 1);
    expect(addresses(to)).toEqual(["127.0.0.1", "127.0.0.2"]);
    expect(to.neighbor("127.0.0.1")).toMatchObject({
      state: "Established",
      dynamic: true,
      passive: true,
      reflectorClient: true,
      description: "spokes",
    });
    expect(a.neighbor().dynamic).toBe(false);
  });

  it("forgets a neighbour that is stopped, and takes it again", async () => {
    const to = await hub();
    const a = await start("127.0.0.1");
    join(a, to);
    await established(a);
    a.speaker.removeNeighbor(parseIpAddress(to.address));
    await until(() => addresses(to).length === 0);
    join(a, to);
    await established(a);
    expect(addresses(to)).toEqual(["127.0.0.1"]);
  });

  it("keeps a neighbour that may be restarting, with its routes, for as long as those are kept", async () => {
    const clock = new FakeClock();
    const to = await hub({}, { clock });
    const a = await start("127.0.0.1", { restartTime: 30 });
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    join(a, to);
    await until(() => to.routes("red").length === 1);
    await a.speaker.stop({ notify: false });
    await until(() => to.neighbor().gracefulRestart === "retaining");
    clock.advance(29_000);
    expect(to.neighbor("127.0.0.1")).toMatchObject({ prefixesReceived: 1, dynamic: true });
    clock.advance(2_000);
    expect(addresses(to)).toEqual([]);
    await until(() => to.routes("red").length === 0);
  });

  it("takes up the kept routes of a neighbour that comes back", async () => {
    const to = await hub();
    const a = await start("127.0.0.1");
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    join(a, to);
    await until(() => to.routes("red").length === 1);
    await a.speaker.stop({ notify: false });
    await until(() => to.neighbor().gracefulRestart === "retaining");
    const again = await start("127.0.0.1", { restarting: true });
    again.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    join(again, to);
    await until(
      () => to.neighbor().timesEstablished === 2 && to.neighbor().gracefulRestart === "none",
    );
    expect(to.told).toEqual(["red reachable 10.1.0.0/24"]);
  });

  it("refuses who is over its limit, says so, and lets him in when there is room", async () => {
    const to = await hub({ limit: 1 });
    const [a, b] = [await start("127.0.0.1"), await start("127.0.0.2")];
    join(a, to);
    await established(a);
    join(b, to);
    const refusal = "connection refused: the range 127.0.0.0/24 has its 1 neighbours";
    await until(() => to.log.withMessage(refusal).length === 1);
    expect(addresses(to)).toEqual(["127.0.0.1"]);
    a.speaker.removeNeighbor(parseIpAddress(to.address));
    await established(b);
    expect(addresses(to)).toEqual(["127.0.0.2"]);
  });

  it("refuses who is outside", async () => {
    const to = await hub();
    const a = await start("127.0.1.1");
    join(a, to);
    await until(
      () => to.log.withMessage("connection refused: no neighbour has that address").length > 0,
    );
    expect(addresses(to)).toEqual([]);
  });

  it("of external neighbours takes any AS but its own, and tells which it is", async () => {
    const to = await hub({ asn: "external" });
    const other = await start("127.0.0.1", { asn: OTHER_AS });
    const own = await start("127.0.0.2");
    join(other, to);
    join(own, to);
    await established(other);
    await until(() => own.neighbor().lastError?.includes("Bad Peer AS") === true);
    expect(to.neighbor("127.0.0.1")).toMatchObject({ asn: 65001, dynamic: true });
    await until(() => addresses(to).length === 1);
  });

  it("leaves configured neighbours alone, and one that is configured later is dynamic no more", async () => {
    const to = await hub({ limit: 1 });
    const [a, b] = [await start("127.0.0.1"), await start("127.0.0.2")];
    join(a, to);
    await established(a);
    const address = parseIpAddress("127.0.0.1");
    to.speaker.setNeighbor({ address, asn: AS, passive: true, description: "by name" });
    await until(() => to.neighbor("127.0.0.1").state === "Established");
    expect(to.neighbor("127.0.0.1")).toMatchObject({ dynamic: false, description: "by name" });
    join(b, to);
    await established(b);
    to.speaker.removeNeighborRange(RANGE);
    expect(addresses(to)).toEqual(["127.0.0.1"]);
    await until(() => b.neighbor().lastError?.includes("Peer De-configured") === true);
  });

  it("has its neighbours begin anew when a change needs that, and only then", async () => {
    const to = await hub();
    const a = await start("127.0.0.1");
    join(a, to);
    await established(a);
    to.speaker.setNeighborRange({ prefix: RANGE, asn: AS, description: "new", limit: 7 });
    expect(to.neighbor()).toMatchObject({ state: "Established", description: "new" });
    to.speaker.setNeighborRange({ prefix: RANGE, asn: AS, holdTime: 30 });
    await until(() => a.neighbor().timesEstablished === 2);
    expect(a.neighbor().lastError).toContain("Other Configuration Change");
  });

  it("is shut down with its neighbours, which are told why, and come again afterwards", async () => {
    const to = await hub();
    const a = await start("127.0.0.1");
    join(a, to);
    await established(a);
    to.speaker.setNeighborRange({ prefix: RANGE, asn: AS, shutdown: { message: "moving" } });
    await until(() => a.neighbor().lastError === "received Cease/Administrative Shutdown: moving");
    const refusal = "connection refused: the range 127.0.0.0/24 is shut down";
    await until(() => to.log.withMessage(refusal).length > 0);
    expect(addresses(to)).toEqual([]);
    to.speaker.setNeighborRange({ prefix: RANGE, asn: AS });
    await until(() => a.neighbor().timesEstablished === 2);
  });

  it("gives a maximum of prefixes to those who have come already", async () => {
    const to = await hub();
    const a = await start("127.0.0.1");
    a.speaker.originate("red", type5("10.1.0.0/24", 5001, "127.0.0.1"));
    a.speaker.originate("red", type5("10.2.0.0/24", 5001, "127.0.0.1"));
    join(a, to);
    await until(() => to.routes("red").length === 2);
    const maximumPrefixes = { limit: 1, action: "shutdown" } as const;
    to.speaker.setNeighborRange({ prefix: RANGE, asn: AS, maximumPrefixes });
    expect(to.neighbor()).toMatchObject({ idleReason: "PfxCt", prefixesReceived: 0 });
  });

  it("is not waited for after a restart, when nobody has come", async () => {
    const to = await hub({}, { restarting: true });
    await until(() => to.speaker.summary().converged);
  });

  it("is waited for after a restart in those who have come, until they go", async () => {
    const to = new TestSpeaker("127.0.0.100", { restarting: true, deferralTime: 3600 });
    running.push(to);
    const awaited = parseIpAddress("127.0.0.2");
    to.speaker.setNeighbor({ address: awaited, asn: AS, passive: true });
    to.speaker.setNeighborRange({ prefix: RANGE, asn: AS });
    await to.speaker.start();
    const guest = await RawPeer.connect("127.0.0.1", to.address, to.port);
    await guest.establish("127.0.0.1");
    await until(() => to.neighbor("127.0.0.1").state === "Established");
    to.speaker.removeNeighbor(awaited);
    expect(to.speaker.summary().converged).toBe(false);
    await guest.close();
    await until(() => to.speaker.summary().converged);
  });
});

it("a range has a password for all in it, and a neighbour in it one of its own", async () => {
  const { left, middle, right } = makeRow();
  const inNamespace = (networkNamespace: string, address: string) =>
    start(address, { networkNamespace });
  const hubSpeaker = await start("10.1.0.2", {
    networkNamespace: middle,
    listen: [{ address: parseIpAddress("0.0.0.0"), port: 0 }],
  });
  hubSpeaker.speaker.setNeighborRange({
    prefix: parseIpPrefix("10.0.0.0/8"),
    asn: AS,
    password: "of the range",
  });
  const named = { address: parseIpAddress("10.2.0.1"), asn: AS, passive: true };
  expect(() => hubSpeaker.speaker.setNeighbor(named)).toThrow("10.2.0.1/32 has no password");
  hubSpeaker.speaker.setNeighbor({ ...named, password: "of one" });
  const a = await inNamespace(left, "10.1.0.1");
  const b = await inNamespace(right, "10.2.0.1");
  join(a, hubSpeaker, { password: "of the range" });
  join(b, hubSpeaker, { password: "of one" });
  await established(a, b);
  expect(hubSpeaker.neighbor("10.1.0.1").dynamic).toBe(true);
  expect(hubSpeaker.neighbor("10.2.0.1").dynamic).toBe(false);
});
