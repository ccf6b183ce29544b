import { ResourceStore, type Store } from "@selvedge/datastore";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Collector } from "../src/collector.ts";
import { endpointCompanion } from "../src/endpoint-companion.ts";
import { Ipam } from "../src/ipam.ts";
import { listAll } from "../src/list-all.ts";
import { declared, endpoint, giveEndpoint, network, write } from "./network.ts";
import { ips, pool } from "./pools.ts";
import { ObservedStore, TemporaryStore } from "./stores.ts";

const GRACE = 300_000;
const MINUTE = 60_000;
const WEB = pool({ cidrs: ["10.1.0.0/24"] });
const NOTHING = { released: [], orphaned: [], deleted: [] };

let temporary: TemporaryStore;
let store: Store;
let now: number;
let ipam: Ipam;
let collector: Collector;

beforeEach(async () => {
  temporary = new TemporaryStore();
  store = temporary.store;
  now = 1_000_000;
  ipam = new Ipam(store, { now: () => now });
  collector = new Collector(store, { grace: GRACE, ...clocks });
  await new ResourceStore(store).apply(declared(network()));
  for (const host of ["h1", "h2"]) await write(store, `liveness/hosts/${host}`, "");
});

afterEach(() => temporary[Symbol.asyncDispose]());

const clocks = { now: () => now, monotonic: () => now };

const give = (owner: string, host: string) =>
  owner.startsWith("endpoints/")
    ? giveEndpoint(store, WEB, owner, host)
    : ipam.allocate({ pool: WEB, owner, host, reason: "test" });

const blocks = async () => (await listAll(store, "ipam/blocks/")).entries.map(({ value }) => value);

test("an address of an endpoint that is gone is released once the grace is over", async () => {
  const [address] = await give("endpoints/red/gone", "h1");
  expect(await collector.collect()).toEqual(NOTHING);
  now += GRACE - 1;
  expect(await collector.collect()).toEqual(NOTHING);
  now += 1;
  expect((await collector.collect()).released).toEqual([
    { pool: { tenant: "red", subnet: "web" }, address, owner: "endpoints/red/gone" },
  ]);
  if (address !== undefined) expect(await ipam.lookup(WEB, address)).toBeUndefined();
});

test("the grace begins anew when the endpoint was there meanwhile", async () => {
  const [address] = await give("endpoints/red/web-1", "h1");
  await collector.collect();
  now += GRACE;
  const resources = new ResourceStore(store);
  await resources.apply(declared(endpoint("web-1", `host: h1, addresses: [${address}]`)));
  expect(await collector.collect()).toEqual(NOTHING);
  await resources.apply([{ kind: "delete", key: "endpoints/red/web-1" }]);
  expect(await collector.collect()).toEqual(NOTHING);
  now += GRACE;
  expect((await collector.collect()).released).toHaveLength(1);
});

test("a collector goes on with the grace where another one was", async () => {
  await give("endpoints/red/gone", "h1");
  await collector.collect();
  now += GRACE;
  const { goneSince } = collector;
  const next = new Collector(store, { grace: GRACE, ...clocks, goneSince });
  expect((await next.collect()).released).toHaveLength(1);
});

test("an endpoint that is declared anew with its address just before that is released keeps it", async () => {
  const [address] = await give("endpoints/red/web-1", "h1");
  const observed = new ObservedStore(store);
  observed.beforeCommit = async () => {
    const by = endpointCompanion(store, { now: () => now });
    const text = endpoint("web-1", `host: h1, addresses: [${address}]`);
    expect(await new ResourceStore(store, by).apply(declared(text))).toMatchObject({
      kind: "applied",
    });
  };
  const hasty = new Collector(observed.store, { grace: 0, ...clocks });
  expect(await hasty.collect()).toEqual(NOTHING);
  if (address === undefined) throw new Error("nothing was given");
  expect(await ipam.lookup(WEB, address)).toMatchObject({ owner: "endpoints/red/web-1" });
  expect(await hasty.collect()).toEqual(NOTHING);
});

test("a clock that is set forward shortens no grace", async () => {
  let elapsed = 0;
  const monotonic = () => elapsed;
  const steady = new Collector(store, { grace: GRACE, now: () => now, monotonic });
  await give("endpoints/red/gone", "h1");
  await steady.collect();
  now += 10 * GRACE;
  expect(await steady.collect()).toEqual(NOTHING);
  elapsed += GRACE;
  expect((await steady.collect()).released).toHaveLength(1);
});

test("owners that are no endpoints keep what they have", async () => {
  await give("a router of the tenant", "h1");
  await collector.collect();
  now += GRACE;
  expect(await collector.collect()).toEqual(NOTHING);
});

test("unless who made them says that they are gone", async () => {
  const [address] = await give("router-1", "h1");
  await give("router-2", "h1");
  const ownerExists = (owner: string) => owner !== "router-1";
  const knowing = new Collector(store, { grace: 0, ...clocks, ownerExists });
  expect((await knowing.collect()).released).toMatchObject([{ owner: "router-1", address }]);
  expect(await ipam.byOwner(WEB, "router-1")).toEqual([]);
  expect(await ipam.byOwner(WEB, "router-2")).toHaveLength(1);
});

test("blocks of a host that has been gone for the grace are nobody's, and its addresses stay", async () => {
  const [address] = await give("a router of the tenant", "h1");
  await write(store, "liveness/hosts/h1", undefined);
  expect(await collector.collect()).toEqual(NOTHING);
  now += GRACE;
  const pool = { tenant: "red", subnet: "web" };
  expect((await collector.collect()).orphaned).toMatchObject([{ pool, host: "h1" }]);
  expect(await ipam.byOwner(WEB, "a router of the tenant")).toEqual([address]);
  expect((await blocks()).join()).not.toContain('{"host":"h1"');
});

test("a host that comes back just before its block is taken keeps it", async () => {
  await give("a router of the tenant", "h1");
  await write(store, "liveness/hosts/h1", undefined);
  const observed = new ObservedStore(store);
  const other = new Collector(observed.store, { grace: GRACE, ...clocks });
  await other.collect();
  now += GRACE;
  observed.beforeCommit = () => write(store, "liveness/hosts/h1", "");
  expect(await other.collect()).toEqual(NOTHING);
  expect((await blocks()).join()).toContain('{"host":"h1"');
});

test("no host is taken to be gone when all of them seem to be", async () => {
  await give("a router of the tenant", "h1");
  for (const host of ["h1", "h2"]) await write(store, `liveness/hosts/${host}`, undefined);
  await collector.collect();
  now += GRACE;
  expect(await collector.collect()).toEqual(NOTHING);
});

test("of empty blocks a host keeps one, once their addresses have cooled down", async () => {
  const want = { kind: "any", families: [4], count: 130 } as const;
  await ipam.allocate({ pool: WEB, owner: "many", host: "h1", reason: "", want });
  expect(await blocks()).toHaveLength(3);
  await ipam.release({ pool: WEB, owner: "many" });
  expect(await collector.collect()).toEqual(NOTHING);
  now += MINUTE;
  expect((await collector.collect()).deleted).toHaveLength(2);
  expect(await collector.collect()).toEqual(NOTHING);
  await give("again", "h1");
  expect(await blocks()).toHaveLength(1);
});

test("empty blocks of a host that is gone, and of nobody, go", async () => {
  const fixed = { kind: "fixed", addresses: ips("10.1.0.5") } as const;
  await ipam.allocate({ pool: WEB, owner: "a", host: "h1", reason: "", want: fixed });
  await give("b", "h2");
  for (const owner of ["a", "b"]) await ipam.release({ pool: WEB, owner });
  await write(store, "liveness/hosts/h2", undefined);
  await collector.collect();
  now += GRACE;
  await collector.collect();
  expect(await blocks()).toEqual([]);
});

test("the next address of a host whose block was taken comes from a new block", async () => {
  await give("a", "h1");
  await ipam.release({ pool: WEB, owner: "a" });
  await write(store, "liveness/hosts/h1", undefined);
  await collector.collect();
  now += GRACE;
  expect((await collector.collect()).deleted).toHaveLength(1);
  expect(await give("b", "h1")).toHaveLength(1);
});

test("what is released late in a long collection waits its whole cool-down", async () => {
  const [first] = await give("endpoints/red/gone-1", "h1");
  const [second] = await give("endpoints/red/gone-2", "h1");
  const observed = new ObservedStore(store);
  observed.beforeCommit = async () => {
    now += (MINUTE * 2) / 3;
  };
  const slow = new Collector(observed.store, { grace: 0, ...clocks });
  expect((await slow.collect()).released).toHaveLength(2);
  // A cool-down is a minute, which the first has waited by now and the second has not.
  const given = [...(await give("router-1", "h1")), ...(await give("router-2", "h1"))];
  expect(given).toContain(first);
  expect(given).not.toContain(second);
});

test("nothing is taken back once it is another one's turn to collect", async () => {
  await give("endpoints/red/gone", "h1");
  await write(store, "turn", "mine");
  const modRevision = (await store.get("turn"))?.modRevision ?? 0;
  await give("a router of the tenant", "h2");
  await write(store, "liveness/hosts/h2", undefined);
  const compare = [{ key: "turn", modRevision }];
  const overtaken = new Collector(store, { grace: 0, ...clocks, compare });
  await write(store, "turn", "another's");
  const before = await blocks();
  expect(await overtaken.collect()).toEqual(NOTHING);
  expect(await blocks()).toEqual(before);
  const latest = [{ key: "turn", modRevision: (await store.get("turn"))?.modRevision ?? 0 }];
  const next = new Collector(store, { grace: 0, ...clocks, compare: latest });
  const { released, orphaned } = await next.collect();
  expect([released.length, orphaned.length]).toEqual([1, 1]);
});
