/** `npm run walk -w @selvedge/vxlan-dataplane -- --operations 1000 --seed 7`: a long random walk. */
import { parseArgs } from "node:util";
import { primeThreadPool } from "@selvedge/netlink";
import { walk } from "./walk.ts";

const { values } = parseArgs({
  options: {
    operations: { type: "string", default: "1000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    verbose: { type: "boolean", default: false },
  },
});
const [operations, seed] = [Number(values.operations), Number(values.seed)];
await primeThreadPool();
let done = 0;
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
const report = setInterval(() => process.stdout.write(`${done} of ${operations}\n`), 10_000);
try {
  process.stdout.write(`seed ${seed}, ${operations} operations\n`);
  const onOperation = (what: string) => {
    done++;
    if (values.verbose) process.stdout.write(`${what}\n`);
  };
  const { checks, kills, foreignDeeds, repairs } = await walk({
    ...{ seed, operations, onOperation },
    signal: stop.signal,
  });
  process.stdout.write(
    `equal to a fresh build ${checks} times, after ${kills} kills and ${foreignDeeds} foreign changes; ${repairs} writes\n`,
  );
} catch (error) {
  process.stdout.write(
    `${error instanceof Error ? error.message : error}\nagain: --seed ${seed}\n`,
  );
  process.exitCode = 1;
} finally {
  clearInterval(report);
}
