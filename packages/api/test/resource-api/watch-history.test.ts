/**
 * Watchers that are cut off again and again, at two servers of one datastore, while clients of both change it: what each
 * has been told, put together, is the history of what is there.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type Store } from "@selvedge/datastore";
import { parseResource, type Tenant } from "@selvedge/resources";
import { afterEach, beforeEach, expect, test } from "vitest";
import { injectTransport, ResourceClient, ResourceRefusedError } from "../../src/index.ts";
import { type ApiUnderTest, resource, startApi } from "./api-under-test.ts";

const WRITERS = 4;
const CHANGES = 60;
const WATCHERS = 6;
const END = "zz-end";

let directory: string;
let stores: Store[];
let apis: ApiUnderTest[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "selvedge-watch-history-"));
  stores = [0, 1].map(() => openSqliteStore(join(directory, "store.db")));
  apis = await Promise.all(stores.map((store) => startApi(store)));
});

afterEach(async () => {
  for (const api of apis) {
    await api[Symbol.asyncDispose]();
    expect(api.internalErrors).toEqual([]);
  }
  for (const store of stores) await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** Numbers that are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

function tenant(name: string): Tenant {
  const parsed = parseResource(resource("Tenant", name));
  if (parsed.kind === "parsed" && parsed.resource.kind === "Tenant") return parsed.resource;
  throw new Error("no tenant");
}

function clientOf(number: number): ResourceClient {
  const api = apis[number % apis.length];
  if (api === undefined) throw new Error("no API");
  return new ResourceClient({ transport: injectTransport(api.server) });
}

async function write(seed: number): Promise<void> {
  const next = numbers(seed);
  for (let change = 0; change < CHANGES; change++) {
    const client = clientOf(next(2));
    const name = `t${next(6)}`;
    try {
      const what = next(3);
      if (what === 0) await client.create(tenant(name));
      else if (what === 1) await client.delete("Tenant", { name });
      else {
        const labels = { at: `w${seed}-${change}` };
        await client.patch("Tenant", { name }, "merge", { metadata: { labels } });
      }
    } catch (error) {
      // Another one was there first.
      const reasons = ["NotFound", "AlreadyExists", "Conflict"];
      if (error instanceof ResourceRefusedError && reasons.includes(error.reason)) continue;
      throw error;
    }
  }
}

/** Follows from the first tenant to the last; labels of each that it knows, and how often it was cut off. */
async function watch(
  seed: number,
  first: Tenant,
): Promise<{ known: Map<string, string>; cuts: number }> {
  const next = numbers(seed + 100);
  const known = new Map([[first.metadata.name, ""]]);
  let resourceVersion = first.metadata.resourceVersion;
  for (let cuts = 0; ; cuts++) {
    const { signal } = new AbortController();
    const events = clientOf(cuts).watch("Tenant", { resourceVersion, signal });
    let left = 1 + next(8);
    for await (const { type, object } of events) {
      const { name, labels, resourceVersion: version } = object.metadata;
      expect(Number(version), `${type} ${name}`).toBeGreaterThan(Number(resourceVersion));
      expect(known.has(name), `${type} ${name}`).toBe(type !== "ADDED");
      resourceVersion = version;
      if (type === "DELETED") known.delete(name);
      else known.set(name, labels?.["at"] ?? "");
      if (name === END) return { known, cuts };
      left -= 1;
      if (left === 0) break;
    }
  }
}

test("tell each watcher every change once and in order, wherever it goes on", async () => {
  const first = await clientOf(0).create(tenant("t0"));
  const watching = Array.from({ length: WATCHERS }, (_, seed) => watch(seed, first));
  await Promise.all(Array.from({ length: WRITERS }, (_, seed) => write(seed)));
  await clientOf(1).create(tenant(END));
  const { items } = await clientOf(0).list("Tenant");
  const present = new Map(
    items.map(({ metadata }) => [metadata.name, metadata.labels?.["at"] ?? ""]),
  );
  for (const { known, cuts } of await Promise.all(watching)) {
    expect(known).toEqual(present);
    expect(cuts).toBeGreaterThan(5);
  }
});
