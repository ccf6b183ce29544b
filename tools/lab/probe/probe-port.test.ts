import { parseIpAddress } from "@selvedge/net";
import { NetworkNamespace, primeThreadPool, RouteSocket } from "@selvedge/netlink";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ProbePort } from "./probe-port.ts";
import { ProbeStream } from "./probe-stream.ts";

const PREFIX = `svt-probe-${process.pid}-${Math.floor(Math.random() * 1e6)}`;
const SIGNAL = new AbortController().signal;
const PATIENT = { timeout: 5000, interval: 20, signal: SIGNAL };
const HASTY = { timeout: 60, interval: 20, signal: SIGNAL };

/** Two pairs of namespaces with the same two addresses: what two tenants are. */
const ports = new Map<string, ProbePort>();

function end(tenant: string, number: number): NetworkNamespace {
  return NetworkNamespace.create(`${PREFIX}-${tenant}-${number}`);
}

function configure(namespace: NetworkNamespace, name: string, number: number): void {
  using socket = RouteSocket.open(namespace);
  for (const each of ["lo", name]) socket.executeOne({ kind: "link.set", name: each, up: true });
  const link = socket.links().find((candidate) => candidate.name === name);
  if (link === undefined) throw new Error(`${name} is not there`);
  for (const [text, length] of [
    [`10.9.0.${number}`, 24],
    [`2001:db8:9::${number}`, 64],
  ] as const) {
    const address = parseIpAddress(text);
    socket.executeOne({ kind: "address.replace", link: link.index, address, length, noDad: true });
  }
}

beforeAll(async () => {
  if (process.geteuid?.() !== 0)
    throw new Error("this test makes network namespaces: run it as root");
  await primeThreadPool();
  for (const tenant of ["red", "blue"]) {
    using one = end(tenant, 1);
    using two = end(tenant, 2);
    using socket = RouteSocket.open(one);
    const link = { kind: "veth", peerName: "eth0", peerNamespace: two } as const;
    socket.executeOne({ kind: "link.create", name: "eth0", link });
    configure(one, "eth0", 1);
    configure(two, "eth0", 2);
    ports.set(`${tenant}/1`, new ProbePort(`${tenant}/1`, "run", one));
    ports.set(`${tenant}/2`, new ProbePort(`${tenant}/2`, "run", two));
  }
});

afterAll(() => {
  for (const port of ports.values()) port.close();
  for (const name of NetworkNamespace.list()) {
    if (name.startsWith(PREFIX)) NetworkNamespace.delete(name);
  }
});

function port(name: string): ProbePort {
  const found = ports.get(name);
  if (found === undefined) throw new Error(`no port ${name}`);
  return found;
}

test.each(["10.9.0.2", "2001:db8:9::2"])(
  "%s is answered by whoever has it in the asker's own network",
  async (address) => {
    expect((await port("red/1").ask(address, PATIENT))?.answerer).toBe("red/2");
    expect((await port("blue/1").ask(address, PATIENT))?.answerer).toBe("blue/2");
  },
);

test("many questions at once each get their own answer", async () => {
  const asked = Array.from({ length: 50 }, (_, index) => `10.9.0.${1 + (index % 2)}`);
  const answers = await Promise.all(asked.map((address) => port("red/2").ask(address, PATIENT)));
  expect(answers.map((answer) => answer?.answerer)).toEqual(
    asked.map((address) => `red/${address.at(-1)}`),
  );
});

test("an address that nobody has is silent, and so is one without a route", async () => {
  expect(await port("red/1").ask("10.9.0.77", HASTY)).toBeUndefined();
  expect(await port("red/1").ask("192.0.2.1", HASTY)).toBeUndefined();
});

test("probes of another run are not answered", async () => {
  port("blue/2").close();
  ports.delete("blue/2");
  using namespace = NetworkNamespace.open(`${PREFIX}-blue-2`);
  ports.set("blue/2", new ProbePort("blue/2", "another-run", namespace));
  expect(await port("blue/1").ask("10.9.0.2", HASTY)).toBeUndefined();
});

test("asking ends when it is interrupted", async () => {
  const interruption = new AbortController();
  const asking = port("red/1").ask("10.9.0.77", { ...PATIENT, signal: interruption.signal });
  interruption.abort(new Error("enough"));
  await expect(asking).rejects.toThrow("enough");
});

test("a stream to somebody who is there loses nothing, one to nobody everything", async () => {
  const [good, bad] = ["10.9.0.2", "10.9.0.77"].map(
    (address) => new ProbeStream(port("red/1"), address, 5),
  );
  await port("red/1").ask("10.9.0.78", { timeout: 100, interval: 50, signal: SIGNAL });
  const answered = await good?.stop();
  expect(answered?.sent).toBeGreaterThan(1);
  expect(answered?.lost).toEqual([]);
  const silent = await bad?.stop();
  expect(silent?.lost).toHaveLength(silent?.sent ?? 0);
});
