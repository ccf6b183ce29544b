/**
 * What reading a datastore costs without Selvedge: LOCATION. Every value is read with the bare client of the engine,
 * JSON is parsed and kept, nothing else. Prints how many there were.
 */
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { Etcd3 } from "etcd3";
import { ETCD_PREFIX } from "./bench-datastore.ts";

const PAGE = 1000;
const [location = ""] = process.argv.slice(2);
const values: unknown[] = [];
if (location.startsWith("etcd://")) await readEtcd(new URL(location).host);
else readSqlite(location);
console.log(values.filter(isResource).length);
// Its costs are read while it is there.
await once(process.stdin.resume(), "end");

/** Agents keep more there than what is declared. */
function isResource(value: unknown): boolean {
  return typeof value === "object" && value !== null && "apiVersion" in value;
}

async function readEtcd(endpoint: string): Promise<void> {
  const client = new Etcd3({ hosts: `http://${endpoint}` });
  const end = Buffer.from(ETCD_PREFIX.replace(/\/$/, "0"));
  let key = Buffer.from(ETCD_PREFIX);
  for (let more = true; more; ) {
    const answer = await client.kv.range({ key, range_end: end, limit: PAGE });
    for (const { key: of, value } of answer.kvs) {
      const text = value.toString("utf8");
      if (text.startsWith("{")) values.push(JSON.parse(text));
      key = Buffer.concat([of, Buffer.of(0)]);
    }
    more = answer.more;
  }
  client.close();
}

function readSqlite(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  for (const { value } of database.prepare("SELECT value FROM entry ORDER BY key").iterate()) {
    values.push(JSON.parse(String(value)));
  }
  database.close();
}
