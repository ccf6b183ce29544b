import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type Store } from "@selvedge/datastore";
import { type Observation, observationKey, readObservations } from "@selvedge/ipam";
import { parseIpAddress } from "@selvedge/net";
import { NetlinkError } from "@selvedge/netlink";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HostReport } from "../../src/cluster/host-report.ts";
import { recordingLog } from "../fixtures.ts";

const TIMEOUT = { timeout: 20_000, interval: 20 };

let directory: string;
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-report-"));
  store = openSqliteStore(join(directory, "datastore.db"));
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function having(...addresses: string[]): Observation {
  return { wired: new Map([["red/main", addresses.map(parseIpAddress)]]), unwired: new Map() };
}

async function reportOf(observe: () => Observation) {
  const lease = await store.grantLease(60);
  const recorded = recordingLog();
  return {
    report: new HostReport({ store, lease, host: "h1", observe, log: recorded.log }),
    recorded,
  };
}

const revision = async () => (await store.get(observationKey("h1")))?.modRevision;
const told = async () => (await readObservations(store)).wired.map(({ address }) => address);

test("what is no news is not written again", async () => {
  let now = having("10.1.0.11", "10.1.0.12");
  const { report } = await reportOf(() => now);
  await report.tell();
  const first = await revision();
  now = having("10.1.0.12", "10.1.0.11");
  await report.tell();
  expect(await revision()).toBe(first);
  now = having("10.1.0.12");
  await report.tell();
  expect(await told()).toEqual(["10.1.0.12"]);
});

test("a change is told without waiting for the next look", async () => {
  let now = having("10.1.0.11");
  const { report } = await reportOf(() => now);
  const stop = new AbortController();
  const running = report.run(stop.signal);
  await vi.waitUntil(async () => (await told()).length === 1, TIMEOUT);
  now = having("10.1.0.11", "10.1.0.12");
  report.changed();
  await vi.waitUntil(async () => (await told()).length === 2, TIMEOUT);
  stop.abort();
  await running;
});

test("a kernel that cannot be read is logged once, and what was said stays", async () => {
  let fails = false;
  const { report, recorded } = await reportOf(() => {
    if (fails) throw new NetlinkError({ errno: 4, request: "dump.routes", object: "" });
    return having("10.1.0.11");
  });
  await report.tell();
  fails = true;
  await report.tell();
  await report.tell();
  expect(await told()).toEqual(["10.1.0.11"]);
  expect(recorded.lines).toHaveLength(1);
});
