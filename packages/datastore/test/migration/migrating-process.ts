/**
 * Migrates and dies by SIGKILL at its n-th commit, to whichever store: just before it is sent (`before`), or while it
 * is on its way (`sent`), which for SQLite is after it has happened. Arguments: FROM TO before|sent N, as JSON texts.
 */
import { datastoreLocationSchema, type Store } from "../../src/index.ts";
import { openEngine } from "../../src/location.ts";
import { migrate, type Side } from "../../src/migration/migrate.ts";

const [, , from = "", to = "", mode = "", at = ""] = process.argv;
let commits = 0;

function dying(text: string): Side {
  const engine = openEngine(datastoreLocationSchema.parse(JSON.parse(text)));
  const commit: Store["commit"] = async (transaction) => {
    commits += 1;
    if (commits !== Number(at)) return await engine.commit(transaction);
    if (mode === "sent") {
      void engine.commit(transaction);
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.kill(process.pid, "SIGKILL");
    return await new Promise(() => {});
  };
  const store: Store = {
    commit,
    get: (key) => engine.get(key),
    list: (prefix, options) => engine.list(prefix, options),
    watch: (prefix, revision, signal) => engine.watch(prefix, revision, signal),
    grantLease: (seconds) => engine.grantLease(seconds),
    revision: () => engine.revision(),
    compact: (revision) => engine.compact(revision),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
  return { store, location: text };
}

const [source, target] = [dying(from), dying(to)];
await migrate({ source, target });
process.stdout.write(`${commits}\n`);
await source.store[Symbol.asyncDispose]();
await target.store[Symbol.asyncDispose]();
