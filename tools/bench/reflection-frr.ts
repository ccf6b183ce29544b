/**
 * A route reflector over real sockets: this speaker and FRR's bgpd, each a process of its own, with
 * the same clients and the same octets.
 *
 *     node_modules/.bin/node --conditions=@selvedge/source tools/bench/reflection-frr.ts [--routes N] [--clients N] [--json]
 *
 * N clients announce the routes together, N others only listen. Time runs from the first octet sent
 * until every client has been announced every route but its own; the clients are this process and
 * need the second core. Repeated and interleaved; medians count. Exits with 1 when a client was not
 * told as many routes as it should have been, or when bgpd is not installed.
 *
 * Does not: configure FRR beyond what the task needs, or measure after the first table.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { parseAsn } from "@selvedge/net";
import { BgpClient, clientSource } from "./bgp-client.ts";
import { announcements } from "./reflection-load.ts";
import {
  isInstalled,
  REFLECTORS,
  type ReflectorName,
  ReflectorProcess,
} from "./reflector-process.ts";

const REPETITIONS = 3;
const ASN = parseAsn(65000);
/** Sessions have come up and everybody has said End-of-RIB. */
const SETTLE_MS = 2000;
/** A reflector that sends more than it should does so by then. */
const AFTERMATH_MS = 500;
const TIMEOUT_MS = 120_000;

/** One measurement. */
interface Sample {
  readonly seconds: number;
  /** User and system time of the reflector. */
  readonly cpuSeconds: number;
  /** The same of all clients together: where it comes near `seconds`, they are what takes the time. */
  readonly clientCpuSeconds: number;
  readonly peakRssMiB: number;
  /** Announcements that clients were sent beyond the routes of the others: their own, or repetitions. */
  readonly superfluous: number;
  readonly isComplete: boolean;
}

interface Load {
  readonly clients: number;
  readonly routes: number;
  readonly inputs: readonly (readonly Uint8Array[])[];
}

/** What a client is to be told: senders do not get their own routes. */
function expectedRoutes({ clients, routes }: Load, client: number): number {
  return client < clients ? routes - routes / clients : routes;
}

async function measure(name: ReflectorName, load: Load): Promise<Sample> {
  const count = 2 * load.clients;
  await using reflector = await ReflectorProcess.start(name, count, ASN);
  const clients = await Promise.all(
    Array.from({ length: count }, (_, client) =>
      BgpClient.open({ port: reflector.port, asn: ASN, address: clientSource(client) }),
    ),
  );
  try {
    await sleep(SETTLE_MS);
    const cpuBefore = reflector.cpuSeconds;
    const clientCpuBefore = process.cpuUsage();
    const start = performance.now();
    const isComplete = await reflect(clients, load);
    const seconds = (performance.now() - start) / 1000;
    const { system, user } = process.cpuUsage(clientCpuBefore);
    const { cpuSeconds } = reflector;
    await sleep(AFTERMATH_MS);
    const told = clients.reduce((sum, { routes }) => sum + routes, 0);
    const expected = clients.reduce((sum, _, client) => sum + expectedRoutes(load, client), 0);
    return {
      seconds,
      cpuSeconds: cpuSeconds - cpuBefore,
      clientCpuSeconds: (system + user) / 1e6,
      peakRssMiB: reflector.peakRssMiB,
      superfluous: told - expected,
      isComplete,
    };
  } finally {
    for (const client of clients) client.close();
  }
}

/** Sends everything and waits for everything; false when it does not come. */
async function reflect(clients: readonly BgpClient[], load: Load): Promise<boolean> {
  const abort = new AbortController();
  const work = [
    ...load.inputs.map((input, client) => clients[client]?.send(input)),
    ...clients.map((client, index) => client.received(expectedRoutes(load, index))),
  ];
  const timeout = sleep(TIMEOUT_MS, false, { signal: abort.signal });
  const outcome = await Promise.race([Promise.all(work).then(() => true), timeout]);
  timeout.catch(() => undefined);
  abort.abort();
  return outcome;
}

function median(samples: readonly Sample[], figure: (sample: Sample) => number): number {
  return samples.map(figure).sort((a, b) => a - b)[samples.length >> 1] ?? 0;
}

function summarise(name: ReflectorName, load: Load, samples: readonly Sample[]): object {
  const round = (value: number, digits: number): number => Number(value.toFixed(digits));
  const seconds = median(samples, (sample) => sample.seconds);
  return {
    reflector: name,
    seconds: round(seconds, 2),
    cpuSeconds: round(
      median(samples, (sample) => sample.cpuSeconds),
      2,
    ),
    clientCpuSeconds: round(
      median(samples, (sample) => sample.clientCpuSeconds),
      2,
    ),
    routesPerSecond: Math.round(load.routes / seconds),
    peakRssMiB: round(
      median(samples, (sample) => sample.peakRssMiB),
      0,
    ),
    superfluous: median(samples, (sample) => sample.superfluous),
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      routes: { type: "string", default: "100000" },
      clients: { type: "string", default: "4" },
    },
  });
  const [routes, clients] = [Number(values.routes), Number(values.clients)];
  if (!(clients >= 2) || !(routes > 0) || routes % clients !== 0) {
    console.error("--clients is a number from 2 on, --routes a multiple of it");
    return 2;
  }
  if (!isInstalled("frr")) {
    console.error("FRR's bgpd is not installed (Debian: apt-get install frr)");
    return 1;
  }
  const inputs = Array.from({ length: clients }, (_, n) => announcements(n, routes / clients));
  const load: Load = { clients, routes, inputs };
  const samples = new Map<ReflectorName, Sample[]>(REFLECTORS.map((name) => [name, []]));
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const name of REFLECTORS) samples.get(name)?.push(await measure(name, load));
  }
  const rows = REFLECTORS.map((name) => summarise(name, load, samples.get(name) ?? []));
  const isComplete = [...samples.values()].flat().every((sample) => sample.isComplete);
  if (values.json) {
    const all = Object.fromEntries(samples);
    console.log(JSON.stringify({ routes, clients, isComplete, rows, samples: all }));
  } else {
    console.log(`${routes} routes, ${clients} clients to ${clients}, medians of ${REPETITIONS}`);
    console.table(rows);
  }
  if (!isComplete) console.error("a client was not told all routes");
  return isComplete ? 0 : 1;
}

process.exitCode = await main();
