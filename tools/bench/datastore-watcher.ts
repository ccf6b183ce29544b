/** Who is told in the benchmark `datastore`: LOCATION CLIENT. Says "ready", and at the end of its input what it saw. */
import { once } from "node:events";
import { names } from "./bench-arguments.ts";
import { CLIENTS, watchKey } from "./datastore-clients.ts";

const [location = "", word = ""] = process.argv.slice(2);
const [client = "selvedge"] = names("client", word, CLIENTS);
/** Milliseconds from before the put until here; hrtime is one clock for all processes of a machine. */
const latencies: number[] = [];
await watchKey(client, location, (value) => {
  const sentAt = BigInt(value.slice(0, value.indexOf(" ")));
  latencies.push(Number(process.hrtime.bigint() - sentAt) / 1e6);
});
console.log("ready");
await once(process.stdin.resume(), "end");
process.stdout.write(`${JSON.stringify(latencies)}\n`, () => process.exit(0));
