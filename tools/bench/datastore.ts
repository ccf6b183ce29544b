/**
 * What a commit costs, and how long until another process is told of it: the datastore beside the bare client of its
 * engine, which does the same compare-and-swap of one key and the same watch.
 *
 *     npm run bench -- datastore [--seconds N] [--repetitions N] [--engines sqlite,etcd] [--json]
 *
 * Latency is from before a put until the watcher, a process of its own, has the value; a put each 10 ms. Commits a second
 * are one after the other, with nobody watching; CPU is the writer's. Values have 600 octets, as an Endpoint. SQLite
 * alone has no watch. The clients take turns; latencies are of all repetitions. Exits with 1 when a watcher was not told
 * of every put.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";
import { count, names, runMain, seconds } from "./bench-arguments.ts";
import { ENGINES, type Engine, withDatastore } from "./bench-datastore.ts";
import { CLIENTS, type Client, openWriter, type Writer } from "./datastore-clients.ts";
import { type Figure, figure, figureText, quantile, rounded } from "./figures.ts";

const WATCHER = fileURLToPath(new URL("./datastore-watcher.ts", import.meta.url));
const INTERVAL_MS = 10;
const WARM_UP_MS = 300;
/** What the last put may take until it is seen. */
const GRACE_MS = 500;
const PADDING = "x".repeat(580);

interface Row {
  readonly engine: Engine;
  readonly client: Client;
  readonly commitsPerSecond: Figure;
  readonly cpuMicroseconds: Figure;
  /** Absent where there is no watch. */
  readonly latency?: { readonly p50: number; readonly p99: number; readonly samples: number };
}

async function flatOut(writer: Writer, milliseconds: number): Promise<[number, number]> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let done = 0;
  while (performance.now() - start < milliseconds) {
    await writer.put(`0 ${PADDING}`);
    done++;
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return [done / seconds, (user + system) / done];
}

/** Milliseconds that each put took to the watcher. */
async function latencies(
  client: Client,
  location: string,
  writer: Writer,
  milliseconds: number,
): Promise<readonly number[]> {
  const child = spawn(process.execPath, [...NODE_FLAGS, WATCHER, location, client], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready") throw new Error("the watcher does not start");
  const start = performance.now();
  let puts = 0;
  while (performance.now() - start < milliseconds) {
    await writer.put(`${process.hrtime.bigint()} ${PADDING}`);
    puts++;
    await sleep(INTERVAL_MS);
  }
  await sleep(GRACE_MS);
  const ended = once(child, "exit");
  child.stdin.end();
  const seen = z.array(z.number()).parse(JSON.parse((await lines.next()).value ?? "[]"));
  await ended;
  if (seen.length !== puts) throw new Error(`of ${puts} puts the watcher saw ${seen.length}`);
  return seen;
}

async function bench(engine: Engine, milliseconds: number, repetitions: number): Promise<Row[]> {
  const runs = CLIENTS.map((client) => ({
    client,
    rates: [] as number[],
    cpus: [] as number[],
    latencies: [] as number[],
  }));
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const run of runs) {
      await withDatastore(engine, async ({ location }) => {
        await using writer = openWriter(run.client, location);
        await flatOut(writer, WARM_UP_MS);
        const [rate, cpu] = await flatOut(writer, milliseconds);
        run.rates.push(rate);
        run.cpus.push(cpu);
        if (engine === "sqlite" && run.client === "bare") return;
        run.latencies.push(...(await latencies(run.client, location, writer, milliseconds)));
      });
    }
  }
  return runs.map(({ client, rates, cpus, latencies: of }) => ({
    ...{ engine, client, commitsPerSecond: figure(rates, 0), cpuMicroseconds: figure(cpus, 0) },
    ...(of.length === 0 ? {} : { latency: latencyOf(of) }),
  }));
}

function latencyOf(samples: readonly number[]): NonNullable<Row["latency"]> {
  const at = (share: number): number => rounded(quantile(samples, share), 2);
  return { p50: at(0.5), p99: at(0.99), samples: samples.length };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      seconds: { type: "string", default: "5" },
      repetitions: { type: "string", default: "3" },
      engines: { type: "string", default: ENGINES.join(",") },
    },
  });
  const milliseconds = seconds("seconds", values.seconds) * 1000;
  const repetitions = count("repetitions", values.repetitions);
  const rows: Row[] = [];
  for (const engine of names("engines", values.engines, ENGINES)) {
    rows.push(...(await bench(engine, milliseconds, repetitions)));
  }
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.table(rows.map(shown));
  return 0;
}

function shown({ engine, client, commitsPerSecond, cpuMicroseconds, latency }: Row): object {
  return {
    ...{ engine, client, "commits/s": figureText(commitsPerSecond) },
    ...{ "CPU us a commit": figureText(cpuMicroseconds) },
    ...{ "p50 ms": latency?.p50, "p99 ms": latency?.p99, puts: latency?.samples },
  };
}

await runMain(main);
