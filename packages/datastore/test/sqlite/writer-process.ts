/** Commits one entry after the other until it is killed, and prints the key of each acknowledged one. */
import { openSqliteStore } from "../../src/index.ts";

const [, , path = "", name = ""] = process.argv;
const store = openSqliteStore(path);
for (let index = 0; index < 100_000; index++) {
  const key = `${name}-${index}`;
  await store.commit({ compare: [], writes: [{ kind: "put", key, value: "v" }] });
  process.stdout.write(`${key}\n`);
}
