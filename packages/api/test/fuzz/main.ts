/** `npm run fuzz -w @selvedge/api -- --seconds 600 --seed 7`: asks the API anything for so long. */
import { inspect, parseArgs } from "node:util";
import fc from "fast-check";
import { FuzzedServer, FuzzFinding } from "./fuzzed-server.ts";
import { requests } from "./requests.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);

await using server = await FuzzedServer.start();
process.stdout.write(`seed ${seed}, ${seconds} s\n`);
const batches = fc.array(requests(await server.openApi()), {
  minLength: 1,
  maxLength: 40,
  size: "max",
});
const report = setInterval(() => process.stdout.write(`${summary()}\n`), 10_000);
try {
  await fc.assert(
    fc.asyncProperty(batches, async (batch) => {
      await server.askAll(batch);
    }),
    { numRuns: Number.MAX_SAFE_INTEGER, seed, interruptAfterTimeLimit: seconds * 1000 },
  );
  process.stdout.write(`nothing found: ${summary()}\n`);
} catch (error) {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const found = cause instanceof FuzzFinding ? cause.message : inspect(cause);
  process.stdout.write(`${found}\nagain: --seed ${seed}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(report);
}

function summary(): string {
  const counts = [...server.seen].sort(([a], [b]) => (a < b ? -1 : 1));
  return counts.map(([what, count]) => `${what}: ${count}`).join(", ");
}
