/**
 * `npm run fuzz -w @selvedge/bgp-evpn -- [--seconds 60] [--seed N] [--save]`: fuzzes until the time is over or a defect
 * is found. Inputs that reach blocks of the sources which none before has reached are changed further; `--save` writes
 * them to corpus/.
 */

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { keep } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { Fuzzer, type FuzzInput } from "./fuzzer.ts";

/** One count is as much work as some inputs, so it is done for many at once. */
const BATCH = 100;
const MAX_SAVED_OCTETS = 400;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string" },
    save: { type: "boolean", default: false },
  },
});
const seed = values.seed === undefined ? randomInt(2 ** 32) : Number(values.seed);
const seconds = Number(values.seconds);
if (!Number.isInteger(seed) || !(seconds > 0)) {
  throw new Error("--seed takes an integer, --seconds a positive number");
}

const fuzzer = new Fuzzer(seed);
const coverage = new Coverage();
let inputs = 0;
let found = 0;

/** Those of a batch that reach something new, found by running each again alone. */
const keepNew = (batch: readonly FuzzInput[]): void => {
  for (const one of batch) {
    fuzzer.check(one);
    if (!coverage.hasNew(true)) continue;
    found++;
    fuzzer.add(one);
    if (values.save && one.input.length <= MAX_SAVED_OCTETS) keep(one.target, one.input);
  }
};

const report = (): void => {
  process.stdout.write(
    `seed ${seed}: ${inputs} inputs, ${coverage.blocks} blocks reached, ${found} inputs kept\n`,
  );
};

for (const one of fuzzer.corpus()) fuzzer.check(one);
coverage.hasNew(true);
report();
const start = performance.now();
let next = start + 10_000;
while (performance.now() < start + seconds * 1000) {
  const batch = Array.from({ length: BATCH }, () => fuzzer.next());
  for (const one of batch) fuzzer.check(one);
  inputs += BATCH;
  if (coverage.hasNew(false)) keepNew(batch);
  if (performance.now() < next) continue;
  next += 10_000;
  report();
}
report();
