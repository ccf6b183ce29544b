/** One host of the benchmark `ipam`: LOCATION KIND HOST SECONDS; prints how much it did and how long single calls took. */
import { openStore, parseDatastoreLocation, type Store, StoreError } from "@selvedge/datastore";
import { Ipam, type Pool } from "@selvedge/ipam";
import { parseIpPrefix } from "@selvedge/net";

/** Large enough to give for a minute and more, and still of blocks of 64. */
const POOL: Pool = {
  ...{ tenant: "bench", subnet: "web", gateway: [], reserved: [], excluded: [] },
  cidrs: [parseIpPrefix("10.0.0.0/10")],
  blockLength: { 4: 26, 6: 122 },
};
const BATCH = 64;
/** Milliseconds to get warm. */
const WARM_UP = 500;

const [location = "", kind = "", host = "", seconds = ""] = process.argv.slice(2);
const parsed = parseDatastoreLocation(location);
if (parsed.kind === "refused") throw new Error(parsed.message);
await using store = openStore(parsed.location);
const step = stepOf(store);
await during(WARM_UP, step);
console.log(JSON.stringify(await during(Number(seconds) * 1000, step)));

/** Does some work and tells how much. */
function stepOf(on: Store): () => Promise<number> {
  if (kind === "compare-and-swap") return compareAndSwap(on);
  const ipam = new Ipam(on);
  let next = 0;
  const allocate = () =>
    ipam.allocate({ pool: POOL, owner: `${host}-${next++}`, host, reason: "bench" });
  if (kind === "single") {
    return async () => {
      await allocate();
      return 1;
    };
  }
  return async () => {
    await Promise.all(Array.from({ length: BATCH }, allocate));
    return BATCH;
  };
}

/** What bare compare-and-swap of a key of its own, with a value as long as half a block, costs. */
function compareAndSwap(on: Store): () => Promise<number> {
  const key = `bench/${host}`;
  const value = "x".repeat(2500);
  let modRevision = 0;
  return async () => {
    const outcome = await on.commit({
      compare: [{ key, modRevision }],
      writes: [{ kind: "put", key, value }],
    });
    if (outcome.kind === "conflict") throw new Error("nobody else writes this key");
    modRevision = outcome.revision;
    return 1;
  };
}

async function during(
  milliseconds: number,
  work: () => Promise<number>,
): Promise<{ done: number; seconds: number; milliseconds: number[] }> {
  const start = performance.now();
  const times: number[] = [];
  let done = 0;
  while (performance.now() - start < milliseconds) {
    const before = performance.now();
    try {
      done += await work();
    } catch (error) {
      // Another process held SQLite's lock for seconds: it is no allocation, and the time counts.
      if (!(error instanceof StoreError && error.code === "busy")) throw error;
    }
    times.push(performance.now() - before);
  }
  return { done, seconds: (performance.now() - start) / 1000, milliseconds: times };
}
