import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@selvedge/datastore";
import { livenessKey, readObservations } from "@selvedge/ipam";
import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ClusterMember } from "../../src/cluster/cluster-member.ts";
import { recordingLog } from "../fixtures.ts";

const TIMEOUT = { timeout: 20_000, interval: 20 };

const ADDRESS = parseIpAddress("10.1.0.11");

let directory: string;
let path: string;
let members: ClusterMember[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-member-"));
  path = join(directory, "store", "datastore.db");
  mkdirSync(join(directory, "store"));
  members = [];
});

afterEach(async () => {
  for (const member of members) await member[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function joined(
  host: string,
  times?: { readonly interval: number; readonly grace: number },
): ClusterMember {
  const collection = times && { ...times, keepRevisions: 10_000 };
  const member = new ClusterMember({
    host,
    location: { kind: "sqlite", path },
    timeToLive: 1,
    collection,
    observe: () => ({ wired: new Map([["red/main", [ADDRESS]]]), unwired: new Map() }),
    log: recordingLog().log,
  });
  members.push(member);
  member.start();
  return member;
}

const isAlive = (member: ClusterMember) =>
  vi.waitUntil(() => member.state.kind === "alive", TIMEOUT);

async function isKnown(host: string): Promise<boolean> {
  await using store = openSqliteStore(path);
  return (await store.get(livenessKey(host))) !== undefined;
}

/** A lease of the same time to live, whose holder goes now, runs out after those of holders that went before. */
async function untilLeasesOfBeforeAreOver(): Promise<void> {
  await using gone = openSqliteStore(path);
  const lease = await gone.grantLease(1);
  await gone.commit({ compare: [], writes: [{ kind: "put", key: "gone", value: "", lease }] });
  await gone[Symbol.asyncDispose]();
  await using store = openSqliteStore(path);
  await vi.waitUntil(async () => (await store.get("gone")) === undefined, TIMEOUT);
}

describe("a member", () => {
  test("is known as alive for as long as it lives, and for the time to live after", async () => {
    const member = joined("h1");
    await isAlive(member);
    expect(await isKnown("h1")).toBe(true);
    await member[Symbol.asyncDispose]();
    expect(await isKnown("h1")).toBe(true);
    await vi.waitUntil(async () => !(await isKnown("h1")), TIMEOUT);
  });

  test("says what its kernel has, for as long as it counts as alive", async () => {
    const member = joined("h1");
    await using store = openSqliteStore(path);
    const wired = async () => (await readObservations(store)).wired;
    await vi.waitUntil(async () => (await wired()).length === 1, TIMEOUT);
    expect(await wired()).toEqual([{ host: "h1", vrf: "red/main", address: ADDRESS }]);
    await member[Symbol.asyncDispose]();
    await vi.waitUntil(async () => (await wired()).length === 0, TIMEOUT);
  });

  test("that is back within the time to live keeps its key when the lease of before runs out", async () => {
    const before = joined("h1");
    await isAlive(before);
    await before[Symbol.asyncDispose]();
    await isAlive(joined("h1"));
    await untilLeasesOfBeforeAreOver();
    expect(await isKnown("h1")).toBe(true);
  });

  test("says why it is not known as alive, and is when the datastore is back", async () => {
    rmSync(join(directory, "store"), { recursive: true });
    const member = joined("h1");
    await vi.waitUntil(() => member.state.kind === "failed", TIMEOUT);
    expect(member.state).toMatchObject({ message: expect.stringContaining(path) });
    mkdirSync(join(directory, "store"));
    await isAlive(member);
    expect(await isKnown("h1")).toBe(true);
  });

  test("ends at once, whatever it waits for", async () => {
    const member = joined("h1", { interval: 3_600_000, grace: 0 });
    await isAlive(member);
    await member[Symbol.asyncDispose]();
    await joined("h2")[Symbol.asyncDispose]();
  });
});

test("one of all members collects, and another one when it is gone", async () => {
  const all = ["h1", "h2", "h3"].map((host) => joined(host, { interval: 20, grace: 0 }));
  const collecting = () => all.filter(({ state }) => state.kind === "alive" && state.collects);
  await vi.waitUntil(() => collecting().length > 0, TIMEOUT);
  await Promise.all(all.map(isAlive));
  const [first] = collecting();
  expect(collecting()).toHaveLength(1);
  await first?.[Symbol.asyncDispose]();
  const others = () => collecting().filter((member) => member !== first);
  await vi.waitUntil(() => others().length > 0, TIMEOUT);
  expect(others()).toHaveLength(1);
});
