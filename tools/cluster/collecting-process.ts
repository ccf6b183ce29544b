/**
 * Collects IPAM's garbage once, without any grace: owners that are called `gone-...` are. Dies by SIGKILL before its n-th
 * commit. Arguments: the datastore, n.
 */
import { openStore, parseDatastoreLocation, type Store } from "@selvedge/datastore";
import { Collector } from "@selvedge/ipam";

const [, , location = "", last = ""] = process.argv;
const parsed = parseDatastoreLocation(location);
if (parsed.kind === "refused") throw new Error(parsed.message);
const store = openStore(parsed.location);
let commits = 0;
const dying: Store = {
  commit: async (transaction) => {
    commits += 1;
    if (commits === Number(last)) process.kill(process.pid, "SIGKILL");
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
await new Collector(dying, {
  grace: 0,
  ownerExists: (owner) => !owner.startsWith("gone-"),
}).collect();
