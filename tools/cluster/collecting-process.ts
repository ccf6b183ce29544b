/**
 * Collects IPAM's garbage once, as the host whose turn it is and without any grace: owners that are called `gone-...` are.
 * Sends itself a signal before its n-th release. Arguments: the datastore, n, the signal, seconds of its lease.
 */
import { createLogger } from "@selvedge/agent";
import { openStore, parseDatastoreLocation, type Store } from "@selvedge/datastore";
import { Collector } from "@selvedge/ipam";
import { GarbageCollection } from "../../packages/agent/src/cluster/garbage-collection.ts";

const [, , location = "", last = "", signal = "", timeToLive = ""] = process.argv;
const parsed = parseDatastoreLocation(location);
if (parsed.kind === "refused") throw new Error(parsed.message);
const store = openStore(parsed.location);
let commits = 0;
const interrupted: Store = {
  commit: async (transaction) => {
    commits += 1;
    if (commits === Number(last)) process.kill(process.pid, signal);
    return await store.commit(transaction);
  },
  get: (key) => store.get(key),
  list: (prefix, options) => store.list(prefix, options),
  watch: (prefix, revision, signal) => store.watch(prefix, revision, signal),
  grantLease: (seconds) => store.grantLease(seconds),
  revision: () => store.revision(),
  compact: (revision) => store.compact(revision),
  [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
};
const garbage = new GarbageCollection({
  store,
  lease: await store.grantLease(Number(timeToLive)),
  host: "collecting",
  collect: async (goneSince, turn) => {
    const collector = new Collector(interrupted, {
      grace: 0,
      goneSince,
      compare: [turn],
      ownerExists: (owner) => !owner.startsWith("gone-"),
    });
    return { collected: await collector.collect(), goneSince: collector.goneSince };
  },
  log: createLogger("collecting", "error"),
});
await garbage.turn();
process.exit();
