import { openSqliteStore, type Store } from "@selvedge/datastore";
import { parseIpAddress, parseMacAddress } from "@selvedge/net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Ipam } from "../src/ipam.ts";
import { IpamError } from "../src/ipam-error.ts";
import { ips, pool } from "./pools.ts";
import { type Fate, ObservedStore, TemporaryStore } from "./stores.ts";

const RED = pool({ cidrs: ["10.1.0.0/24"], gateway: ["10.1.0.1"] });
const TINY = pool({ cidrs: ["10.1.0.0/30"] });

let temporary: TemporaryStore;
let observed: ObservedStore;
let now: number;
let ipam: Ipam;

beforeEach(() => {
  temporary = new TemporaryStore();
  observed = new ObservedStore(temporary.store);
  now = 1_800_000_000_000;
  ipam = make(observed.store);
});

afterEach(() => temporary[Symbol.asyncDispose]());

function make(on: Store): Ipam {
  return new Ipam(on, { now: () => now });
}

const ask = (owner: string, host = "h1") => ({ owner, host, reason: "test" });

describe("allocate and release", () => {
  test("give an address with its owner, host, time, reason and MAC address, and take it back", async () => {
    const mac = parseMacAddress("02:00:0a:01:00:0b");
    const [address] = await ipam.allocate({ pool: RED, ...ask("a"), mac });
    if (address === undefined) throw new Error("no address");
    const use = await ipam.lookup(RED, address);
    expect(use).toMatchObject({ owner: "a", host: "h1", blockHost: "h1", time: now, mac });
    expect(await ipam.byOwner(RED, "a")).toEqual([address]);
    expect(await ipam.release({ pool: RED, owner: "a" })).toEqual([address]);
    expect(await ipam.release({ pool: RED, owner: "a" })).toEqual([]);
    expect(await ipam.lookup(RED, address)).toBeUndefined();
    expect(await ipam.byOwner(RED, "a")).toEqual([]);
  });

  test("release by address whoever has it", async () => {
    await ipam.allocate({
      pool: RED,
      ...ask("a"),
      want: { kind: "fixed", addresses: ips("10.1.0.9") },
    });
    const address = parseIpAddress("10.1.0.9");
    expect(await make(temporary.store).release({ pool: RED, address })).toEqual(["10.1.0.9"]);
    expect(await ipam.release({ pool: RED, address })).toEqual([]);
  });

  test("give one address of each family of the pool in one transaction", async () => {
    const dual = pool({ cidrs: ["10.1.0.0/24", "2001:db8::/64"] });
    const given = await ipam.allocate({ pool: dual, ...ask("a") });
    expect(given).toEqual([
      expect.stringMatching(/^10\.1\.0\./),
      expect.stringMatching(/^2001:db8:/),
    ]);
    expect(observed.commits).toBe(1);
  });

  test("give the same to one owner whichever process asks, also at once", async () => {
    await using other = openSqliteStore(temporary.path);
    const [first, second] = await Promise.all([
      ipam.allocate({ pool: RED, ...ask("a") }),
      make(other).allocate({ pool: RED, ...ask("a", "h2") }),
    ]);
    expect(first).toEqual(second);
    expect(await make(other).allocate({ pool: RED, ...ask("a", "h3") })).toEqual(first);
  });

  test("use the CIDRs that a subnet has got meanwhile", async () => {
    for (const owner of ["a", "b"]) await ipam.allocate({ pool: TINY, ...ask(owner) });
    await expect(ipam.allocate({ pool: TINY, ...ask("c") })).rejects.toThrow(IpamError);
    const grown = pool({ cidrs: ["10.1.0.0/30", "10.1.0.32/30"] });
    expect(await ipam.allocate({ pool: grown, ...ask("c") })).toEqual(["10.1.0.33"]);
    const block = (await temporary.store.get("ipam/blocks/red/web/ipv4/10.1.0.0-26"))?.value;
    expect(block).toContain('"33":{"owner":"c"');
  });
});

describe("a full pool", () => {
  test("is an error that names pool, size and use, and nothing is given, of the other family neither", async () => {
    const dual = pool({ cidrs: ["10.1.0.0/30", "2001:db8::/64"] });
    await ipam.allocate({ pool: dual, ...ask("a") });
    await ipam.allocate({ pool: dual, ...ask("b") });
    await ipam.release({ pool: dual, owner: "b" });
    const failure = ipam.allocate({ pool: dual, ...ask("c") });
    await expect(failure).rejects.toThrow(
      "pool red/web: no IPv4 address is free: of 4 in 10.1.0.0/30, 2001:db8::/64, 1 are given, 2 reserved and 1 cooling down after their release; release some, wait, or add a CIDR to the subnet",
    );
    await expect(failure).rejects.toMatchObject({ code: "pool-full", pool: "red/web" });
    expect(await ipam.byOwner(dual, "c")).toEqual([]);
    now += 60_000;
    expect(await ipam.allocate({ pool: dual, ...ask("c") })).toHaveLength(2);
  });

  test("is found to have room when another process has released an address", async () => {
    await using other = openSqliteStore(temporary.path);
    const second = make(other);
    for (const owner of ["a", "b"]) await ipam.allocate({ pool: TINY, ...ask(owner) });
    await second.release({ pool: TINY, owner: "a" });
    now += 60_000;
    expect(await ipam.allocate({ pool: TINY, ...ask("c") })).toHaveLength(1);
  });

  test("fails those of a batch that found no room, and no others", async () => {
    const outcomes = await Promise.allSettled(
      ["a", "b", "c"].map((owner) => ipam.allocate({ pool: TINY, ...ask(owner) })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });
});

describe("the cost", () => {
  test("of an address of a block that was used before is one transaction and no read", async () => {
    await ipam.allocate({ pool: RED, ...ask("a") });
    const { reads, commits } = observed;
    await ipam.allocate({ pool: RED, ...ask("b") });
    expect(observed.reads).toBe(reads);
    expect(observed.commits).toBe(commits + 1);
  });

  test("of many addresses at once is a transaction for each 60 keys", async () => {
    const owners = Array.from({ length: 200 }, (_, index) => `a${index}`);
    const given = await Promise.all(
      owners.map((owner) => ipam.allocate({ pool: RED, ...ask(owner) })),
    );
    expect(new Set(given.flat()).size).toBe(200);
    expect(observed.commits).toBe(4);
  });
});

describe("when the answer of a commit is lost", () => {
  const LOSSES: readonly Fate[] = ["happens", "happens later", "never happens"];

  test.each(LOSSES)("and it %s, the address is given once", async (fate) => {
    observed.fates.push(fate);
    const given = await ipam.allocate({ pool: RED, ...ask("a") });
    expect(given).toHaveLength(1);
    expect(await observed.happenNow()).toEqual(
      fate === "happens later" ? [{ kind: "conflict", key: expect.any(String) }] : [],
    );
    const [next] = await ipam.allocate({ pool: RED, ...ask("b") });
    expect(given).not.toContain(next);
    expect(await make(temporary.store).byOwner(RED, "a")).toEqual(given);
  });

  test.each(LOSSES)("and it %s, the address is released", async (fate) => {
    const given = await ipam.allocate({ pool: RED, ...ask("a") });
    observed.fates.push(fate);
    await ipam.release({ pool: RED, owner: "a" });
    await observed.happenNow();
    expect(await ipam.byOwner(RED, "a")).toEqual([]);
    const [address] = given;
    if (address !== undefined) expect(await ipam.lookup(RED, address)).toBeUndefined();
  });

  test("again and again, all is still given once", async () => {
    observed.fates.push("never happens", "happens later", "happens", "never happens", "happens");
    const owners = ["a", "b", "c", "d"];
    const given = await Promise.all(
      owners.map((owner) => ipam.allocate({ pool: RED, ...ask(owner) })),
    );
    await observed.happenNow();
    expect(new Set(given.flat()).size).toBe(4);
    for (const [index, owner] of owners.entries()) {
      expect(await ipam.byOwner(RED, owner)).toEqual(given[index]);
    }
  });
});

test("the addresses of an endpoint are its own affair", async () => {
  const owner = "endpoints/red/web-1";
  await expect(ipam.allocate({ pool: RED, ...ask(owner) })).rejects.toThrow(
    "pool red/web: endpoints/red/web-1 gets and loses its addresses with the Endpoint itself; apply or delete that",
  );
});

test("two tenants with the same CIDR have all of it each", async () => {
  const blue = pool({ tenant: "blue", cidrs: ["10.1.0.0/30"] });
  const both = [TINY, blue].flatMap((one) =>
    ["a", "b"].map((owner) => ipam.allocate({ pool: one, ...ask(owner) })),
  );
  expect((await Promise.all(both)).flat()).toEqual([
    "10.1.0.1",
    "10.1.0.2",
    "10.1.0.1",
    "10.1.0.2",
  ]);
});

test("a block that cannot be read is left as it is, and told", async () => {
  const key = "ipam/blocks/red/web/ipv4/10.1.0.0-26";
  const transaction = { compare: [], writes: [{ kind: "put", key, value: "?" } as const] };
  await temporary.store.commit(transaction);
  await expect(ipam.lookup(TINY, parseIpAddress("10.1.0.1"))).rejects.toThrow(key);
  await expect(ipam.allocate({ pool: TINY, ...ask("a") })).rejects.toThrow(
    "no IPv4 address is free",
  );
  expect((await temporary.store.get(key))?.value).toBe("?");
});
