import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseIpAddress } from "@selvedge/net";
import { NetworkNamespace, primeThreadPool, RouteSocket } from "@selvedge/netlink";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ProbePort } from "../probe/probe-port.ts";
import { Journal } from "../state/journal.ts";
import { checkIsolated } from "./isolation.ts";
import { watchDuring } from "./watch.ts";

const PREFIX = `svt-watch-${process.pid}-${Math.floor(Math.random() * 1e6)}`;
const [RED, BLUE] = [`${PREFIX}-red`, `${PREFIX}-blue`];
const SIGNAL = new AbortController().signal;
let directory = "";

/** Two tenants that should be apart, and a cable that somebody has put between them. */
beforeAll(async () => {
  if (process.geteuid?.() !== 0)
    throw new Error("this test makes network namespaces: run it as root");
  await primeThreadPool();
  directory = mkdtempSync(join(tmpdir(), "selvedge-watch-test-"));
  using red = NetworkNamespace.create(RED);
  using blue = NetworkNamespace.create(BLUE);
  using socket = RouteSocket.open(red);
  const link = { kind: "veth", peerName: "eth0", peerNamespace: blue } as const;
  socket.executeOne({ kind: "link.create", name: "eth0", link });
  for (const [namespace, address] of [
    [red, "10.9.0.1"],
    [blue, "10.9.0.2"],
  ] as const) {
    using own = RouteSocket.open(namespace);
    for (const name of ["lo", "eth0"]) own.executeOne({ kind: "link.set", name, up: true });
    const index = own.links().find(({ name }) => name === "eth0")?.index ?? 0;
    const request = { link: index, address: parseIpAddress(address), length: 24 };
    own.executeOne({ kind: "address.replace", ...request });
  }
});

afterAll(() => {
  for (const name of [RED, BLUE]) NetworkNamespace.delete(name);
  rmSync(directory, { recursive: true });
});

test("a probe that reaches another tenant is seen there, though nobody answers it", async () => {
  using red = NetworkNamespace.open(RED);
  using blue = NetworkNamespace.open(BLUE);
  using asker = new ProbePort("red/a", "run", red);
  // Somebody has the port but does not know the token, so there is no answer of any kind.
  using _silent = new ProbePort("blue/a", "other-run", blue);
  const hasty = { timeout: 100, interval: 20, signal: SIGNAL };
  const posts = [
    { namespace: RED, tenant: "red" },
    { namespace: BLUE, tenant: "blue" },
  ];
  const journal = new Journal(join(directory, "journal.jsonl"));
  const ask = () => asker.ask("10.9.0.2", hasty);
  const { result, evidence } = await watchDuring(ask, posts, "run", journal);
  expect(result).toBeUndefined();

  const matrix = { sources: [], addresses: [], answers: [] };
  const outcome = checkIsolated(["red", "blue"], matrix, evidence);
  expect(outcome.passed).toBe(false);
  expect(outcome.detail).toContain(`a packet of red/a was seen in ${BLUE} of blue`);
  expect(outcome.detail).not.toContain(
    `the capture in ${RED} saw no probe of red: it proves nothing`,
  );
});
