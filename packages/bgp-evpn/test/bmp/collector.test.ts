import { parseIpAddress } from "@selvedge/net";
import { beforeEach, describe, expect, test } from "vitest";
import { encodeInitiation } from "../../src/bmp/bmp-message.ts";
import { Collector } from "../../src/bmp/collector.ts";
import { type CollectorOptions, collectorSettings } from "../../src/bmp/collector-options.ts";
import { Journal } from "../loopback/speakers.ts";
import { FakeClock } from "../session/fake-clock.ts";
import { type FakeConnection, FakeNetwork } from "../session/fake-network.ts";
import { decodeBmp } from "./bmp-decode.ts";

const OWN = parseIpAddress("10.0.0.1");
const STATION = parseIpAddress("10.0.0.9");
const MiB = 1024 * 1024;

/** A message that says which one it is. */
const note = (text: string, length = 0) =>
  encodeInitiation({ sysName: text, sysDescr: "x".repeat(length) });

let clock: FakeClock;
let network: FakeNetwork;
let log: Journal;
/** What reaches the station, connection by connection, as the texts of `note`. */
let heard: string[][];
let parts: number;

function listen(): void {
  network.accept(STATION, (connection) => {
    const texts: string[] = [];
    heard.push(texts);
    connection.attach({
      onConnected: () => undefined,
      onData: (chunk) => {
        for (const message of decodeBmp(Buffer.from(chunk)).messages) {
          if (message.type === "termination") texts.push("termination");
          if (message.type === "initiation") texts.push(message.tlvs[1]?.[1].toString() ?? "");
        }
      },
      onProgress: () => undefined,
      onDrain: () => undefined,
      onClosed: () => texts.push("closed"),
    });
  });
}

function collector(options: Partial<CollectorOptions> = {}): Collector {
  const [settings] = collectorSettings([
    { address: STATION, port: 5000, statisticsInterval: 0, ...options },
  ]);
  if (settings === undefined) throw new Error("there are no settings");
  const transport = network.transport(OWN);
  // A random number of 1 makes no jitter.
  const context = { clock, random: () => 1, transport, log };
  return new Collector(settings, context, {
    greeting: () => [note("greeting")],
    tables: (send) => {
      let part = 0;
      return {
        step: () => {
          send(note(`part ${++part}`, 100_000));
          return part < parts;
        },
      };
    },
    statistics: () => [note("statistics")],
  });
}

const last = (): FakeConnection => {
  const connection = network.connections.at(-1);
  if (connection === undefined) throw new Error("nobody has connected");
  return connection;
};

beforeEach(() => {
  clock = new FakeClock();
  network = new FakeNetwork(clock);
  log = new Journal();
  heard = [];
  parts = 2;
});

describe("a collector", () => {
  test("is told the greeting, the tables, and what happens, in that order", () => {
    listen();
    const client = collector();
    client.send(note("before"));
    client.start();
    expect(client.isConnected).toBe(false);
    clock.advance(100);
    expect(client.isConnected).toBe(true);
    client.send(note("update"));
    clock.advance(100);
    expect(heard).toEqual([["greeting", "part 1", "part 2", "update"]]);
  });

  test("is told what happens also while it is told the tables", () => {
    listen();
    parts = 1000;
    const client = collector();
    client.start();
    last().stuck = true;
    clock.advance(100);
    client.send(note("update"));
    last().stuck = false;
    clock.advance(1000);
    const [texts = []] = heard;
    expect(texts).toHaveLength(1002);
    expect(texts.indexOf("update")).toBeLessThan(10);
    expect(texts.at(-1)).toBe("part 1000");
  });

  test("is told of the end, and nothing more", () => {
    listen();
    const client = collector();
    client.start();
    clock.advance(100);
    client.stop();
    client.send(note("too late"));
    clock.advance(1_000_000);
    expect(heard).toEqual([["greeting", "part 1", "part 2", "termination", "closed"]]);
    expect(network.connections).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test("gets the figures again and again, at its interval", () => {
    listen();
    const client = collector({ statisticsInterval: 60 });
    client.start();
    clock.advance(180_100);
    client.stop();
    expect(heard[0]?.filter((text) => text === "statistics")).toHaveLength(3);
  });
});

describe("a collector that is away", () => {
  test("is tried again after 30 seconds, then twice as long, up to 12 minutes", () => {
    const client = collector();
    client.start();
    const attempts: number[] = [];
    for (let second = 1, known = 1; second < 3600; second++) {
      clock.advance(1000);
      if (network.connections.length > known) attempts.push(second);
      known = network.connections.length;
    }
    const waits = attempts.map((at, index) => at - (attempts[index - 1] ?? 0));
    // The first attempt has been refused a moment after the start.
    expect(waits).toEqual([31, 60, 120, 240, 480, 720, 720, 720]);
    client.stop();
    expect(clock.pending).toBe(0);
  });

  test("is told everything again when it is back", () => {
    listen();
    const client = collector();
    client.start();
    clock.advance(60_000);
    last().lost("ECONNRESET");
    client.send(note("missed"));
    clock.advance(31_000);
    expect(heard.at(-1)).toEqual(["greeting", "part 1", "part 2"]);
    expect(log.withMessage("BMP collector is lost")).toMatchObject([{ reason: "ECONNRESET" }]);
  });

  test("waits longer each time when it breaks down soon after each connection", () => {
    listen();
    const client = collector();
    client.start();
    const at: number[] = [];
    for (let second = 1, known = 1; second < 600; second++) {
      clock.advance(1000);
      if (client.isConnected) last().lost("ECONNRESET");
      if (network.connections.length > known) at.push(second);
      known = network.connections.length;
    }
    expect(at.map((second, index) => second - (at[index - 1] ?? 0))).toEqual([31, 61, 121, 241]);
    client.stop();
  });
});

describe("a collector that does not read", () => {
  test("does not make the table wait in memory", () => {
    listen();
    parts = 1000;
    const client = collector();
    client.start();
    clock.advance(2);
    last().stuck = true;
    clock.advance(1000);
    expect(last().queuedBytes).toBeLessThan(MiB / 2);
    last().stuck = false;
    clock.advance(1000);
    expect(heard[0]).toHaveLength(1001);
  });

  test("is given up when more waits for it than its limit, and synchronised later", () => {
    listen();
    const client = collector({ queueLimit: MiB });
    client.start();
    clock.advance(100);
    const stuck = last();
    stuck.stuck = true;
    for (let n = 0; n < 20; n++) client.send(note(`update ${n}`, 60_000));
    expect(stuck.closed).toBe(true);
    expect(client.isConnected).toBe(false);
    expect(log.withMessage("BMP collector is lost")).toMatchObject([
      { reason: "more than 1048576 octets wait for it" },
    ]);
    clock.advance(31_000);
    expect(heard.at(-1)).toEqual(["greeting", "part 1", "part 2"]);
  });

  test("is given up after 90 seconds though little waits for it", () => {
    listen();
    const client = collector();
    client.start();
    clock.advance(100);
    const stuck = last();
    stuck.stuck = true;
    client.send(note("update"));
    clock.advance(89_000);
    expect(stuck.closed).toBe(false);
    clock.advance(2000);
    expect(stuck.closed).toBe(true);
    client.stop();
  });

  test("may be slow as long as it takes something", () => {
    listen();
    const client = collector();
    client.start();
    clock.advance(100);
    for (let minute = 0; minute < 10; minute++) {
      last().stuck = true;
      client.send(note(`update ${minute}`));
      clock.advance(60_000);
      last().stuck = false;
      clock.advance(10);
    }
    expect(network.connections).toHaveLength(1);
    expect(heard[0]).toHaveLength(13);
  });
});
