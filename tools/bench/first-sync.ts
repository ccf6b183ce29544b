/**
 * What an agent's first sync takes: from the start of its process until it has read everything that is declared, has
 * the VRFs of its host in the kernel and knows its endpoints.
 *
 *     npm run bench -- first-sync [--endpoints N] [--repetitions N] [--engines sqlite,etcd] [--profile DIR] [--json]
 *
 * "agent" is the program as it is started on a host, with a cluster of --endpoints endpoints (200 to a host, 100 to a
 * tenant) in the datastore; "agent, own alone" the same with nothing in the datastore but what concerns its host; "bare
 * read" a process that reads every value with the bare client and parses its JSON. Network namespaces are made: root
 * only. Exits with 1 when an agent does not end up with the endpoints and VRFs that it should have.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openStore, parseDatastoreLocation } from "@selvedge/datastore";
import { parseIpAddress } from "@selvedge/net";
import { NetworkNamespace, primeThreadPool, RouteSocket } from "@selvedge/netlink";
import type { Resource } from "@selvedge/resources";
import { NODE_FLAGS } from "../../bin/node-runtime.mjs";
import { AGENT_ADDRESS, AGENT_HOST, AgentHost, type Cost, costOf } from "./agent-host.ts";
import { count, names, runMain } from "./bench-arguments.ts";
import { type Datastore, ENGINES, type Engine, withDatastore } from "./bench-datastore.ts";
import { clusterResources, populate, resourcesOfHost } from "./cluster-load.ts";
import { type Figure, figure, figureText } from "./figures.ts";

const BARE = fileURLToPath(new URL("./first-sync-bare.ts", import.meta.url));
const SELF = fileURLToPath(import.meta.url);

const KINDS = ["bare read", "agent, own alone", "agent"] as const;
type Kind = (typeof KINDS)[number];

interface Row {
  readonly engine: Engine;
  readonly kind: Kind;
  readonly seconds: Figure;
  readonly cpuSeconds: Figure;
  readonly peakMiB: Figure;
}

/** A process whose last word is how much it read. */
async function readBare({ location }: Datastore, expected: number): Promise<Cost> {
  const start = performance.now();
  const child = spawn(process.execPath, [...NODE_FLAGS, BARE, location], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [text] = await once(child.stdout, "data");
  const seconds = (performance.now() - start) / 1000;
  const cost = { seconds, ...costOf(child) };
  const ended = once(child, "exit");
  child.stdin.end();
  await ended;
  if (Number(text) !== expected) {
    throw new Error(`${expected} resources are there, ${String(text).trim()} were read`);
  }
  return cost;
}

async function measure(
  engine: Engine,
  cluster: number,
  repetitions: number,
  profile: string | undefined,
): Promise<Row[]> {
  const all = [...clusterResources(cluster)];
  const own = [...resourcesOfHost(AGENT_HOST, cluster)];
  const endpoints = own.filter(({ kind }) => kind === "Endpoint").length;
  const costs = new Map<Kind, Cost[]>(KINDS.map((kind) => [kind, []]));
  const sync = async (datastore: Datastore, kind: Kind): Promise<void> => {
    await using host = new AgentHost();
    const profiled = kind === "agent" ? profile : undefined;
    costs.get(kind)?.push(await host.sync(datastore, endpoints, profiled));
  };
  await withDatastore(engine, async (datastore) => {
    await fill(datastore, own);
    for (let run = 0; run < repetitions; run++) await sync(datastore, "agent, own alone");
  });
  await withDatastore(engine, async (datastore) => {
    await fill(datastore, all);
    for (let run = 0; run < repetitions; run++) {
      costs.get("bare read")?.push(await readBare(datastore, all.length));
      await sync(datastore, "agent");
    }
  });
  return [...costs].map(([kind, list]) => ({
    engine,
    kind,
    seconds: figure(
      list.map(({ seconds }) => seconds),
      2,
    ),
    cpuSeconds: figure(
      list.map(({ cpuSeconds }) => cpuSeconds),
      2,
    ),
    peakMiB: figure(
      list.map(({ peakMiB }) => peakMiB),
      0,
    ),
  }));
}

async function fill({ location }: Datastore, resources: readonly Resource[]): Promise<void> {
  const parsed = parseDatastoreLocation(location);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  await using store = openStore(parsed.location);
  await populate(store, resources);
}

/** Runs this again inside of a host of its own: a network namespace with the host's address on the loopback device. */
async function runInside(args: readonly string[]): Promise<number> {
  if (process.getuid?.() !== 0) throw new Error("network namespaces are made: run it as root");
  await primeThreadPool();
  const name = `svt-first-sync-${process.pid}`;
  const namespace = NetworkNamespace.create(name);
  try {
    using socket = RouteSocket.open(namespace);
    socket.executeOne({ kind: "link.set", name: "lo", up: true });
    const address = parseIpAddress(AGENT_ADDRESS);
    socket.executeOne({ kind: "address.replace", link: 1, address, length: 32 });
    const child = namespace.run(() =>
      spawn(process.execPath, [...NODE_FLAGS, SELF, "--inside", ...args], { stdio: "inherit" }),
    );
    const [code] = await once(child, "exit");
    return typeof code === "number" ? code : 1;
  } finally {
    namespace[Symbol.dispose]();
    NetworkNamespace.delete(name);
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      inside: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      endpoints: { type: "string", default: "100000" },
      repetitions: { type: "string", default: "3" },
      engines: { type: "string", default: ENGINES.join(",") },
      profile: { type: "string" },
    },
  });
  const cluster = count("endpoints", values.endpoints);
  const repetitions = count("repetitions", values.repetitions);
  const engines = names("engines", values.engines, ENGINES);
  if (!values.inside) return runInside(process.argv.slice(2));
  const rows: Row[] = [];
  for (const engine of engines) {
    rows.push(...(await measure(engine, cluster, repetitions, values.profile)));
  }
  if (values.json) console.log(JSON.stringify({ rows }));
  else console.table(rows.map(shown));
  return 0;
}

function shown({ engine, kind, seconds, cpuSeconds, peakMiB }: Row): object {
  return {
    ...{ engine, kind, seconds: figureText(seconds), "CPU s": figureText(cpuSeconds) },
    "peak MiB": figureText(peakMiB),
  };
}

await runMain(main);
