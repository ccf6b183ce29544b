import { ResourceStore, type Store } from "@selvedge/datastore";
import { parseIpAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { check, type HostAddress } from "../src/check.ts";
import { type Finding, findingMessage } from "../src/finding.ts";
import { Ipam } from "../src/ipam.ts";
import { repair } from "../src/repair.ts";
import { readStoredPools } from "../src/stored-pools.ts";
import { declared, endpoint, giveEndpoint, network, write } from "./network.ts";
import { ips, pool } from "./pools.ts";
import { TemporaryStore } from "./stores.ts";

const WEB = pool({ cidrs: ["10.1.0.0/24"] });
const WEB_1 = "endpoints/red/web-1";
const BLOCK = "ipam/blocks/red/web/ipv4/10.1.0.0-26";

let temporary: TemporaryStore;
let store: Store;
let ipam: Ipam;

beforeEach(async () => {
  temporary = new TemporaryStore();
  store = temporary.store;
  ipam = new Ipam(store, { now: () => 1000 });
  const web1 = endpoint("web-1", "host: h1, addresses: [10.1.0.11], mac: 02:00:0a:01:00:0b");
  const changes = declared(`${network()}---${web1}`);
  expect(await new ResourceStore(store).apply(changes)).toMatchObject({ kind: "applied" });
});

afterEach(() => temporary[Symbol.asyncDispose]());

async function findings(
  hostAddresses: readonly HostAddress[] = [],
  unwiredAddresses: readonly HostAddress[] = [],
): Promise<Finding[]> {
  const stored = await readStoredPools(store);
  const { resources } = await new ResourceStore(store).snapshot();
  return check({ stored, resources, hostAddresses, unwiredAddresses });
}

const at = (host: string, address: string): HostAddress => ({
  ...{ host, vrf: "red/main", address: parseIpAddress(address) },
});

async function repairAll(): Promise<string[]> {
  const stored = await readStoredPools(store);
  const { resources } = await new ResourceStore(store).snapshot();
  const repairs = await repair(store, stored, check({ stored, resources }), {
    now: () => 2000,
  });
  return repairs.map(({ finding, outcome }) => `${finding.kind} ${outcome}`);
}

const give = (owner: string, host: string, ...addresses: string[]) =>
  owner.startsWith("endpoints/")
    ? giveEndpoint(store, WEB, owner, host, ...addresses)
    : ipam.allocate({
        ...{ pool: WEB, owner, host, reason: "test" },
        want: { kind: "fixed", addresses: ips(...addresses) },
      });

const ownerOf = async (address: string) => (await ipam.lookup(WEB, parseIpAddress(address)))?.owner;

describe("check and repair", () => {
  test("find nothing where everything says the same", async () => {
    await give(WEB_1, "h1", "10.1.0.11");
    await give("a router of the tenant", "h1", "10.1.0.20");
    const seen = { host: "h1", vrf: "red/main", address: parseIpAddress("10.1.0.11") };
    expect(await findings([seen])).toEqual([]);
  });

  test("give an endpoint the address that it has already", async () => {
    expect(await findings()).toMatchObject([
      { kind: "missing", address: "10.1.0.11", owner: WEB_1 },
    ]);
    expect(await repairAll()).toEqual(["missing repaired"]);
    expect(await findings()).toEqual([]);
    const use = await ipam.lookup(WEB, parseIpAddress("10.1.0.11"));
    expect(use).toMatchObject({ owner: WEB_1, host: "h1", mac: "02:00:0a:01:00:0b", time: 2000 });
  });

  test("release what an endpoint that is gone, or has other addresses, was given", async () => {
    await give(WEB_1, "h1", "10.1.0.11", "10.1.0.12");
    await give("endpoints/red/gone", "h1", "10.1.0.13");
    expect((await findings()).map((finding) => finding.kind)).toEqual(["leaked", "leaked"]);
    expect(await repairAll()).toEqual(["leaked repaired", "leaked repaired"]);
    expect(await findings()).toEqual([]);
    const owners = await Promise.all(["10.1.0.11", "10.1.0.12", "10.1.0.13"].map(ownerOf));
    expect(owners).toEqual([WEB_1, undefined, undefined]);
  });

  test("give an address that has leaked to the endpoint that has it", async () => {
    await give("endpoints/red/gone", "h1", "10.1.0.11");
    expect(await repairAll()).toEqual(["leaked repaired", "missing repaired"]);
    expect(await findings()).toEqual([]);
  });

  test("leave it to the operator which of two owners an address is to have", async () => {
    await give("a router of the tenant", "h1", "10.1.0.11");
    expect(await findings()).toMatchObject([
      { kind: "doubly-owned", owners: ["a router of the tenant", WEB_1] },
    ]);
    expect(await repairAll()).toEqual(["doubly-owned manual"]);
  });

  test("tell of addresses that the subnet does not have, or not any more", async () => {
    await give(WEB_1, "h1", "10.1.0.11");
    const grown = pool({ cidrs: ["10.1.0.0/24", "10.2.0.0/24"] });
    const want = { kind: "fixed", addresses: ips("10.2.0.1") } as const;
    await ipam.allocate({ pool: grown, owner: "x", host: "h1", reason: "", want });
    expect(await findings()).toMatchObject([{ kind: "outside", address: "10.2.0.1", owner: "x" }]);
  });

  test("correct the host of an allocation", async () => {
    await give(WEB_1, "h2", "10.1.0.11");
    expect(await findings()).toMatchObject([{ kind: "wrong-host", host: "h2", declared: "h1" }]);
    expect(await repairAll()).toEqual(["wrong-host repaired"]);
    expect(await findings()).toEqual([]);
  });

  test("correct the record of an owner by the blocks", async () => {
    await give(WEB_1, "h1", "10.1.0.11");
    await give("router", "h1", "10.1.0.20");
    await write(store, "ipam/owners/red/web/router", '["10.1.0.12"]');
    await write(store, `ipam/owners/red/web/${WEB_1}`, '["10.1.0.13"]');
    expect((await findings()).map((finding) => finding.kind)).toEqual([
      "wrong-record",
      "wrong-record",
    ]);
    expect(await repairAll()).toEqual(["wrong-record repaired", "wrong-record repaired"]);
    expect(await findings()).toEqual([]);
    expect(await ipam.byOwner(WEB, "router")).toEqual(["10.1.0.20"]);
    expect(await ipam.byOwner(WEB, WEB_1)).toEqual([]);
  });

  test("tell what hosts have that no endpoint has there", async () => {
    await give(WEB_1, "h1", "10.1.0.11");
    expect(await findings([at("h2", "10.1.0.11"), at("h1", "10.1.0.99")])).toEqual([
      { kind: "stray", ...at("h2", "10.1.0.11"), declared: "h1" },
      { kind: "stray", ...at("h1", "10.1.0.99") },
    ]);
  });

  test("tell once of an address that two hosts have", async () => {
    await give(WEB_1, "h1", "10.1.0.11");
    const seen = [at("h2", "10.1.0.11"), at("h1", "10.1.0.11"), at("h1", "10.1.0.11")];
    const found = await findings(seen);
    const hosts = ["h1", "h2"];
    expect(found).toMatchObject([{ kind: "doubly-wired", hosts, declared: "h1" }]);
    expect(found.map(findingMessage)).toEqual([
      "is on hosts h1 and h2 in VRF red/main, but its endpoint is on h1",
    ]);
    const other = { ...at("h2", "10.1.0.11"), vrf: "blue/main" };
    expect(await findings([at("h1", "10.1.0.11"), other])).toMatchObject([
      { kind: "stray", vrf: "blue/main" },
    ]);
  });

  test("tell of an attached endpoint whose address its host's kernel lacks", async () => {
    await give(WEB_1, "h1", "10.1.0.11");
    const unwired = [at("h1", "10.1.0.11"), at("h2", "10.1.0.11"), at("h1", "10.1.0.12")];
    expect(await findings([], unwired)).toEqual([{ kind: "unwired", ...at("h1", "10.1.0.11") }]);
  });

  test("tell what cannot be read, and leave it", async () => {
    await give(WEB_1, "h1", "10.1.0.11");
    await write(store, "ipam/blocks/red/web/ipv4/10.1.0.64-26", "?");
    await write(store, "ipam/owners/red/web/x", "{}");
    await write(store, "ipam/else", "");
    expect(await repairAll()).toEqual(Array(3).fill("unreadable manual"));
  });

  test("change nothing that has changed since the check", async () => {
    await give("endpoints/red/gone", "h1", "10.1.0.13");
    const stored = await readStoredPools(store);
    const { resources } = await new ResourceStore(store).snapshot();
    await give("endpoints/red/web-2", "h1", "10.1.0.14");
    const repairs = await repair(store, stored, check({ stored, resources }), {
      now: () => 2000,
    });
    expect(repairs.map(({ outcome }) => outcome)).toEqual(["changed", "changed"]);
    expect(await ownerOf("10.1.0.13")).toBe("endpoints/red/gone");
  });
});

test("every finding is told in a sentence that says what to do", async () => {
  await give("endpoints/red/gone", "h1", "10.1.0.13");
  await write(store, BLOCK.replace("0-26", "64-26"), "?");
  expect((await findings()).map(findingMessage)).toEqual([
    expect.stringMatching(
      /^cannot be read: .*; delete it, or use the version of Selvedge that wrote it$/s,
    ),
    "is given to endpoints/red/gone, which does not have it; it should be released",
    "is an address of endpoints/red/web-1 and not given to it; it should be",
  ]);
});
