/** Sessions over real sockets with passwords, TTLs and namespaces: speakers of this process in namespaces of their own. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseAsn, parseIpAddress } from "@selvedge/net";
import { afterEach, describe, expect, it } from "vitest";
import type { SpeakerOptions } from "../src/speaker-options.ts";
import { counter, makeRow } from "./loopback/namespaces.ts";
import { AS, established, TestSpeaker, until } from "./loopback/speakers.ts";

const PORT = 179;
const OTHER_AS = parseAsn(65001);
const running: TestSpeaker[] = [];

const start = async (
  networkNamespace: string,
  address: string,
  options: Partial<SpeakerOptions> = {},
): Promise<TestSpeaker> => {
  const listen = [{ address: parseIpAddress(address), port: PORT }];
  const speaker = new TestSpeaker(address, { networkNamespace, listen, ...options });
  running.push(speaker);
  await speaker.speaker.start();
  return speaker;
};

/** What test/loopback/child.ts prints. */
const run = (what: string): string => {
  const script = join(import.meta.dirname, "loopback", "child.ts");
  const args = ["--conditions=@selvedge/source", script, what];
  return execFileSync(process.execPath, args, { encoding: "utf8", timeout: 20_000 });
};

const FAST = { connectRetry: 1, holdTime: 9 };

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ speaker }) => speaker.stop()));
});

describe.each([
  { version: 4, one: "10.1.0.1", two: "10.1.0.2" },
  { version: 6, one: "2001:db8:1::1", two: "2001:db8:1::2" },
])("a password over IPv$version", ({ one, two }) => {
  const pair = async (password?: string, other?: string) => {
    const { left, middle } = makeRow();
    const ids = { a: parseIpAddress("10.0.0.1"), b: parseIpAddress("10.0.0.2") };
    const a = await start(left, one, { routerId: ids.a });
    const b = await start(middle, two, { routerId: ids.b });
    a.peerWith(
      b,
      { ...FAST, ...(password === undefined ? {} : { password }) },
      { ...FAST, ...(other === undefined ? {} : { password: other }) },
    );
    return { a, b, left, middle };
  };

  it("that both have makes a session, and appears nowhere", async () => {
    const { a, b } = await pair("hunter2", "hunter2");
    await established(a, b);
    const detail = a.speaker.neighbor(parseIpAddress(two));
    const shown = JSON.stringify([a.speaker.summary(), detail, a.log.lines, b.log.lines]);
    expect(shown).not.toContain("hunter2");
  });

  it.each([
    ["differs", "hunter2", "hunter3", "TcpExtTCPMD5Failure"],
    ["only the listening side has", undefined, "hunter2", "TcpExtTCPMD5NotFound"],
    ["only the connecting side has", "hunter2", undefined, "TcpExtTCPMD5Unexpected"],
  ])(
    "that %s makes none: attempts end by the connect retry timer",
    async (_, own, other, drops) => {
      const { a, b, middle } = await pair(own, other);
      await until(
        () => a.neighbor().lastError?.endsWith("no answer to the connection attempt") === true,
      );
      await until(() => counter(middle, drops) > 0);
      expect(a.neighbor().timesEstablished + b.neighbor().timesEstablished).toBe(0);
    },
  );

  it("can be changed: the session ends, and begins again when the other side has it too", async () => {
    const { a, b } = await pair("old", "old");
    await established(a, b);
    const port = PORT;
    const address = { a: parseIpAddress(one), b: parseIpAddress(two) };
    a.speaker.setNeighbor({ address: address.b, asn: AS, port, ...FAST, password: "new" });
    await until(() => b.neighbor().state !== "Established");
    expect(b.neighbor().lastError).toContain("Other Configuration Change");
    b.speaker.setNeighbor({
      address: address.a,
      asn: AS,
      passive: true,
      ...FAST,
      password: "new",
    });
    await established(a, b);
    expect(a.neighbor().timesEstablished).toBe(1);
  });

  it("that is set when the speaker runs already holds for its listener, too", async () => {
    const { a, b, middle } = await pair();
    await established(a, b);
    const address = parseIpAddress(one);
    b.speaker.setNeighbor({ address, asn: AS, passive: true, ...FAST, password: "late" });
    await until(() => a.neighbor().lastError?.includes("Other Configuration Change") === true);
    await until(() => counter(middle, "TcpExtTCPMD5NotFound") > 0);
    expect(b.neighbor().timesEstablished).toBe(0);
    const there = parseIpAddress(two);
    a.speaker.setNeighbor({ address: there, asn: AS, ...FAST, password: "late" });
    await established(a, b);
  });
});

describe("what is sent", () => {
  const marks = (namespace: string): string[] => {
    const args = ["netns", "exec", namespace, "ss", "-tnH", "--tos", "state", "established"];
    const lines = execFileSync("ip", args, { encoding: "utf8" }).trim().split("\n");
    return lines.map((line) => /tos:(\S+)/.exec(line)?.[1] ?? line);
  };

  it.each([{}, { password: "secret" }])(
    "is marked CS6 in both directions, with %j",
    async (options) => {
      const { left, middle } = makeRow();
      const a = await start(left, "10.1.0.1");
      const b = await start(middle, "10.1.0.2");
      a.peerWith(b, { ...FAST, ...options }, { ...FAST, ...options });
      await established(a, b);
      expect([...marks(left), ...marks(middle)]).toEqual(["0xc0", "0xc0"]);
    },
  );

  it("by speakers without any such option is marked as well", () => {
    expect(run("marks")).toBe("0xc0 0xc0\n");
  });
});

describe("a neighbour behind a router", () => {
  it("is kept out by TTL security of one hop, and let in by two", async () => {
    const { left, right } = makeRow();
    const a = await start(left, "10.1.0.1");
    const b = await start(right, "10.2.0.1");
    a.peerWith(b, { ...FAST, ttlSecurity: 2 }, { ...FAST, ttlSecurity: 1 });
    const refusal = "connection refused: its TTL is 254; 255 is the least (RFC 5082)";
    await until(() => b.log.withMessage(refusal).length > 0);
    expect(b.neighbor().timesEstablished).toBe(0);
    b.speaker.setNeighbor({
      address: parseIpAddress("10.1.0.1"),
      asn: AS,
      passive: true,
      ...FAST,
      ttlSecurity: 2,
    });
    await established(a, b);
  });

  it("of another AS needs ebgpMultihop on both sides", async () => {
    const { left, right } = makeRow();
    const a = await start(left, "10.1.0.1");
    const b = await start(right, "10.2.0.1", { asn: OTHER_AS });
    a.peerWith(b, { ...FAST, asn: OTHER_AS }, { ...FAST, ebgpMultihop: 2 });
    await until(() => a.neighbor().lastError !== undefined);
    expect(a.neighbor().timesEstablished).toBe(0);
    const address = parseIpAddress("10.2.0.1");
    a.speaker.setNeighbor({ address, asn: OTHER_AS, ...FAST, ebgpMultihop: 2 });
    await established(a, b);
  });
});

describe("speakers in namespaces", () => {
  it("with the same address and port do not see each other, only their own neighbours", async () => {
    const [one, two] = [makeRow(), makeRow()];
    const speakers = await Promise.all([one.left, two.left].map((name) => start(name, "10.1.0.1")));
    const others = await Promise.all(
      [one.middle, two.middle].map((name) => start(name, "10.1.0.2")),
    );
    for (const [index, speaker] of speakers.entries()) {
      const other = others[index];
      if (other !== undefined) speaker.peerWith(other, { ...FAST, description: `pair ${index}` });
    }
    await established(...speakers, ...others);
  });

  it("cannot be started in one that is not there, nor listen on what is not there", async () => {
    await expect(start("svt-tcp-none", "10.1.0.1")).rejects.toMatchObject({
      code: "network-namespace-missing",
    });
    const { left } = makeRow();
    await start(left, "10.1.0.1");
    await expect(start(left, "10.1.0.1")).rejects.toMatchObject({ code: "listen-address-in-use" });
    await expect(start(left, "10.1.0.7")).rejects.toMatchObject({ code: "listen-address-missing" });
  });
});

describe("a speaker that has given up root", () => {
  it("goes on listening when a neighbour needs another socket, which it may not have", () => {
    expect(run("unprivileged")).toBe("listen-not-permitted; still listening\n");
  });
});

describe("native code", () => {
  it("is not loaded by a session between plain speakers, but for a password", () => {
    expect(run("loaded")).toBe("established false, with a password true\n");
  });

  it("finds out that the kernel lacks TCP-MD5, and there is no neighbour then", () => {
    expect(run("without-md5")).toBe(
      "tcp-md5-unsupported: neighbour 127.0.0.2/32: password: this kernel has no TCP-MD5 " +
        "(CONFIG_TCP_MD5SIG); there is no session without it; neighbours: 0\n",
    );
  });
});
