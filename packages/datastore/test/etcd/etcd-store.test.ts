import { once } from "node:events";
import { Etcd3 } from "etcd3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEtcdStore, type Store, type WatchEvent, type Write } from "../../src/index.ts";
import { describeStoreContract } from "../store-contract.ts";
import { EtcdServer } from "./etcd-server.ts";
import { Relay } from "./relay.ts";

let server: EtcdServer;
let prefixes = 0;

beforeAll(async () => {
  server = await EtcdServer.start();
});

afterAll(() => server?.remove());

describeStoreContract("the etcd engine", () => {
  prefixes += 1;
  const location = { prefix: `/contract-${prefixes}/` };
  return {
    open: async () => openEtcdStore({ ...location, endpoints: [server.endpoint] }),
    remove: async () => {},
  };
});

function open(prefix: string, ...others: readonly string[]): Store {
  return openEtcdStore({ endpoints: [...others, server.endpoint], prefix });
}

async function put(store: Store, key: string, value: string): Promise<number> {
  const outcome = await store.commit({ compare: [], writes: [{ kind: "put", key, value }] });
  if (outcome.kind !== "committed") throw new Error(`conflict at ${outcome.key}`);
  return outcome.revision;
}

/** Follows a watch in the background: the values of all puts so far. */
function follow(events: AsyncIterable<WatchEvent>) {
  const values: string[] = [];
  const kinds: string[] = [];
  const done = (async () => {
    for await (const event of events) {
      kinds.push(event.kind);
      if (event.kind !== "changes") continue;
      for (const change of event.changes)
        if (change.kind === "put") values.push(change.entry.value);
    }
  })();
  return { values, kinds, done };
}

describe("prefixes", () => {
  test("two installations in one etcd do not see each other", async () => {
    await using one = open("/one/");
    await using other = open("/one-and-more/");
    await put(one, "a", "1");
    await put(other, "a", "2");
    expect(await one.list("")).toMatchObject({ entries: [{ key: "a", value: "1" }] });
    expect(await other.list("")).toMatchObject({ entries: [{ key: "a", value: "2" }] });
  });

  test("what settles commits is not among the values", async () => {
    await using store = open("/hidden/");
    await put(store, "a", "1");
    const page = await store.list("");
    expect(page.kind === "page" && page.entries.map(({ key }) => key)).toEqual(["a"]);
  });
});

describe("what is too large is refused before it is sent", () => {
  test.each([
    ["2 MiB in one value", [2 * 1024 * 1024]],
    ["2 MiB in many values", Array.from({ length: 200 }, () => 10 * 1024)],
  ])("%s", async (_, sizes) => {
    await using store = open("/large/");
    const before = await store.revision();
    const writes = sizes.map((size, index) => {
      return { kind: "put", key: `k${index}`, value: "x".repeat(size) } as const;
    });
    await expect(store.commit({ compare: [], writes })).rejects.toMatchObject({
      code: "too-large",
    });
    expect(await store.revision()).toBe(before);
  });

  test("values of just under the limit are taken", async () => {
    await using store = open("/nearly-large/");
    await put(store, "k", "x".repeat(1.4 * 1024 * 1024));
    expect((await store.get("k"))?.value.length).toBe(Math.floor(1.4 * 1024 * 1024));
  });
});

describe("a server that dies", { timeout: 60_000 }, () => {
  test("and comes back loses nothing: a watch goes on, each change once and in order", async () => {
    await using store = open("/dies/");
    const controller = new AbortController();
    const from = await put(store, "a", "before");
    const followed = follow(store.watch("", from, controller.signal));
    await put(store, "a", "1");
    await server.kill();
    const restarted = server.start();
    await put(store, "a", "2");
    await restarted;
    await put(store, "b", "3");
    await expect.poll(() => followed.values, { timeout: 20_000 }).toEqual(["1", "2", "3"]);
    controller.abort();
    await followed.done;
    expect(new Set(followed.kinds)).toEqual(new Set(["changes"]));
  });

  test("and stays away is said to be unavailable, of reads, commits and watches", async () => {
    await using store = open("/away/");
    const from = await put(store, "a", "1");
    await server.kill();
    try {
      const watched = follow(store.watch("", from, new AbortController().signal)).done;
      await expect(store.get("a")).rejects.toMatchObject({ code: "unavailable" });
      await expect(watched).rejects.toMatchObject({ code: "unavailable" });
      await expect(put(store, "a", "2")).rejects.toMatchObject({
        code: expect.stringMatching(/^(unavailable|unknown-outcome)$/),
      });
    } finally {
      await server.start();
    }
    expect(await store.get("a")).toMatchObject({ value: "1" });
  });

  test("a second member is used when the first does not answer", async () => {
    await using store = open("/second/", "127.0.0.1:1");
    await put(store, "a", "1");
    expect(await store.get("a")).toMatchObject({ value: "1" });
  });
});

describe("a commit without an answer", { timeout: 60_000 }, () => {
  test("that has happened is found to have, and is not made again", async () => {
    await using relay = await Relay.to(server.endpoint);
    await using store = openEtcdStore({ endpoints: [relay.endpoint], prefix: "/lost/" });
    await using witness = open("/lost/");
    const revision = await put(store, "a", "0");
    relay.loseAnswers();
    const committing = store.commit({
      compare: [{ key: "a", modRevision: revision }],
      writes: [{ kind: "put", key: "a", value: "1" }],
    });
    await expect.poll(async () => (await witness.get("a"))?.value, { timeout: 20_000 }).toBe("1");
    relay.recover();
    const entry = await witness.get("a");
    expect(await committing).toEqual({ kind: "committed", revision: entry?.modRevision });
    expect(await witness.get("a")).toEqual(entry);
    // The slot that it went through serves the next commit.
    await put(store, "a", "2");
    expect(await witness.get("a")).toMatchObject({ value: "2" });
  });

  test("whose server never comes back has an unknown outcome, not a failed one", async () => {
    const own = await EtcdServer.start();
    try {
      await using store = openEtcdStore({ endpoints: [own.endpoint], prefix: "/unknown/" });
      await put(store, "a", "0");
      own.freeze();
      await expect(put(store, "a", "1")).rejects.toMatchObject({ code: "unknown-outcome" });
    } finally {
      own.thaw();
      await own.remove();
    }
  });

  test("whose store is closed meanwhile has an unknown outcome at once", async () => {
    const own = await EtcdServer.start();
    try {
      const store = openEtcdStore({ endpoints: [own.endpoint], prefix: "/closed/" });
      await put(store, "a", "0");
      own.freeze();
      const committing = put(store, "a", "1");
      committing.catch(() => undefined);
      // Beyond the time limit of the call, so that it is being settled.
      await new Promise((resolve) => setTimeout(resolve, 3500));
      await store[Symbol.asyncDispose]();
      await expect(committing).rejects.toMatchObject({ code: "unknown-outcome" });
    } finally {
      own.thaw();
      await own.remove();
    }
  });
});

describe("a server that hangs", { timeout: 60_000 }, () => {
  test("for some seconds in the middle of commits: each happens once, whoever waits", async () => {
    await using store = open("/hangs/");
    await put(store, "count", "0");
    const from = await store.revision();
    const controller = new AbortController();
    const followed = follow(store.watch("count", from, controller.signal));
    server.freeze();
    const timer = setTimeout(() => server.thaw(), 5000);
    try {
      for (let count = 1; count <= 5; count++) {
        const entry = await store.get("count");
        const outcome = await store.commit({
          compare: [{ key: "count", modRevision: entry?.modRevision ?? 0 }],
          writes: [{ kind: "put", key: "count", value: String(count) }],
        });
        expect(outcome.kind).toBe("committed");
      }
    } finally {
      clearTimeout(timer);
      server.thaw();
    }
    await expect
      .poll(() => followed.values, { timeout: 20_000 })
      .toEqual(["1", "2", "3", "4", "5"]);
    controller.abort();
    await followed.done;
  });

  test("with a commit under way, which is settled and not repeated", async () => {
    await using store = open("/settles/");
    await using other = open("/settles/");
    const revision = await put(store, "a", "0");
    server.freeze();
    const committing = store.commit({
      compare: [{ key: "a", modRevision: revision }],
      writes: [{ kind: "put", key: "a", value: "1" }],
    });
    const timer = setTimeout(() => server.thaw(), 4500);
    const outcome = await committing.finally(() => clearTimeout(timer));
    expect(outcome.kind).toBe("committed");
    const entry = await other.get("a");
    expect(entry?.value).toBe("1");
    expect(outcome).toEqual({ kind: "committed", revision: entry?.modRevision });
  });

  test("for longer than a lease: its holder knows, without an answer, and can get another", async () => {
    await using store = open("/lost/");
    const lease = await store.grantLease(2);
    const writes: Write[] = [{ kind: "put", key: "alive", value: "", lease }];
    await store.commit({ compare: [], writes });
    server.freeze();
    try {
      await once(lease.lost, "abort");
    } finally {
      server.thaw();
    }
    await lease.revoke();
    expect(await store.get("alive")).toBeUndefined();
    const next = await store.grantLease(2);
    await put(store, "b", "1");
    expect(next.lost.aborted).toBe(false);
    await next.revoke();
  });

  test("for less than a lease: its holder keeps it", async () => {
    await using store = open("/kept/");
    const lease = await store.grantLease(15);
    const writes: Write[] = [{ kind: "put", key: "alive", value: "", lease }];
    await store.commit({ compare: [], writes });
    server.freeze();
    const thawing = setTimeout(() => server.thaw(), 4000);
    try {
      await put(store, "b", "1");
    } finally {
      clearTimeout(thawing);
      server.thaw();
    }
    expect(lease.lost.aborted).toBe(false);
    expect(await store.get("alive")).toMatchObject({ key: "alive" });
    await lease.revoke();
  });
});

test("a watch whose backlog is larger than 4 MiB delivers it", { timeout: 60_000 }, async () => {
  await using store = open("/backlog/");
  const from = await store.revision();
  const value = "x".repeat(100 * 1024);
  for (let index = 0; index < 60; index++) await put(store, `k${index}`, value);
  const controller = new AbortController();
  const followed = follow(store.watch("", from, controller.signal));
  await expect.poll(() => followed.values.length, { timeout: 20_000 }).toBe(60);
  controller.abort();
  await followed.done;
});

describe("a compaction", () => {
  test("removes slots of stores that are long gone, and none of stores that may be at work", async () => {
    const client = new Etcd3({ hosts: `http://${server.endpoint}` });
    const slots = () => client.getAll().prefix("/slots/commits/").keys();
    let now = 1_000_000_000_000;
    const location = { endpoints: [server.endpoint], prefix: "/slots/" };
    await using store = openEtcdStore(location, { now: () => now });
    await using other = openEtcdStore(location, { now: () => now });
    await put(store, "a", "1");
    await put(other, "a", "2");
    now += 3_599_999;
    await put(other, "a", "3");
    await store.compact(await store.revision());
    expect(await slots()).toHaveLength(2);
    now += 1;
    await store.compact(await store.revision());
    expect(await slots()).toHaveLength(1);
    await put(store, "a", "4");
    await put(other, "a", "5");
    expect(await store.get("a")).toMatchObject({ value: "5" });
    client.close();
  });
});
