import { type Companion, ResourceStore, type Store } from "@selvedge/datastore";
import { parseIpAddress } from "@selvedge/net";
import { type Change, formatIssue, type Resource, type ResourceKey } from "@selvedge/resources";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endpointCompanion } from "../src/endpoint-companion.ts";
import { Ipam } from "../src/ipam.ts";
import { declared, endpoint, network } from "./network.ts";
import { ips, pool } from "./pools.ts";
import { TemporaryStore } from "./stores.ts";

const MINUTE = 60_000;
const WEB = pool({ cidrs: ["10.1.0.0/29"] });

let temporary: TemporaryStore;
let store: Store;
let now: number;
let companion: Companion;

beforeEach(async () => {
  temporary = new TemporaryStore();
  store = temporary.store;
  now = 1_000_000;
  companion = endpointCompanion(store, { now: () => now });
  await apply(network("red", "cidrs: [10.1.0.0/29]"));
});

afterEach(() => temporary[Symbol.asyncDispose]());

/** Applies documents with the companion and gives what is refused. */
async function apply(text: string, ...deleted: ResourceKey[]): Promise<string[]> {
  return applyChanges([
    ...(text === "" ? [] : declared(text)),
    ...deleted.map((key) => ({ kind: "delete", key }) as const),
  ]);
}

async function applyChanges(changes: readonly Change[], by = companion): Promise<string[]> {
  const outcome = await new ResourceStore(store, by).apply(changes);
  if (outcome.kind === "refused") return outcome.issues.map(formatIssue);
  if (outcome.kind === "conflict") throw new Error(`conflict at ${outcome.key}`);
  return [];
}

const ANY = "addresses: []";

async function addressesOf(name: string): Promise<readonly string[] | undefined> {
  const found: Resource | undefined = await new ResourceStore(store).get(`endpoints/red/${name}`);
  return found?.kind === "Endpoint" ? found.spec.addresses : undefined;
}

async function useOf(address: string) {
  const use = await new Ipam(store).lookup(WEB, parseIpAddress(address));
  return use === undefined ? undefined : { owner: use.owner, host: use.host, reason: use.reason };
}

describe("an endpoint without addresses", () => {
  test("gets one of each family of its subnet, from a block of its host", async () => {
    const dual = network("blue", "cidrs: [10.1.0.0/29, '2001:db8::/64']");
    await apply(dual);
    expect(await apply(endpoint("web-1", `host: h1, ${ANY}`, "blue"))).toEqual([]);
    const found = await new ResourceStore(store).get("endpoints/blue/web-1");
    expect(found).toMatchObject({
      spec: { addresses: ["10.1.0.1", expect.stringMatching(/^2001:db8:/)] },
    });
  });

  test("keeps it when it is applied again, and nothing is written", async () => {
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    expect(await addressesOf("web-1")).toEqual(["10.1.0.1"]);
    const block = await store.get("ipam/blocks/red/web/ipv4/10.1.0.0-26");
    expect(await apply(endpoint("web-1", `host: h1, ${ANY}`))).toEqual([]);
    expect(await addressesOf("web-1")).toEqual(["10.1.0.1"]);
    expect(await store.get("ipam/blocks/red/web/ipv4/10.1.0.0-26")).toEqual(block);
    expect(await useOf("10.1.0.1")).toEqual({
      owner: "endpoints/red/web-1",
      ...{ host: "h1", reason: "automatic" },
    });
  });

  test("gets an address of a family that its subnet has got", async () => {
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    await apply(network("red", "cidrs: [10.1.0.0/29, '2001:db8::/64']"));
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    expect(await addressesOf("web-1")).toEqual(["10.1.0.1", expect.stringMatching(/^2001:db8:/)]);
  });

  test("gets none that another endpoint of the same apply asks for, or has without a block saying so", async () => {
    const old = declared(endpoint("old", "host: h1, addresses: [10.1.0.1]"));
    await new ResourceStore(store).apply(old);
    const both = `${endpoint("web-1", `host: h1, ${ANY}`)}---${endpoint("web-2", "host: h1, addresses: [10.1.0.2]")}`;
    expect(await apply(both)).toEqual([]);
    expect(await addressesOf("web-1")).toEqual(["10.1.0.3"]);
  });

  test("is refused when the subnet is full, and so is all that is applied with it", async () => {
    const names = ["1", "2", "3", "4", "5", "6", "7"];
    const all = names.map((name) => endpoint(`web-${name}`, `host: h1, ${ANY}`)).join("---");
    expect(await apply(all)).toEqual([
      expect.stringContaining(
        "subnet red/web: no IPv4 address is free: of 8 in 10.1.0.0/29, 6 are",
      ),
    ]);
    expect(await addressesOf("web-1")).toBeUndefined();
    expect(await useOf("10.1.0.1")).toBeUndefined();
  });
});

describe("an endpoint with addresses", () => {
  test("has them in its block, as fixed ones", async () => {
    await apply(endpoint("web-1", "host: h1, addresses: [10.1.0.5], mac: 02:00:0a:01:00:0b"));
    const owner = "endpoints/red/web-1";
    expect(await useOf("10.1.0.5")).toEqual({ owner, host: "h1", reason: "fixed" });
  });

  test("is refused one that somebody has, who is named", async () => {
    const fixed = { kind: "fixed", addresses: ips("10.1.0.5") } as const;
    await new Ipam(store).allocate({
      pool: WEB,
      owner: "router-1",
      host: "h1",
      reason: "",
      want: fixed,
    });
    const [issue] = await apply(endpoint("web-1", "host: h1, addresses: [10.1.0.5]"));
    expect(issue).toMatch(
      /^network\.yaml:4:\d+: spec\.addresses: subnet red\/web: 10\.1\.0\.5 is given to router-1; use another/,
    );
  });

  test("gives up those that it does not name any more", async () => {
    await apply(endpoint("web-1", "host: h1, addresses: [10.1.0.5, 10.1.0.6]"));
    await apply(endpoint("web-1", "host: h1, addresses: [10.1.0.6, 10.1.0.4]"));
    expect(await addressesOf("web-1")).toEqual(["10.1.0.6", "10.1.0.4"]);
    expect(await useOf("10.1.0.5")).toBeUndefined();
    expect(await useOf("10.1.0.4")).toMatchObject({ owner: "endpoints/red/web-1" });
  });

  test("is refused the network address of a bridged subnet, and then nobody has it", async () => {
    await apply(network("red", "cidrs: [10.1.0.0/29], mode: bridged"));
    expect(await apply(endpoint("web-1", "host: h1, addresses: [10.1.0.0]"))).toEqual([
      expect.stringContaining("10.1.0.0 is the network address of 10.1.0.0/29"),
    ]);
    expect(await useOf("10.1.0.0")).toBeUndefined();
  });

  test("can swap them with another in one apply", async () => {
    const pair = (a: string, b: string) =>
      `${endpoint("a", `host: h1, addresses: [${a}]`)}---${endpoint("b", `host: h1, addresses: [${b}]`)}`;
    await apply(pair("10.1.0.2", "10.1.0.3"));
    expect(await apply(pair("10.1.0.3", "10.1.0.2"))).toEqual([]);
    expect(await useOf("10.1.0.2")).toMatchObject({ owner: "endpoints/red/b" });
  });
});

describe("an endpoint that", () => {
  test("moves keeps its addresses, which are borrowed from then on", async () => {
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    expect(await apply(endpoint("web-1", `host: h2, ${ANY}`))).toEqual([]);
    expect(await addressesOf("web-1")).toEqual(["10.1.0.1"]);
    const use = await new Ipam(store).lookup(WEB, parseIpAddress("10.1.0.1"));
    expect(use).toMatchObject({ host: "h2", blockHost: "h1", reason: "automatic", time: now });
  });

  test("is deleted gives its addresses back, to others after they have cooled down", async () => {
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    expect(await apply("", "endpoints/red/web-1")).toEqual([]);
    await apply(endpoint("web-2", `host: h1, ${ANY}`));
    expect(await addressesOf("web-2")).toEqual(["10.1.0.2"]);
    now += MINUTE;
    await apply(endpoint("web-3", `host: h1, ${ANY}`));
    expect(await addressesOf("web-3")).toEqual(["10.1.0.1"]);
  });

  test("goes to another subnet gets addresses there and gives up the old ones", async () => {
    await apply(`
kind: Subnet
metadata: { name: db, namespace: red }
spec: { vrf: main, cidrs: [10.2.0.0/24] }
`);
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    await apply(endpoint("web-1", `host: h1, ${ANY}`).replace("subnet: web", "subnet: db"));
    expect(await addressesOf("web-1")).toEqual([expect.stringMatching(/^10\.2\.0\./)]);
    expect(await useOf("10.1.0.1")).toBeUndefined();
  });

  test("names a subnet that is nowhere is left to admission", async () => {
    const text = endpoint("web-1", "host: h1, addresses: [10.1.0.1]").replace(
      "subnet: web",
      "subnet: x",
    );
    expect(await apply(text)).toEqual([expect.stringContaining('there is no Subnet "x"')]);
  });
});

describe("a subnet that is deleted", () => {
  test("takes its blocks with it, with its endpoints in the same apply", async () => {
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    expect(await apply("", "endpoints/red/web-1", "subnets/red/web")).toEqual([]);
    expect(await store.list("ipam/")).toMatchObject({ entries: [] });
  });

  test("is kept while somebody who is no endpoint has an address of it", async () => {
    const [address] = await new Ipam(store).allocate({
      pool: WEB,
      owner: "router-1",
      host: "h1",
      reason: "",
    });
    expect(await apply("", "subnets/red/web")).toEqual([
      `subnets/red/web: ${address} is given to router-1; release it first`,
    ]);
  });
});

describe("what is remembered of a pool", () => {
  test("is read again when another process has changed it", async () => {
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    const other = endpointCompanion(store, { now: () => now });
    const second = declared(endpoint("web-2", `host: h1, ${ANY}`));
    expect(await applyChanges(second, other)).toEqual([]);
    await apply(endpoint("web-3", `host: h1, ${ANY}`));
    expect(await addressesOf("web-3")).toEqual(["10.1.0.3"]);
  });

  test("does not stand against an address that has become free meanwhile", async () => {
    const names = ["1", "2", "3", "4", "5", "6"];
    await apply(names.map((name) => endpoint(`web-${name}`, `host: h1, ${ANY}`)).join("---"));
    const other = endpointCompanion(store, { now: () => now - MINUTE });
    await applyChanges([{ kind: "delete", key: "endpoints/red/web-2" }], other);
    expect(await apply(endpoint("web-7", `host: h1, ${ANY}`))).toEqual([]);
    expect(await addressesOf("web-7")).toEqual(["10.1.0.2"]);
  });

  test("leaves two that apply at the same time with different addresses", async () => {
    const other = endpointCompanion(store, { now: () => now });
    const changes = (name: string) => declared(endpoint(name, `host: h1, ${ANY}`));
    const outcomes = await Promise.all([
      applyChanges(changes("a")),
      applyChanges(changes("b"), other),
      applyChanges(changes("c")),
    ]);
    expect(outcomes).toEqual([[], [], []]);
    const given = await Promise.all(["a", "b", "c"].map(addressesOf));
    expect(new Set(given.flat()).size).toBe(3);
  });
});

describe("a subnet's block length", () => {
  const withLength = (ipv4: number) =>
    network("red", `cidrs: [10.1.0.0/29], blockLength: { ipv4: ${ipv4} }`);

  test("may change as long as nothing has been given", async () => {
    expect(await apply(withLength(30))).toEqual([]);
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    const page = await store.list("ipam/blocks/red/web/");
    const keys = page.kind === "page" ? page.entries.map(({ key }) => key) : [];
    expect(keys).toEqual([expect.stringMatching(/10\.1\.0\.[04]-30$/)]);
  });

  test("is refused with the block that stands against it, and where it was asked for", async () => {
    await apply(endpoint("web-1", `host: h1, ${ANY}`));
    const refused = [
      expect.stringMatching(
        /^network\.yaml:\d+:\d+: .*blockLength: subnet red\/web has blocks of another length: 10\.1\.0\.0\/26; keep the length, or make another subnet$/,
      ),
    ];
    expect(await apply(withLength(30))).toEqual(refused);
    expect(await apply(`${withLength(30)}---${endpoint("web-2", `host: h1, ${ANY}`)}`)).toEqual(
      refused,
    );
    expect(await addressesOf("web-2")).toBeUndefined();
    expect(await apply(network("red", "cidrs: [10.1.0.0/29]"))).toEqual([]);
  });
});
