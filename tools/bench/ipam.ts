/**
 * How fast addresses are given: one after the other and many at a time, by one host and by eight, on SQLite and on etcd,
 * beside bare compare-and-swap of one key in the same datastore and the same run.
 *
 *     npm run bench -- ipam [--seconds N] [--repetitions N] [--hosts N] [--engines sqlite,etcd] [--json]
 *     npm run bench -- ipam --torture [--addresses N] [--kills N] [--engines etcd] [--json]
 *
 * A host is a process with a block of its own kept hot; all hosts use one subnet. "single" is one allocation after the
 * other, "batched" 64 at a time. With --torture: eight hosts hold that many addresses in the end, in each of two subnets
 * with the same CIDR, giving back a quarter on the way, killed at random, etcd killed and started once; exits with 1
 * when anything is wrong. Each engine has a fresh datastore in a temporary directory, etcd a server of its own.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";
import { torture } from "../ipam-torture/torture.ts";
import { count, names, runMain, seconds } from "./bench-arguments.ts";
import { ENGINES, type Engine, withDatastore } from "./bench-datastore.ts";

const KINDS = ["compare-and-swap", "single", "batched"] as const;
type Kind = (typeof KINDS)[number];

const LOADER = fileURLToPath(new URL("./ipam-loader.ts", import.meta.url));
const loadedSchema = z.object({
  done: z.int(),
  seconds: z.number(),
  milliseconds: z.array(z.number()),
});

interface Row {
  readonly engine: Engine;
  readonly hosts: number;
  readonly kind: Kind;
  readonly perSecond: number;
  /** Against compare-and-swap by as many hosts. */
  readonly ratio: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

async function measure(
  engine: Engine,
  kind: Kind,
  hosts: number,
  seconds: number,
): Promise<Omit<Row, "ratio">> {
  return withDatastore(engine, async ({ location }) => {
    const loads = await Promise.all(
      Array.from({ length: hosts }, async (_, index) => {
        const args = [...NODE_FLAGS, LOADER, location, kind, `h${index + 1}`, String(seconds)];
        const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
        return loadedSchema.parse(JSON.parse(await text(child.stdout)));
      }),
    );
    const times = loads.flatMap(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    const quantile = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
    return {
      ...{ engine, hosts, kind },
      perSecond: Math.round(loads.reduce((sum, load) => sum + load.done / load.seconds, 0)),
      p50Milliseconds: Number(quantile(0.5).toFixed(2)),
      p99Milliseconds: Number(quantile(0.99).toFixed(2)),
    };
  });
}

/** The kinds take turns, so that other work of the machine meets all of them; the run with the median rate counts. */
async function bench(
  engines: readonly Engine[],
  hosts: number,
  seconds: number,
  repetitions: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const engine of engines) {
    for (const number of new Set([1, hosts])) {
      const runs = new Map<Kind, Omit<Row, "ratio">[]>(KINDS.map((kind) => [kind, []]));
      for (let repetition = 0; repetition < repetitions; repetition++) {
        for (const [kind, list] of runs) list.push(await measure(engine, kind, number, seconds));
      }
      const medians = [...runs.values()].flatMap((list) => {
        const sorted = list.sort((one, other) => one.perSecond - other.perSecond);
        return sorted.slice(sorted.length >> 1, (sorted.length >> 1) + 1);
      });
      const bare = medians.find(({ kind }) => kind === "compare-and-swap")?.perSecond ?? 0;
      for (const row of medians) {
        rows.push({ ...row, ratio: Number((row.perSecond / bare).toFixed(2)) });
      }
    }
  }
  return rows;
}

async function tortureEngine(engine: Engine, addresses: number, kills: number) {
  const hosts = 8;
  const hold = Math.ceil(addresses / hosts);
  // The smallest subnet with a quarter to spare.
  const bits = Math.ceil(Math.log2(addresses * 1.25 + 2));
  return withDatastore(engine, ({ location, restart }) =>
    torture({
      workload: {
        datastore: location,
        tenants: ["red", "blue"],
        cidr: `10.0.0.0/${32 - bits}`,
        blockLength: 26,
        ...{ hold, churn: Math.ceil(hold / 4), concurrency: 16, coolDown: 1000 },
      },
      ...{ hosts, kills, random: Math.random, poolSize: 2 ** bits - 2 },
      ...(restart === undefined ? {} : { restart }),
    }),
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      seconds: { type: "string", default: "3" },
      repetitions: { type: "string", default: "3" },
      hosts: { type: "string", default: "8" },
      engines: { type: "string", default: ENGINES.join(",") },
      torture: { type: "boolean", default: false },
      addresses: { type: "string", default: "20000" },
      kills: { type: "string", default: "10" },
    },
  });
  const engines = names("engines", values.engines, ENGINES);
  if (!values.torture) {
    const repetitions = count("repetitions", values.repetitions);
    const hosts = count("hosts", values.hosts);
    const rows = await bench(engines, hosts, seconds("seconds", values.seconds), repetitions);
    if (values.json) console.log(JSON.stringify({ rows }));
    else console.table(rows);
    return 0;
  }
  let hasFault = false;
  const reports = [];
  for (const engine of engines) {
    const addresses = count("addresses", values.addresses);
    const report = await tortureEngine(engine, addresses, count("kills", values.kills, 0));
    hasFault ||= report.faults.length > 0;
    reports.push({ engine, ...report });
  }
  console.log(values.json ? JSON.stringify({ reports }) : reports);
  return hasFault ? 1 : 0;
}

await runMain(main);
